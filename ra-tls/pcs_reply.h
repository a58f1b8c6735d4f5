/*
 * pcs_reply: what a PCS or PCCS answers to one GET, taken piece by piece. Private to libratls.
 *
 * Bounded and without I/O: header lines and body pieces in, body and issuer chain out. The chain
 * stands in a header whose name ends in -issuer-chain (SGX-PCK-CRL-Issuer-Chain,
 * TCB-Info-Issuer-Chain, in older services SGX-TCB-Info-Issuer-Chain, and so on).
 */
#ifndef RATLS_PCS_REPLY_H
#define RATLS_PCS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    RATLS_PCS_MAX_BODY = 1024 * 1024,
    RATLS_PCS_MAX_CHAIN = 64 * 1024,
    RATLS_PCS_MAX_HEADERS = 200 /* lines, of all heads together */
};

struct ratls_pcs_reply {
    char *body; /* owned, NUL-terminated */
    size_t len;
    char *issuer_chain; /* owned; as received, percent-encoded */
    size_t chain_len;
    size_t headers;
};

/** Take a piece of the body. Returns: false when it grows too long or memory ran out. */
bool ratls_pcs_reply_body(struct ratls_pcs_reply *reply, const char *data, size_t len);

/** Take one header line, with its line end. Returns: false for a second issuer chain, which would
 * be ambiguous, one that is too long, too many lines, or without memory. */
bool ratls_pcs_reply_header(struct ratls_pcs_reply *reply, const char *line, size_t len);

/** Accepts a zeroed struct. */
void ratls_pcs_reply_cleanup(struct ratls_pcs_reply *reply);

#endif
