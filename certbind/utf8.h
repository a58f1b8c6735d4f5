/*
 * utf8: text as RFC 3629 has it: shortest forms, no surrogates, at most U+10FFFF. Pure.
 */
#ifndef CERTBIND_UTF8_H
#define CERTBIND_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"

/** Returns: the length of the sequence of two to four bytes that input begins with; 0: none. */
size_t certbind_utf8_sequence(struct certbind_bytes input);

/** Returns: whether all of text is UTF-8 without U+0000. */
bool certbind_utf8_ok(struct certbind_bytes text);

#endif
