#include "ra-tls/shim/shim.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "gateway/core/reason.h"
#include "gateway/core/server.h"
#include "gateway/core/signals.h"
#include "ra-tls/shim/answer.h"
#include "ra-tls/shim/hosts.h"
#include "gateway/upstream_attested/refresh.h"
#include "ra-tls/shim/proxy.h"
#include "ra-tls/shim/retry.h"
#include "ra-tls/shim/target.h"

struct shim {
    const struct shim_options *options;
    struct shim_hosts hosts;
    atomic_bool hosts_ready;
    struct shim_target target; /* of mode proxy its prover alone */
    struct shim_proxy proxy;
    struct gw_listener_config listener;
    struct gw_server *engine;
    uv_loop_t loop;
    uv_async_t stopped;
    struct gw_signals signals;
    struct attested_refresh refresh;
};

bool shim_is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0;
}

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *request,
                       const struct gw_conn_info *conn)
{
    struct shim *shim = user;
    struct gw_str local = {NULL, 0};

    if (shim->options->mode == SHIM_MODE_PROXY) {
        shim_proxy_request(&shim->proxy, x, request, conn);
        return;
    }
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
                               .host = gw_str(shim->target.authority),
                               .origin_from = local,
                               .origin_to = gw_str(shim->target.origin),
                               .strip_alt_svc = true,
                               .websocket = true,
                           });
}

static void on_stream(void *user, struct gw_exchange *x, const struct gw_conn_info *conn)
{
    (void)user;
    (void)conn;
    gw_exchange_tunnel(x, &(struct gw_tunnel){.upstream = 0, .route = "target"});
}

static void decide(void *user, struct gw_exchange *x)
{
    const struct gw_http1_request *request = gw_exchange_request(x);

    if (request == NULL)
        on_stream(user, x, gw_exchange_conn(x));
    else
        on_request(user, x, request, gw_exchange_conn(x));
}

static void on_gone(void *user, struct gw_exchange *x)
{
    (void)user;
    shim_retry_gone(x);
}

/* What a code of the engine means; the proof's own codes come with their message. */
static const char *meaning_of(const char *code)
{
    static const struct {
        const char *code, *meaning;
    } reasons[] = {
#define X(code, meaning) {code, meaning},
        GW_REASON_LIST(X)
#undef X
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(code, reasons[i].code) == 0)
            return reasons[i].meaning;
    return "the server cannot be reached";
}

/* Whom the exchange is with: the target, or in mode proxy the one that the request names. */
static struct gw_str far_side(const struct shim *shim, const struct gw_exchange *x)
{
    const struct gw_http1_request *request = gw_exchange_request(x);

    return shim->options->mode == SHIM_MODE_PROXY && request != NULL
               ? request->authority
               : gw_str(shim->target.authority);
}

static void on_failure(void *user, struct gw_exchange *x, const struct gw_failure *failure)
{
    struct shim *shim = user;
    const char *message = failure->message != NULL ? failure->message : meaning_of(failure->code);
    const struct gw_str far = far_side(shim, x);

    if (shim_retry_later(x, failure, shim->options->retry_ms, decide, shim))
        return;
    (void)fprintf(stderr, "refused %s: %.*s: %s\n", failure->code, (int)far.len, far.at, message);
    shim_answer_error(x, failure->status, failure->code, message, failure->proxy_status);
}

static void on_stopped(void *user)
{
    struct shim *shim = user;

    (void)uv_async_send(&shim->stopped);
}

static void on_signal(void *user, int number)
{
    struct shim *shim = user;

    (void)number;
    gw_server_stop(shim->engine);
}

static void on_stopped_async(uv_async_t *handle)
{
    struct shim *shim = handle->data;

    uv_close((uv_handle_t *)&shim->stopped, NULL);
    gw_signals_stop(&shim->signals);
    attested_refresh_stop(&shim->refresh);
}

static void fill_config(struct shim *shim, struct gw_config *config)
{
    shim->listener = (struct gw_listener_config){
        .address = shim->options->listen,
        .mode = shim->options->mode == SHIM_MODE_TCP ? GW_LISTENER_TCP : GW_LISTENER_HTTP,
        .connect = shim->options->mode == SHIM_MODE_PROXY,
    };
    gw_config_init(config);
    config->threads = 1;
    config->listeners = &shim->listener;
    config->listeners_count = 1;
    config->upstreams = &shim->target.upstream;
    config->upstreams_count = shim->options->mode == SHIM_MODE_PROXY ? 0 : 1;
    config->timeouts.proof = shim->options->target->timeout_ms;
    if (shim->options->target->request_timeout_ms != 0)
        config->timeouts.proof_request = shim->options->target->request_timeout_ms;
    config->timeouts.upstream_queue = shim->options->target->timeout_ms;
    config->via = NULL;
    config->exchange = (struct gw_exchange_ops){
        .on_stream = on_stream,
        .on_request = on_request,
        .on_gone = on_gone,
        .on_failure = on_failure,
    };
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
    static const int numbers[] = {SIGTERM, SIGINT};

    if (uv_loop_init(&shim->loop) != 0 ||
        uv_async_init(&shim->loop, &shim->stopped, on_stopped_async) != 0)
        return false;
    shim->stopped.data = shim;
    return gw_signals_open(&shim->signals, numbers, sizeof numbers / sizeof numbers[0]) &&
           gw_signals_watch(&shim->signals, &shim->loop, on_signal, shim) &&
           attested_refresh_start(&shim->refresh, &shim->loop, &shim->target.prover);
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
    (void)fprintf(stderr, "listening on %s%s for %s\n",
                  shim->options->mode == SHIM_MODE_TCP ? "" : "http://", address,
                  shim->options->mode == SHIM_MODE_PROXY ? "any host" : shim->target.origin);
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
        shim->signals.fd = -1;
        shim->proxy.options = options;
        shim->target.prover =
            (struct attested_prover){.ctx = options->ctx, .target = options->target};
        ok = (options->mode == SHIM_MODE_PROXY ||
              shim_target_init(&shim->target, options->ctx, options->target,
                               options->mode == SHIM_MODE_TCP)) &&
             init_loop(shim) && serve(shim);
        shim_proxy_cleanup(&shim->proxy);
        (void)uv_loop_close(&shim->loop);
        gw_signals_cleanup(&shim->signals);
    }
    free(shim);
    return ok;
}
