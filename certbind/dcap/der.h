/*
 * der: tag, length and content of DER, on the bounded reader.
 *
 * Private to certbind/dcap. Certificates and lists are read with this and not with libcrypto's
 * parser: only the forms that Intel uses are known, every other encoding is refused, and nothing is
 * filled in later behind a const pointer. It also halves the cost of a verification.
 */
#ifndef CERTBIND_DCAP_DER_H
#define CERTBIND_DCAP_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"

enum {
    CERTBIND_DER_BOOLEAN = 0x01,
    CERTBIND_DER_INTEGER = 0x02,
    CERTBIND_DER_BIT_STRING = 0x03,
    CERTBIND_DER_OCTET_STRING = 0x04,
    CERTBIND_DER_OID = 0x06,
    CERTBIND_DER_ENUMERATED = 0x0a,
    CERTBIND_DER_UTF8_STRING = 0x0c,
    CERTBIND_DER_PRINTABLE_STRING = 0x13,
    CERTBIND_DER_UTC_TIME = 0x17,
    CERTBIND_DER_GENERALIZED_TIME = 0x18,
    CERTBIND_DER_SEQUENCE = 0x30,
    CERTBIND_DER_SET = 0x31,
    CERTBIND_DER_CONTEXT_0 = 0xa0,
    CERTBIND_DER_CONTEXT_3 = 0xa3
};

/**
 * Read the next value: one-byte tags, lengths in their shortest form, below 2^24.
 *
 * Returns: its tag; 0, which is no tag here, when it cannot be read: then r has failed
 * Out:     content  borrowed
 */
uint8_t certbind_der_read(struct certbind_reader *r, struct certbind_bytes *content);

/** Returns: the tag of the next value, without reading it; 0 at the end. */
uint8_t certbind_der_peek(const struct certbind_reader *r);

/** Returns: whether the next value has that tag; a value with another tag fails r. */
bool certbind_der_expect(struct certbind_reader *r, uint8_t tag, struct certbind_bytes *content);

/** The same; whole: the value with tag and length. */
bool certbind_der_expect_whole(struct certbind_reader *r, uint8_t tag,
                               struct certbind_bytes *whole);

/** Start reading inside the next value, which must have that tag. */
bool certbind_der_open(struct certbind_reader *r, uint8_t tag, struct certbind_reader *inside);

/** Returns: whether content is that of an INTEGER in its shortest form. */
bool certbind_der_is_integer(struct certbind_bytes content);

/** Read a UTCTime or GeneralizedTime as RFC 5280 allows them, as seconds since 1970. */
bool certbind_der_read_time(struct certbind_reader *r, uint64_t *out);

/** Returns: whether the next value is the AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758). */
bool certbind_der_expect_ecdsa_sha256(struct certbind_reader *r);

/* One Extension of a certificate, a list or an entry of a list. */
struct certbind_der_extension {
    struct certbind_bytes oid;
    bool critical;
    struct certbind_bytes value; /* content of extnValue */
};

/** Read the next Extension. */
bool certbind_der_read_extension(struct certbind_reader *r, struct certbind_der_extension *out);

#endif
