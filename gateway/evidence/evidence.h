/*
 * evidence: one statement with the quote that covers it, and the finished body of `GET binding`.
 *
 * Immutable and counted: each worker holds the newest one, a reply being sent holds its own.
 * Formats: binding.md 2 and 4.
 */
#ifndef GATEWAY_EVIDENCE_EVIDENCE_H
#define GATEWAY_EVIDENCE_EVIDENCE_H

#include <stdatomic.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/statement.h"
#include "gateway/config/config.h"
#include "gateway/evidence/quote_check.h"

enum {
    GATEWAY_ETAG_ROOM = 36,
    GATEWAY_BINDING_MAX_BYTES = 4 << 20 /* what a client takes (binding.md 6) */
};

struct gateway_evidence {
    atomic_uint refs;
    uint8_t statement_sha256[CERTBIND_SHA256_LEN];
    int64_t issued_at;
    int64_t not_after;
    EVP_PKEY *session_key; /* one reference */
    char *body;
    size_t body_len;
    char etag[GATEWAY_ETAG_ROOM]; /* quoted */
    bool has_collateral;
};

/* What a process publishes of one of its TLS keys. */
struct gateway_tls_key_entry {
    unsigned epoch;
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
};

struct gateway_statement_inputs {
    const struct gateway_config *config;
    const struct certbind_identity *identity; /* of a quote's replayed log */
    const struct gateway_tls_key_entry *keys; /* epochs 1, 2, ... */
    size_t keys_count;
    EVP_PKEY *session_key;
    const char *acme_account; /* URL; NULL: none */
    int64_t now;
};

/**
 * Write the binding statement.
 *
 * Returns: CERTBIND_OK, or what certbind_statement_encode returns
 * Out:     text  to be freed; NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status gateway_statement_make(
    const struct gateway_statement_inputs *inputs, char **text, struct certbind_error *err);

/* All borrowed for the call. */
struct gateway_evidence_inputs {
    const char *statement; /* exact bytes */
    const struct gateway_quote *quote;
    const char *app_compose; /* NULL: not published */
    const char *collateral;  /* JSON object; NULL: none */
    EVP_PKEY *session_key;   /* gets one more reference */
};

/**
 * Make an evidence object with one reference.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MEMORY, CERTBIND_E_INTERNAL, a statement's codes, or
 *          CERTBIND_E_EVIDENCE_JSON when the body would not be one that clients take
 */
CERTBIND_MUST_CHECK certbind_status gateway_evidence_new(const struct gateway_evidence_inputs *in,
                                                         struct gateway_evidence **out,
                                                         struct certbind_error *err);

struct gateway_evidence *gateway_evidence_ref(struct gateway_evidence *e);

/** Accepts NULL. Any thread. */
void gateway_evidence_unref(struct gateway_evidence *e);

#endif
