/*
 * der_text: DER written as text, so that a test can break one element and leave the rest right.
 *
 * Hex digits are octets, "..." is a text, { ... } is a length in its shortest form and what it
 * counts; blanks mean nothing. `02{05}` is the INTEGER 5.
 */
#ifndef TESTS_SUPPORT_DER_TEXT_H
#define TESTS_SUPPORT_DER_TEXT_H

#include <stddef.h>
#include <stdint.h>

/** Returns: the octets of text, exactly len of them, to be freed; fails the test on bad text. */
uint8_t *der_text(const char *text, size_t *len);

/** The same after the first `from` in text was replaced by `to`; it must be there. */
uint8_t *der_text_edited(const char *text, const char *from, const char *to, size_t *len);

#endif
