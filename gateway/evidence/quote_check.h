/*
 * quote_check: the gateway's own judgement of a quote before it is used.
 *
 * A quote that would not convince a client is not served: report data, replay of the event log,
 * and what Info says must agree with what was measured. Pure; signatures are judged by self_check.
 */
#ifndef GATEWAY_EVIDENCE_QUOTE_CHECK_H
#define GATEWAY_EVIDENCE_QUOTE_CHECK_H

#include "certbind/dcap/quote.h"
#include "certbind/event_log.h"
#include "gateway/agent/reply.h"

struct gateway_quote {
    uint8_t *quote; /* canonical bytes; owned */
    size_t quote_len;
    char *event_log;   /* the whole log as JSON text; owned */
    char *runtime_log; /* its RTMR3 events alone, for certificates; owned */
    char *vm_config;   /* owned */
    struct certbind_identity identity;
    struct certbind_td_report td;
};

/**
 * Read an answer of GetQuote and check it.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MALFORMED, the codes of certbind_quote_parse,
 *          CERTBIND_E_WRONG_TEE_TYPE, CERTBIND_E_REPORT_DATA_MISMATCH, the codes of
 *          certbind_event_log_parse and _check, CERTBIND_E_MEMORY
 * In:      report_data  what was asked for
 * Out:     out  to be given to gateway_quote_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status
gateway_quote_take(struct certbind_bytes body, const uint8_t report_data[CERTBIND_REPORT_DATA_LEN],
                   struct gateway_quote *out, struct certbind_error *err);

/**
 * Compare with what Info says.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_STATEMENT_IDENTITY or CERTBIND_E_COMPOSE_HASH
 */
CERTBIND_MUST_CHECK certbind_status gateway_quote_check_info(const struct gateway_quote *quote,
                                                             const struct gateway_info *info,
                                                             struct certbind_error *err);

/** Returns: whether both describe the same TD in the same state; a client demands it of the
 * quotes in certificate and binding (binding.md 3). */
bool gateway_quote_same_td(const struct gateway_quote *a, const struct gateway_quote *b);

/** Accepts a zeroed struct. */
void gateway_quote_cleanup(struct gateway_quote *quote);

#endif
