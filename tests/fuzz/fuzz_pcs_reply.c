/* Replies of a collateral service: header lines and bodies, each part after a line of its own. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pcs.h"
#include "certbind/json.h"
#include "ra-tls/pcs_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 4 };

/* Header lines up to an empty one, then a body in pieces of seven bytes up to a NUL. */
static struct certbind_bytes take_one(struct certbind_bytes in, struct ratls_pcs_reply *reply)
{
    const char *at = (const char *)in.data;
    const char *end = at + in.len;

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t len = line == NULL ? (size_t)(end - at) : (size_t)(line - at) + 1;
        bool last = len <= 2;

        (void)ratls_pcs_reply_header(reply, at, len);
        at += len;
        if (last)
            break;
    }
    while (at < end && *at != '\0') {
        size_t len = strnlen(at, (size_t)(end - at));

        len = len < 7 ? len : 7;
        assert(ratls_pcs_reply_body(reply, at, len));
        at += len;
    }
    at += at < end;
    return certbind_bytes(at, (size_t)(end - at));
}

static struct certbind_pcs_reply view(const struct ratls_pcs_reply *r)
{
    return (struct certbind_pcs_reply){certbind_bytes(r->body, r->len),
                                       certbind_bytes(r->issuer_chain, r->chain_len)};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct certbind_json_rules rules = {.max_bytes = 16 << 20,
                                                     .size = CERTBIND_E_MALFORMED,
                                                     .encoding = CERTBIND_E_MALFORMED,
                                                     .syntax = CERTBIND_E_MALFORMED};
    struct ratls_pcs_reply r[PARTS] = {{.len = 0}};
    struct certbind_bytes rest = certbind_bytes(data, size);
    struct certbind_pcs_replies replies;
    char *bundle = NULL;
    size_t len = 0;

    for (int i = 0; i < PARTS; i++)
        rest = take_one(rest, &r[i]);
    replies = (struct certbind_pcs_replies){view(&r[0]), view(&r[1]), view(&r[2]),
                                            certbind_bytes(r[3].body, r[3].len)};
    if (certbind_pcs_bundle(&replies, &bundle, &len, NULL) == CERTBIND_OK) {
        struct certbind_json json;

        /* What was accepted is a bundle in strict JSON. */
        assert(certbind_json_parse(certbind_bytes(bundle, len), &rules, &json, NULL) ==
               CERTBIND_OK);
        assert(certbind_json_string(json.root, "tcb_info") != NULL);
        certbind_json_cleanup(&json);
    }
    free(bundle);
    for (int i = 0; i < PARTS; i++)
        ratls_pcs_reply_cleanup(&r[i]);
    return 0;
}
