/*
 * certificate: X.509 certificates and CRLs over P-256, deterministic down to the last byte.
 *
 * Written as DER directly (RFC 5280) and signed with RFC 6979 nonces, so one template gives one
 * certificate.
 */
#ifndef SIM_CERTIFICATE_H
#define SIM_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/p256.h"

enum { SIM_KEY_ID_LEN = 20, SIM_NAME_PARTS = 5, SIM_NOT_A_CA = -1 };

/* The last arc of the attribute types 2.5.4.x. */
enum { SIM_NAME_CN = 3, SIM_NAME_C = 6, SIM_NAME_L = 7, SIM_NAME_ST = 8, SIM_NAME_O = 10 };

/* A distinguished name; attribute 0 ends it. */
struct sim_name {
    struct {
        uint8_t attribute;
        const char *text;
    } parts[SIM_NAME_PARTS];
};

struct sim_certificate {
    struct sim_name issuer;
    struct sim_name subject;
    const struct sim_p256 *key;        /* of the subject */
    const struct sim_p256 *issuer_key; /* signs */
    int64_t not_before;
    int64_t not_after;
    int path_len;                        /* SIM_NOT_A_CA, or the pathLenConstraint */
    const char *crl_url;                 /* NULL: no distribution point */
    struct certbind_bytes sgx_extension; /* content of 1.2.840.113741.1.13.1; empty: none */
    struct certbind_bytes extensions;    /* complete ones, instead of those that all this makes */
};

struct sim_crl {
    struct sim_name issuer;
    const struct sim_p256 *issuer_key;
    int64_t this_update;
    int64_t next_update;
    uint32_t number;
    const struct sim_p256 *revoked; /* key of the certificate on the list; NULL: empty list */
};

/** The key identifier: leftmost 160 bits of SHA-256 of the point (RFC 7093 section 2). */
bool sim_key_id(const struct sim_p256 *key, uint8_t out[SIM_KEY_ID_LEN]);

/** The serial number of the certificate of a key: its identifier made positive. */
bool sim_serial(const struct sim_p256 *key, uint8_t out[SIM_KEY_ID_LEN]);

/** Append the extension with the identifier of the subject's key. Returns: whether it was made. */
bool sim_certificate_put_subject_key_id(struct sim_buffer *b, const struct sim_p256 *key);

/** Append the DER certificate. Returns: whether it was made. */
bool sim_certificate_encode(const struct sim_certificate *c, struct sim_buffer *out);

/** Append the DER CRL, version 2. Returns: whether it was made. */
bool sim_crl_encode(const struct sim_crl *crl, struct sim_buffer *out);

#endif
