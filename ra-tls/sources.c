#include "ra-tls/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pcs.h"
#include "certbind/dcap/verify.h"
#include "ra-tls/bundle_dir.h"
#include "ra-tls/collateral.h"
#include "ra-tls/context.h"
#include "ra-tls/dial.h"
#include "ra-tls/tried.h"

/* One search, and the bundle under judgement. */
struct search {
    struct ratls_ctx *ctx;
    const struct ratls_sources *sources;
    struct certbind_bytes quote;
    char name[RATLS_BUNDLE_NAME_ROOM]; /* of the quote's family */
    bool foreign; /* the quote's chain ends in another root: no collateral makes it a good one */
    uint64_t now;
    int64_t deadline_ms;
    struct ratls_tried *tried;
    char *bundle; /* owned */
    size_t len;
    uint64_t until;       /* last second in which it may be used; 0: it is not to be kept */
    uint64_t fresh_until; /* half of its life */
};

static void drop(struct search *s)
{
    free(s->bundle);
    s->bundle = NULL;
    s->len = 0;
}

static certbind_status start(struct search *s, struct certbind_error *err)
{
    const struct certbind_bytes root = s->ctx->root == NULL
                                           ? certbind_intel_root()
                                           : certbind_bytes(s->ctx->root, s->ctx->root_len);
    uint8_t sha256[CERTBIND_SHA256_LEN];
    struct certbind_pck_info info;
    struct certbind_quote parsed;
    certbind_status status = certbind_quote_parse(s->quote, &parsed, err);

    if (status == CERTBIND_OK)
        status = certbind_pck_info(&parsed, &info, err);
    if (status == CERTBIND_OK && !certbind_sha256(root, sha256))
        status = certbind_fail(err, CERTBIND_E_INTERNAL, "SHA-256 failed");
    if (status == CERTBIND_OK) {
        ratls_bundle_name(&info, s->name);
        s->foreign = memcmp(sha256, info.root_sha256, sizeof sha256) != 0;
    }
    return status;
}

static void take_dates(struct search *s, const struct certbind_collateral_facts *facts,
                       uint64_t until)
{
    uint64_t issued = facts->tcb_issued;

    if (facts->qe_issued < issued)
        issued = facts->qe_issued;
    if (facts->pck_crl_issued < issued)
        issued = facts->pck_crl_issued;
    s->until = until;
    s->fresh_until = issued < until ? issued + (until - issued) / 2 : 0;
}

/* Would a verdict on the quote be one about the platform, not about this collateral? */
static bool suits(certbind_status status)
{
    return status == CERTBIND_OK || (status != CERTBIND_E_MEMORY && status != CERTBIND_E_INTERNAL &&
                                     certbind_status_step(status) != CERTBIND_STEP_COLLATERAL);
}

/* A genuine list that revokes a signer is an answer: no other source may make it forgotten. So is
 * the root of a quote that is under another one, or a root that is none: the verdict then says so.
 */
static bool is_answer(const struct search *s, certbind_status status)
{
    return (s->foreign && status == CERTBIND_E_ROOT_CA_UNTRUSTED) ||
           status == CERTBIND_E_ROOT_INVALID || status == CERTBIND_E_INTERMEDIATE_REVOKED ||
           status == CERTBIND_E_TCB_INFO_SIGNER_REVOKED ||
           status == CERTBIND_E_QE_IDENTITY_SIGNER_REVOKED;
}

/* Authenticate a bundle anew, wherever it comes from. */
static certbind_status judge(struct search *s, struct certbind_error *err)
{
    struct certbind_dcap_policy defaults;
    struct certbind_collateral *c = NULL;
    struct certbind_dcap_report report;
    certbind_status status =
        certbind_collateral_new(certbind_bytes(s->bundle, s->len),
                                certbind_bytes(s->ctx->root, s->ctx->root_len), s->now, &c, err);

    if (status == CERTBIND_OK) {
        certbind_dcap_policy_default(&defaults);
        status = certbind_dcap_verify(s->quote, c, s->now,
                                      s->ctx->policy == NULL ? &defaults : &s->ctx->policy->dcap,
                                      &report, err);
        status = suits(status) ? CERTBIND_OK : status;
    }
    if (status == CERTBIND_OK) {
        take_dates(s, certbind_collateral_facts(c), report.valid_until);
        if (!ratls_seen_take(&s->ctx->seen, certbind_collateral_facts(c)))
            status = certbind_fail(err, CERTBIND_E_COLLATERAL_TOO_OLD, "newer was seen before");
    }
    certbind_collateral_free(c);
    return status;
}

/* Judge what a source gave, or note why it gave none. Returns: whether the search may end. */
static bool take(struct search *s, const char *source, certbind_status status,
                 struct certbind_error *err)
{
    s->until = 0;
    s->fresh_until = 0;
    if (status == CERTBIND_OK)
        status = judge(s, err);
    if (status == CERTBIND_OK || is_answer(s, status))
        return true;
    drop(s);
    ratls_tried_add(s->tried, source, err);
    return false;
}

