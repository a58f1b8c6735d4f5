#include "ra-tls/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ra-tls/observe.h"
#include "ra-tls/session_state.h"

#define TAG_ARCHIVE "devproof/archive/v1"

enum { FACTS_ROOM = 600, SESSION_FIXED = CERTBIND_NONCE_LEN + CERTBIND_EXPORTER_LEN };

bool ratls_archive_take(const struct ratls_session *session, struct ratls_archive *out)
{
    *out = (struct ratls_archive){
        .port = session->port,
        .transport = session->transport,
        .leaf = certbind_bytes(session->leaf, session->leaf_len),
        .binding = certbind_bytes(session->binding, session->binding_len),
        .collateral = certbind_bytes(session->collateral, session->collateral_len),
    };
    memcpy(out->host, session->host, sizeof out->host);
    if (session->reply.done && session->reply.body != NULL) {
        out->session = certbind_bytes(session->reply.body, session->reply.len);
        memcpy(out->nonce, session->nonce, sizeof out->nonce);
        out->has_session = ratls_observe_exporter(session->ssl, session->nonce, out->exporter);
    }
    return out->leaf.len > 0 &&
           (out->binding.len > 0 || (session->ctx->policy != NULL &&
                                     session->ctx->policy->session == CERTBIND_SESSION_NONE));
}

static bool compose_digest(const struct ratls_archive *a, uint8_t *out)
{
    for (size_t i = 0; i < a->compose_count; i++)
        if (!certbind_sha256(a->compose[i], out + i * CERTBIND_SHA256_LEN))
            return false;
    return true;
}

bool ratls_archive_digest(const struct ratls_archive *archive,
                          uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    const struct ratls_archive *a = archive;
    uint8_t compose[RATLS_ARCHIVE_MAX_COMPOSE_FILES * CERTBIND_SHA256_LEN];
    uint8_t fixed[SESSION_FIXED];
    char facts[FACTS_ROOM];
    int n = snprintf(facts, sizeof facts, "%s\n%llu\n%s\n%u\n%d%d%d%d%d%d\n", a->tool,
                     (unsigned long long)a->made_at, a->host, (unsigned)a->port, a->transport.tls13,
                     a->transport.alpn_ok, a->transport.full_handshake, (int)a->transport.webpki,
                     a->has_session, a->has_policy);
    struct certbind_bytes fields[CERTBIND_PREIMAGE_MAX_FIELDS];
    uint8_t others[CERTBIND_REPORT_DATA_LEN];
    uint8_t session[CERTBIND_SHA256_LEN];

    memcpy(fixed, a->nonce, CERTBIND_NONCE_LEN);
    memcpy(fixed + CERTBIND_NONCE_LEN, a->exporter, CERTBIND_EXPORTER_LEN);
    if (n < 0 || (size_t)n >= sizeof facts || !compose_digest(a, compose) ||
        !certbind_sha256(a->session, session))
        return false;
    fields[0] = certbind_text(facts);
    fields[1] = a->leaf;
    fields[2] = a->binding;
    fields[3] = a->collateral;
    fields[4] = a->root;
    fields[5] = certbind_bytes(session, sizeof session);
    fields[6] = certbind_bytes(fixed, sizeof fixed);
    fields[7] = certbind_bytes(compose, a->compose_count * CERTBIND_SHA256_LEN);
    /* The policy's text frames the rest: T(tag, policy, T(tag, the others)). */
    if (!certbind_preimage(TAG_ARCHIVE, fields, CERTBIND_PREIMAGE_MAX_FIELDS, others))
        return false;
    fields[0] = a->policy;
    fields[1] = certbind_bytes(others, sizeof others);
    return certbind_preimage(TAG_ARCHIVE, fields, 2, out);
}

void ratls_archive_cleanup(struct ratls_archive *archive)
{
    for (size_t i = 0; i < archive->owned_count; i++)
        free(archive->owned[i]);
    *archive = (struct ratls_archive){.owned_count = 0};
}
