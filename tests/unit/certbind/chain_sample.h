/* The chain of a KMS above a certificate, made from knobs; complete and right as it is opened. */
#ifndef TESTS_UNIT_CERTBIND_CHAIN_SAMPLE_H
#define TESTS_UNIT_CERTBIND_CHAIN_SAMPLE_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "certbind/kms_chain.h"

enum chain_place { CHAIN_LEAF, CHAIN_APP_CA, CHAIN_ROOT };

/* One certificate of it. */
struct chain_knobs {
    const char *constraints; /* basicConstraints as OpenSSL's configuration has it; NULL: none */
    const char *key_usage;
    const char *issuer;
    const char *usage;            /* extension .4; NULL: none */
    struct certbind_bytes app_id; /* extension .3; empty: none */
    enum chain_place signer;
    int64_t from;
    int64_t until;
    bool sha384;    /* the hash of its signature; otherwise SHA-256 */
    bool unwrapped; /* extensions without the inner OCTET STRING */
};

struct chain_sample {
    struct chain_knobs knobs[CERTBIND_KMS_CHAIN_LEN];
    EVP_PKEY *key[CERTBIND_KMS_CHAIN_LEN]; /* owned */
    uint8_t *memory[CERTBIND_KMS_CHAIN_LEN];
    struct certbind_bytes der[CERTBIND_KMS_CHAIN_LEN];
    uint8_t root_spki_sha256[32];
    struct certbind_kms_chain chain; /* what is judged */
};

/** In: leaf_key taken; app_id 20 bytes, borrowed. */
void chain_sample_open(struct chain_sample *s, EVP_PKEY *leaf_key, const uint8_t *app_id,
                       uint64_t now);
void chain_sample_close(struct chain_sample *s);

/** Make the certificates. In: leaf  DER to be issued anew by the app CA; empty: a plain one. */
void chain_sample_build(struct chain_sample *s, struct certbind_bytes leaf);

/** Build a plain leaf and its chain, and judge it. */
certbind_status chain_sample_check(struct chain_sample *s);

#endif
