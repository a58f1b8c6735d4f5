/*
 * pem: a text of certificates as their DER bytes.
 *
 * Strict: canonical base64, nothing but blanks between the blocks, so that one chain has one form
 * up to line breaks.
 */
#ifndef CERTBIND_DCAP_PEM_H
#define CERTBIND_DCAP_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"

enum { CERTBIND_PEM_MAX_CERTIFICATES = 8, CERTBIND_PEM_MAX_BYTES = 64 * 1024 };

struct certbind_pem {
    struct certbind_bytes der[CERTBIND_PEM_MAX_CERTIFICATES]; /* point into memory */
    size_t count;
    uint8_t *memory; /* owned */
};

/**
 * Split a text of `CERTIFICATE` blocks.
 *
 * Returns: NULL, or what is wrong with the text (static); then out is empty
 * In:      text  borrowed; NULs at its end are dropped
 * Out:     out   to be given to certbind_pem_cleanup
 */
const char *certbind_pem_split(struct certbind_bytes text, struct certbind_pem *out);

/** Decode the one block of that label (`X509 CRL`). Returns and Out: as certbind_pem_split. */
const char *certbind_pem_one(struct certbind_bytes text, const char *label,
                             struct certbind_pem *out);

/** Accepts a zeroed struct. */
void certbind_pem_cleanup(struct certbind_pem *pem);

#endif
