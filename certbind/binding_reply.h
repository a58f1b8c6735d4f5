/*
 * binding_reply: what `GET binding` returns (binding.md 4), taken apart.
 *
 * The JSON around statement and quote is untrusted text; only the statement's exact bytes and the
 * quote's signature make anything of it. Pure.
 */
#ifndef CERTBIND_BINDING_REPLY_H
#define CERTBIND_BINDING_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/batch_proof.h"
#include "certbind/bytes.h"
#include "certbind/json.h"
#include "certbind/preimage.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_BINDING_REPLY_MAX_BYTES = 4 << 20 };

struct certbind_binding_reply {
    struct certbind_bytes statement;  /* the exact bytes; owned */
    struct certbind_bytes quote;      /* owned */
    const cJSON *event_log;           /* borrowed from json: certbind_event_log_read */
    const char *vm_config;            /* borrowed; the host's word */
    const char *app_compose;          /* borrowed; NULL: not published */
    struct certbind_bytes collateral; /* bundle text; owned; empty: none stapled */
    const cJSON *fresh;               /* borrowed: certbind_fresh_read; NULL: answers no nonce */
    struct certbind_json json;        /* owned */
};

/**
 * Parse a reply.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_HTTP_SIZE, CERTBIND_E_EVIDENCE_JSON,
 *          CERTBIND_E_EVIDENCE_VERSION, CERTBIND_E_STATEMENT_ENCODING for base64 that is not
 * strict, CERTBIND_E_STATEMENT_SIZE, CERTBIND_E_QUOTE_MALFORMED for a quote that is not hex,
 *          CERTBIND_E_QUOTE_SIZE, CERTBIND_E_MEMORY
 * Out:     out  to be given to certbind_binding_reply_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_binding_reply_parse(struct certbind_bytes text,
                                                                 struct certbind_binding_reply *out,
                                                                 struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_binding_reply_cleanup(struct certbind_binding_reply *reply);

/* How a binding answers a nonce. */
struct certbind_fresh {
    uint8_t nonce[CERTBIND_NONCE_LEN];
    struct certbind_batch_proof proof; /* owned */
};

/**
 * Read the member `fresh` of a reply.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_EVIDENCE_JSON, the codes of certbind_batch_proof_read
 * Out:     out  to be given to certbind_batch_proof_cleanup(&out->proof); zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_fresh_read(const cJSON *fresh,
                                                        struct certbind_fresh *out,
                                                        struct certbind_error *err);

/**
 * Add the member `fresh` to a reply.
 *
 * Returns: the text, to be freed; NULL when memory ran out
 * In:      body     of a reply, an object with members
 *          members  of the proof, as certbind_batch_proof_encode wrote them
 * Out:     len      of the text, without its NUL
 */
char *certbind_fresh_append(struct certbind_bytes body, const uint8_t nonce[CERTBIND_NONCE_LEN],
                            const char *members, size_t *len);

/* What the gateway publishes; all borrowed. */
struct certbind_binding_inputs {
    struct certbind_bytes statement;
    struct certbind_bytes quote;
    struct certbind_bytes event_log;  /* JSON text of an array */
    struct certbind_bytes vm_config;  /* text; may be empty */
    const char *app_compose;          /* NULL: not published */
    struct certbind_bytes collateral; /* JSON text of the bundle; empty: null */
};

/**
 * Write a reply.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MEMORY, or what certbind_binding_reply_parse says of the result
 * Out:     text  NUL-terminated, to be freed with free; NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_binding_reply_encode(
    const struct certbind_binding_inputs *inputs, char **text, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
