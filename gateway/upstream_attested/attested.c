#include "gateway/upstream_attested/attested.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/policy.h"
#include "certbind/server_name.h"
#include "gateway/upstream_attested/prove.h"
#include "gateway/upstream_attested/refresh.h"
#include "gateway/upstream_attested/tunnel.h"
#include "ra-tls/policy_file.h"

enum { HTTPS_PORT = 443 };

struct attested_upstream {
    struct certbind_policy policy;
    struct ratls_ctx *ctx;
    struct ratls_sources sources;
    struct ratls_target target;
    struct attested_prover prover;
    struct attested_refresh refresh;
    bool watching;
    const char *alpn[2];
    struct gw_upstream_tls tls;
};

static SSL_CTX *make_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    const struct attested_upstream *a = user;

    (void)loop;
    return ratls_ssl_ctx_new(a->ctx, libctx);
}

/* The file is the one that the configuration names by its hash. */
static certbind_status load_root(const char *file, const uint8_t *sha256, uint8_t **der,
                                 size_t *len, struct certbind_error *err)
{
    uint8_t hash[CERTBIND_SHA256_LEN];
    uint8_t *bytes = NULL;
    size_t bytes_len = 0;
    certbind_status status = ratls_file_read(file, &bytes, &bytes_len, err);
    bool same = status == CERTBIND_OK && certbind_sha256(certbind_bytes(bytes, bytes_len), hash) &&
                memcmp(hash, sha256, sizeof hash) == 0;

    free(bytes);
    if (status != CERTBIND_OK)
        return status;
    if (!same) {
        (void)snprintf(err->detail, sizeof err->detail,
                       "'%.100s' has another SHA-256 than "
                       "attested.root_sha256",
                       file);
        return CERTBIND_E_USAGE;
    }
    return ratls_root_load(file, der, len, err);
}

static certbind_status make_context(struct attested_upstream *a, const uint8_t *root_sha256,
                                    struct certbind_error *err)
{
    struct ratls_options options = {.policy = &a->policy};
    uint8_t *der = NULL;
    size_t len = 0;
    certbind_status status = CERTBIND_OK;

    if (a->policy.root_file != NULL)
        status = load_root(a->policy.root_file, root_sha256, &der, &len, err);
    if (status == CERTBIND_OK) {
        options.root_der = certbind_bytes(der, len);
        status = ratls_ctx_new(&options, &a->ctx, err);
    }
    free(der);
    return status;
}

static void fill_in(struct attested_upstream *a, const struct attested_options *o)
{
    if (o->collateral_url[0] != '\0')
        a->sources.urls[a->sources.url_count++] = o->collateral_url;
    a->target = (struct ratls_target){
        .host = o->name,
        .port = HTTPS_PORT,
        .sources = &a->sources,
    };
    a->prover = (struct attested_prover){
        .ctx = a->ctx, .target = &a->target, .tunnel = o->stream ? o->name : NULL};
    a->alpn[0] = o->stream ? ATTESTED_TUNNEL_ALPN : "http/1.1";
    a->tls = (struct gw_upstream_tls){
        .make_ctx = make_ctx,
        .user = a,
        .sni = certbind_is_ip_address(o->name) ? NULL : o->name,
        .alpn = a->alpn,
        .alpn_required = o->stream,
        .proof = &attested_proof_ops,
        .proof_user = &a->prover,
    };
}

struct attested_upstream *attested_upstream_new(const struct attested_options *options, char *err,
                                                size_t err_len)
{
    struct attested_upstream *a = calloc(1, sizeof *a);
    struct certbind_error why = {CERTBIND_NOT_CHECKED, ""};
    struct certbind_problems problems = {0};
    certbind_status status;

    if (a == NULL) {
        (void)snprintf(err, err_len, "memory ran out");
        return NULL;
    }
    status = certbind_policy_parse(certbind_text(options->policy), &a->policy, &problems);
    if (status == CERTBIND_OK)
        status = make_context(a, options->root_sha256, &why);
    if (status == CERTBIND_OK) {
        fill_in(a, options);
        return a;
    }
    (void)snprintf(err, err_len, "cannot use the policy of '%s': %s", options->name,
                   why.detail[0] != '\0' ? why.detail : certbind_status_text(status));
    attested_upstream_free(a);
    return NULL;
}

const struct gw_upstream_tls *attested_upstream_tls(const struct attested_upstream *a)
{
    return &a->tls;
}

bool attested_upstream_watch(struct attested_upstream *a, uv_loop_t *loop)
{
    a->watching = attested_refresh_start(&a->refresh, loop, &a->prover);
    return a->watching;
}

void attested_upstream_unwatch(struct attested_upstream *a)
{
    if (a->watching)
        attested_refresh_stop(&a->refresh);
    a->watching = false;
}

void attested_upstream_free(struct attested_upstream *a)
{
    if (a == NULL)
        return;
    ratls_ctx_free(a->ctx);
    certbind_policy_cleanup(&a->policy);
    free(a);
}
