#include "ra-tls/shim/shim.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "gateway/core/server.h"
#include "certbind/server_name.h"
#include "ra-tls/shim/answer.h"
#include "ra-tls/shim/hosts.h"
#include "gateway/upstream_attested/prove.h"
#include "gateway/upstream_attested/refresh.h"

struct shim {
    const struct shim_options *options;
    struct attested_prover prover;
    struct shim_hosts hosts;
    atomic_bool hosts_ready;
    char server[300];    /* where the upstream connects to */
    char authority[300]; /* Host of forwarded requests */
    char origin[310];    /* "https://" and the authority */
    const char *servers[1];
    const char *alpn[2];
    struct gw_upstream_tls tls;
    struct gw_upstream_config upstream;
    struct gw_listener_config listener;
    struct gw_server *engine;
    uv_loop_t loop;
    uv_async_t stopped;
    uv_signal_t signals[2];
    struct attested_refresh refresh;
};

bool shim_is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0;
}

static SSL_CTX *make_ssl_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    const struct shim *shim = user;

    (void)loop;
    return ratls_ssl_ctx_new(shim->options->ctx, libctx);
}

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *request,
                       const struct gw_conn_info *conn)
{
    struct shim *shim = user;
    struct gw_str local = {NULL, 0};

    (void)conn;
    if (atomic_load(&shim->hosts_ready))
        local = shim_hosts_find(&shim->hosts, request->authority);
    if (local.len == 0) {
        shim_answer_error(x, 421, "host-not-local",
                          "this proxy answers only for its own address; see --allow-host", NULL);
        return;
    }
    gw_exchange_forward(x, &(struct gw_forward){
                               .upstream = 0,
                               .route = "target",
                               .no_forwarded = true,
                               .host = gw_str(shim->authority),
                               .origin_from = local,
                               .origin_to = gw_str(shim->origin),
                               .strip_alt_svc = true,
                           });
}

static void on_failure(void *user, struct gw_exchange *x, const struct gw_failure *failure)
{
    (void)user;
    (void)fprintf(stderr, "refused %s: %s\n", failure->code,
                  failure->message == NULL ? "" : failure->message);
    shim_answer_error(x, failure->status, failure->code,
                      failure->message == NULL ? "the server cannot be reached" : failure->message,
                      failure->proxy_status);
}

static void on_stopped(void *user)
{
    struct shim *shim = user;

    (void)uv_async_send(&shim->stopped);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct shim *shim = handle->data;

    (void)number;
    gw_server_stop(shim->engine);
}

static void on_stopped_async(uv_async_t *handle)
{
    struct shim *shim = handle->data;

    uv_close((uv_handle_t *)&shim->stopped, NULL);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&shim->signals[i], NULL);
    attested_refresh_stop(&shim->refresh);
}

static bool put_authority(struct shim *shim)
{
    const struct ratls_target *t = shim->options->target;
    const char *host = t->address != NULL ? t->address : t->host;
    unsigned port = t->address_port != 0 ? t->address_port : t->port;
    bool v6 = strchr(host, ':') != NULL;
    bool named_v6 = strchr(t->host, ':') != NULL;
    char suffix[8] = "";

    if (t->port != 443)
        (void)snprintf(suffix, sizeof suffix, ":%u", (unsigned)t->port);
    return (size_t)snprintf(shim->server, sizeof shim->server, "%s%s%s:%u", v6 ? "[" : "", host,
                            v6 ? "]" : "", port) < sizeof shim->server &&
           (size_t)snprintf(shim->authority, sizeof shim->authority, "%s%s%s%s",
                            named_v6 ? "[" : "", t->host, named_v6 ? "]" : "",
                            suffix) < sizeof shim->authority &&
           (size_t)snprintf(shim->origin, sizeof shim->origin, "https://%s", shim->authority) <
               sizeof shim->origin;
}