static bool look_into_file(struct search *s, const char *source, const char *path, const char *name)
{
    struct certbind_error err = {0};

    return path != NULL &&
           take(s, source, ratls_bundle_read(path, name, &s->bundle, &s->len, &err), &err);
}

/* Each service gets its share of the time that is left: one that hangs does not starve the next. */
static bool ask_services(struct search *s)
{
    const struct ratls_sources *from = s->sources;

    for (size_t i = 0; i < from->url_count && i < RATLS_SOURCE_URLS_MAX; i++) {
        struct certbind_error err = {0};
        int64_t left = (s->deadline_ms - ratls_now_ms()) / (int64_t)(from->url_count - i);
        certbind_status status =
            left > 0
                ? ratls_collateral_fetch(from->urls[i], s->quote, (long)left, &s->bundle, &s->len,
                                         &err)
                : certbind_fail(&err, CERTBIND_E_COLLATERAL_MISSING, "no time was left to ask");

        if (!take(s, from->urls[i], status, &err))
            continue;
        if (from->cache_dir != NULL && s->until != 0 &&
            !ratls_bundle_write(from->cache_dir, s->name, s->bundle, s->len)) {
            (void)certbind_fail(&err, CERTBIND_E_USAGE, "cannot be written");
            ratls_tried_add(s->tried, "cache", &err);
        }
        return true;
    }
    return false;
}

/* The cache while it is fresh, the services, the cache as long as it is valid. */
static bool ask_network(struct search *s)
{
    struct search cached;

    if (!look_into_file(s, "cache", s->sources->cache_dir, s->name))
        return ask_services(s);
    if (s->now < s->fresh_until || s->sources->url_count == 0)
        return true;
    cached = *s;
    s->bundle = NULL;
    s->len = 0;
    if (ask_services(s)) {
        drop(&cached);
        return true;
    }
    *s = cached;
    return true;
}

static bool look_into_memory(struct search *s)
{
    struct certbind_error err = {0};

    s->bundle = ratls_keep_get(&s->ctx->keep, s->name, s->now, &s->len);
    return s->bundle != NULL && take(s, "memory", CERTBIND_OK, &err);
}

static void keep(const struct search *s)
{
    if (s->until == 0)
        return;
    ratls_keep_put(&s->ctx->keep, s->name, certbind_bytes(s->bundle, s->len), s->quote, s->now,
                   s->until);
}

certbind_status ratls_collateral_find(struct ratls_ctx *ctx, const struct ratls_search *search,
                                      char **out, size_t *len, struct ratls_tried *tried,
                                      struct certbind_error *err)
{
    const struct ratls_sources *sources = search->sources;
    struct ratls_tried own = {.count = 0};
    struct search s = {.ctx = ctx,
                       .sources = sources,
                       .quote = search->quote,
                       .now = search->now,
                       .deadline_ms = ratls_now_ms() + search->timeout_ms,
                       .tried = tried == NULL ? &own : tried};
    certbind_status status;

    *out = NULL;
    *len = 0;
    s.tried->count = 0;
    status = start(&s, err);
    if (status != CERTBIND_OK)
        return status;
    if (look_into_memory(&s)) {
        *out = s.bundle;
        *len = s.len;
        return CERTBIND_OK;
    }
    if (!ask_network(&s) && !look_into_file(&s, "folder", sources->dir, s.name) &&
        !look_into_file(&s, "file", sources->file, NULL))
        return ratls_tried_fail(s.tried, err);
    keep(&s);
    *out = s.bundle;
    *len = s.len;
    return CERTBIND_OK;
}

bool ratls_collateral_give_kept(struct ratls_ctx *ctx, struct ratls_session *session, uint64_t now)
{
    struct ratls_tried own = {.count = 0};
    struct search s = {
        .ctx = ctx, .quote = ratls_session_quote(session), .now = now, .tried = &own};
    bool found = start(&s, NULL) == CERTBIND_OK && look_into_memory(&s);

    if (found)
        ratls_session_give_collateral(session, certbind_bytes(s.bundle, s.len));
    drop(&s);
    return found;
}

uint64_t ratls_collateral_refresh_at(struct ratls_ctx *ctx)
{
    return ratls_keep_refresh_at(&ctx->keep);
}

void ratls_collateral_refresh(struct ratls_ctx *ctx, const struct ratls_sources *sources,
                              uint64_t now, long timeout_ms)
{
    size_t len = 0;
    uint8_t *quote;

    while ((quote = ratls_keep_take_due(&ctx->keep, now, &len)) != NULL) {
        struct ratls_tried own = {.count = 0};
        struct search s = {.ctx = ctx,
                           .sources = sources,
                           .quote = certbind_bytes(quote, len),
                           .now = now,
                           .deadline_ms = ratls_now_ms() + timeout_ms,
                           .tried = &own};

        if (start(&s, NULL) == CERTBIND_OK && ask_services(&s))
            keep(&s);
        drop(&s);
        free(quote);
    }
}
