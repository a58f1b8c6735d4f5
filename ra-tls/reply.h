/*
 * reply: reads the answer to an evidence request, sans-I/O (binding.md 6, "HTTP rules of the
 * evidence exchange").
 *
 * llhttp parses; the rules on top: one final answer with status 200 and application/json, framed
 * (or 429 with a Retry-After of at most 30 seconds), framed
 * by Content-Length or by chunks without extensions, no Content-Encoding, heads of at most 16 KiB
 * and 100 fields (interim heads and trailers count into them), a bounded body, and not one byte
 * after it. Private to libratls.
 */
#ifndef RATLS_REPLY_H
#define RATLS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

#include "certbind/status.h"

enum {
    RATLS_REPLY_MAX_HEAD = 16 * 1024,
    RATLS_REPLY_MAX_FIELDS = 100,
    RATLS_REPLY_MAX_CHUNKS = 8192, /* so that one-byte chunks cannot fill a limit of megabytes */
    RATLS_REPLY_MAX_RETRY_S = 30,  /* no verdict takes longer */
    RATLS_REPLY_MAX_NAME = 32
};

struct ratls_reply {
    uint8_t *body; /* owned */
    size_t len;
    bool done;
    unsigned retry_after; /* seconds: the status was 429, and the server said when to ask again;
                             0: it was 200 */
    /* private */
    llhttp_t parser;
    size_t max_body;
    size_t room;
    size_t head_bytes;
    size_t fields;
    size_t chunks;
    bool in_body;
    bool is_json;
    bool has_type;                   /* a Content-Type came */
    bool has_coding;                 /* a Transfer-Encoding came */
    bool has_retry;                  /* a Retry-After came */
    unsigned retry;                  /* its seconds; 0: of another form */
    char name[RATLS_REPLY_MAX_NAME]; /* of the field under way, lower case; cut */
    size_t name_len;
    char value[64];
    size_t value_len;
    certbind_status status; /* of the refusal */
    struct certbind_error *err;
};

/** Begin a reply whose body may have max_body bytes. The struct must not be moved afterwards. */
void ratls_reply_init(struct ratls_reply *reply, size_t max_body);

/**
 * Take bytes.
 *
 * Returns: CERTBIND_OK; reply->done says whether the reply is complete
 *          CERTBIND_E_HTTP_SYNTAX, _FRAMING, _SIZE, _UNSOLICITED, CERTBIND_E_EVIDENCE_HTTP_STATUS,
 *          CERTBIND_E_EVIDENCE_CONTENT_TYPE, CERTBIND_E_MEMORY
 */
CERTBIND_MUST_CHECK certbind_status ratls_reply_feed(struct ratls_reply *reply, const uint8_t *data,
                                                     size_t len, struct certbind_error *err);

/** Free the body. Accepts a zeroed struct. */
void ratls_reply_cleanup(struct ratls_reply *reply);

#endif
