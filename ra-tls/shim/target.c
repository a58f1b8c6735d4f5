#include "ra-tls/shim/target.h"

#include <stdio.h>
#include <string.h>

#include "certbind/server_name.h"
#include "gateway/upstream_attested/tunnel.h"

static SSL_CTX *make_ssl_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    const struct shim_target *t = user;

    (void)loop;
    return ratls_ssl_ctx_new(t->prover.ctx, libctx);
}

static bool put_names(struct shim_target *t, const struct ratls_target *target)
{
    const char *host = target->address != NULL ? target->address : target->host;
    unsigned port = target->address_port != 0 ? target->address_port : target->port;
    bool v6 = strchr(host, ':') != NULL;
    bool named_v6 = strchr(target->host, ':') != NULL;
    char suffix[8] = "";

    if (target->port != 443)
        (void)snprintf(suffix, sizeof suffix, ":%u", (unsigned)target->port);
    return (size_t)snprintf(t->server, sizeof t->server, "%s%s%s:%u", v6 ? "[" : "", host,
                            v6 ? "]" : "", port) < sizeof t->server &&
           (size_t)snprintf(t->authority, sizeof t->authority, "%s%s%s%s", named_v6 ? "[" : "",
                            target->host, named_v6 ? "]" : "", suffix) < sizeof t->authority &&
           (size_t)snprintf(t->origin, sizeof t->origin, "https://%s", t->authority) <
               sizeof t->origin;
}

bool shim_target_init(struct shim_target *t, struct ratls_ctx *ctx,
                      const struct ratls_target *target, bool stream)
{
    if (!put_names(t, target))
        return false;
    t->prover = (struct attested_prover){ctx, target, stream ? t->authority : NULL};
    t->servers[0] = t->server;
    t->alpn[0] = stream ? ATTESTED_TUNNEL_ALPN : "http/1.1";
    t->tls = (struct gw_upstream_tls){
        .make_ctx = make_ssl_ctx,
        .user = t,
        .sni = certbind_is_ip_address(target->host) ? NULL : target->host,
        .alpn = t->alpn,
        .alpn_required = stream,
        .proof = &attested_proof_ops,
        .proof_user = &t->prover,
    };
    t->upstream = (struct gw_upstream_config){
        .name = t->authority, .servers = t->servers, .servers_count = 1, .tls = &t->tls};
    return true;
}
