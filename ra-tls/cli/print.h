/*
 * print: lines of decoded evidence for people.
 */
#ifndef DEVPROOF_PRINT_H
#define DEVPROOF_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "certbind/dcap/quote.h"

/** Print "  name  hex". */
void print_hex(const char *name, const uint8_t *data, size_t len);

/** Print every field of a parsed quote. */
void print_quote(const struct certbind_quote *quote);

#endif