static void fill_config(struct shim *shim, struct gw_config *config)
{
    shim->servers[0] = shim->server;
    shim->alpn[0] = "http/1.1";
    shim->tls = (struct gw_upstream_tls){
        .make_ctx = make_ssl_ctx,
        .user = shim,
        .sni = certbind_is_ip_address(shim->options->target->host) ? NULL
                                                                   : shim->options->target->host,
        .alpn = shim->alpn,
        .proof = &attested_proof_ops,
        .proof_user = &shim->prover,
    };
    shim->upstream = (struct gw_upstream_config){
        .name = "target", .servers = shim->servers, .servers_count = 1, .tls = &shim->tls};
    shim->listener = (struct gw_listener_config){.address = shim->options->listen};
    gw_config_init(config);
    config->threads = 1;
    config->listeners = &shim->listener;
    config->listeners_count = 1;
    config->upstreams = &shim->upstream;
    config->upstreams_count = 1;
    config->timeouts.proof = shim->options->target->timeout_ms;
    if (shim->options->target->request_timeout_ms != 0)
        config->timeouts.proof_request = shim->options->target->request_timeout_ms;
    config->timeouts.upstream_queue = shim->options->target->timeout_ms;
    config->via = NULL;
    config->exchange = (struct gw_exchange_ops){.on_request = on_request, .on_failure = on_failure};
    config->user = shim;
    config->on_stopped = on_stopped;
}

/* Written beside it and renamed, so that whoever waits for it never reads half of it. */
static bool write_ready_file(const char *path, const char *address)
{
    char other[4096];
    FILE *f;
    bool ok;

    if (path == NULL)
        return true;
    if ((size_t)snprintf(other, sizeof other, "%s.new", path) >= sizeof other)
        return false;
    f = fopen(other, "w");
    if (f == NULL)
        return false;
    ok = fprintf(f, "{\"listen\":\"%s\",\"pid\":%ld}\n", address, (long)getpid()) > 0;
    ok = fclose(f) == 0 && ok;
    return ok && rename(other, path) == 0;
}

static bool init_loop(struct shim *shim)
{
    static const int numbers[2] = {SIGTERM, SIGINT};

    if (uv_loop_init(&shim->loop) != 0 ||
        uv_async_init(&shim->loop, &shim->stopped, on_stopped_async) != 0)
        return false;
    shim->stopped.data = shim;
    for (int i = 0; i < 2; i++) {
        if (uv_signal_init(&shim->loop, &shim->signals[i]) != 0)
            return false;
        shim->signals[i].data = shim;
        if (uv_signal_start(&shim->signals[i], on_signal, numbers[i]) != 0)
            return false;
    }
    return attested_refresh_start(&shim->refresh, &shim->loop, &shim->prover);
}

static bool serve(struct shim *shim)
{
    struct gw_config config;
    char err[256] = "";
    char address[80];

    fill_config(shim, &config);
    shim->engine = gw_server_start(&config, NULL, err, sizeof err);
    if (shim->engine == NULL) {
        (void)fprintf(stderr, "devproof connect: %s\n", err);
        return false;
    }
    gw_server_address(shim->engine, 0, address, sizeof address);
    shim_hosts_init(&shim->hosts, address, shim->options->allow_hosts,
                    shim->options->allow_host_count);
    atomic_store(&shim->hosts_ready, true);
    (void)fprintf(stderr, "listening on http://%s for %s\n", address, shim->origin);
    if (!write_ready_file(shim->options->ready_file, address)) {
        (void)fprintf(stderr, "devproof connect: cannot write '%s'\n", shim->options->ready_file);
        gw_server_stop(shim->engine);
    }
    (void)uv_run(&shim->loop, UV_RUN_DEFAULT);
    gw_server_join(shim->engine);
    gw_server_free(shim->engine);
    return true;
}

bool shim_run(const struct shim_options *options)
{
    struct shim *shim = calloc(1, sizeof *shim);
    bool ok = shim != NULL;

    if (ok) {
        shim->options = options;
        shim->prover = (struct attested_prover){options->ctx, options->target};
        ok = put_authority(shim) && init_loop(shim) && serve(shim);
        (void)uv_loop_close(&shim->loop);
    }
    free(shim);
    return ok;
}
