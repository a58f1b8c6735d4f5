/*
 * reply: what the guest agent's JSON answers say (dstack.md 1.2, 1.4).
 *
 * Pure. Agents of several releases are read: a field that is missing is empty, unknown ones are
 * ignored. Nothing here is trusted: quote_check compares it with what a quote measures.
 */
#ifndef GATEWAY_AGENT_REPLY_H
#define GATEWAY_AGENT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/event_log.h"
#include "certbind/status.h"
#include "certbind/tls_key.h"

struct gateway_info {
    bool has_app_id, has_compose_hash, has_instance_id;
    bool says_instance_id; /* the member is there; an empty one says that there is no id */
    uint8_t app_id[CERTBIND_APP_ID_LEN];
    uint8_t compose_hash[CERTBIND_COMPOSE_HASH_LEN];
    uint8_t instance_id[CERTBIND_INSTANCE_ID_LEN];
    char *app_compose;   /* exact text as measured; owned; NULL: not published by the platform */
    bool public_tcbinfo; /* of the compose file; true when it does not say */
};

struct gateway_quote_reply {
    uint8_t *quote; /* owned */
    size_t quote_len;
    char *event_log; /* JSON text; owned */
    char *vm_config; /* text, may be empty; owned */
};

/**
 * Parse the answer of Info.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MALFORMED or CERTBIND_E_MEMORY
 * Out:     out  to be given to gateway_info_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status gateway_info_parse(struct certbind_bytes body,
                                                       struct gateway_info *out,
                                                       struct certbind_error *err);

/** Accepts a zeroed struct. */
void gateway_info_cleanup(struct gateway_info *info);

/**
 * Parse the answer of GetKey or of tappd's DeriveK256Key. What held the key on the way is cleansed.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_MALFORMED; then key is zero
 */
CERTBIND_MUST_CHECK certbind_status gateway_key_parse(struct certbind_bytes body,
                                                      uint8_t key[CERTBIND_AGENT_KEY_LEN],
                                                      struct certbind_error *err);

/**
 * Parse the answer of GetQuote or of tappd's RawQuote.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MALFORMED or CERTBIND_E_MEMORY
 * Out:     out  to be given to gateway_quote_reply_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status gateway_quote_reply_parse(struct certbind_bytes body,
                                                              struct gateway_quote_reply *out,
                                                              struct certbind_error *err);

/** Accepts a zeroed struct. */
void gateway_quote_reply_cleanup(struct gateway_quote_reply *reply);

#endif
