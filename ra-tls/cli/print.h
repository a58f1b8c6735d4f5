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

/** Copy what somebody else wrote for a terminal: whatever is not printable ASCII becomes '?'; cut
 * to fit, NUL at the end. */
void print_safe(const uint8_t *text, size_t len, char *out, size_t room);

/** Print every field of a parsed quote. */
void print_quote(const struct certbind_quote *quote);

#endif
