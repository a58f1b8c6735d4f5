#include "ra-tls/context.h"

#include <stdlib.h>
#include <string.h>

certbind_status ratls_ctx_new(const struct ratls_options *options, struct ratls_ctx **out,
                              struct certbind_error *err)
{
    struct ratls_ctx *ctx = calloc(1, sizeof *ctx);

    *out = NULL;
    if (ctx == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    if (options->root_der.len > 0) {
        ctx->root = malloc(options->root_der.len);
        if (ctx->root == NULL) {
            free(ctx);
            return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
        }
        memcpy(ctx->root, options->root_der.data, options->root_der.len);
        ctx->root_len = options->root_der.len;
    }
    ctx->policy = options->policy;
    ctx->keep_going = options->keep_going;
    ratls_cache_init(&ctx->cache);
    ratls_seen_init(&ctx->seen);
    ratls_keep_init(&ctx->keep);
    *out = ctx;
    return CERTBIND_OK;
}

void ratls_ctx_free(struct ratls_ctx *ctx)
{
    if (ctx == NULL)
        return;
    ratls_client_certificate_cleanup(&ctx->shown);
    ratls_cache_cleanup(&ctx->cache);
    ratls_seen_cleanup(&ctx->seen);
    ratls_keep_cleanup(&ctx->keep);
    free(ctx->root);
    free(ctx);
}
