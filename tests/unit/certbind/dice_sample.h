/* DICE tagged evidence made for a key. Everything returned is to be freed with free. */
#ifndef TESTS_UNIT_CERTBIND_DICE_SAMPLE_H
#define TESTS_UNIT_CERTBIND_DICE_SAMPLE_H

#include <openssl/evp.h>

#include "certbind/dice.h"

/** Returns: a claims buffer with the key's hash under algorithm 1, 7 or 8. */
uint8_t *dice_sample_claims(struct certbind_bytes spki, unsigned hash, size_t *len);

/** Out: report data that commits to claims. */
void dice_sample_report_data(struct certbind_bytes claims, uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/** Returns: the value of the extension. In: quote  of 256 to 65535 bytes. */
uint8_t *dice_sample_encode(struct certbind_bytes quote, struct certbind_bytes claims, size_t *len);

/** Returns: a certificate with the evidence as one more extension, signed by key. */
uint8_t *dice_sample_add(struct certbind_bytes certificate, struct certbind_bytes evidence,
                         EVP_PKEY *key, size_t *len);

#endif
