#include "gateway/serve/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/session_signer.h"
#include "gateway/serve/access_log.h"
#include "gateway/acme/serve.h"
#include "gateway/serve/answer.h"
#include "gateway/serve/evidence.h"
#include "gateway/limits/limits.h"
#include "gateway/config/names.h"
#include "gateway/serve/nonce.h"
#include "gateway/config/route.h"
#include "gateway/serve/stream.h"

/* One worker loop's own state. */
struct worker {
    struct gateway_access_log *access;
    struct gateway_limits *limits;
    struct gateway_evidence *evidence;      /* one reference */
    struct certbind_session_signer *signer; /* of its proofs */
    char *scratch;                          /* for paths: twice the longest head */
};

/* Takes the reference. */
static void set_evidence(struct worker *w, struct gw_loop *loop, struct gateway_evidence *evidence)
{
    gateway_evidence_unref(w->evidence);
    certbind_session_signer_free(w->signer);
    w->evidence = evidence;
    w->signer = certbind_session_signer_new(gw_loop_libctx(loop), evidence->session_key);
}

static void *on_loop_start(void *user, struct gw_loop *loop)
{
    struct gateway_serve *serve = user;
    struct worker *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->scratch = malloc(2 * (size_t)serve->config->limits.max_head_bytes);
    w->limits =
        gateway_limits_new(serve->config, serve->memory, gw_server_threads(gw_loop_server(loop)));
    if (serve->first != NULL)
        set_evidence(w, loop, gateway_evidence_ref(serve->first));
    if (serve->config->log_access)
        w->access =
            gateway_access_log_start(gw_loop_uv(loop), serve->config, serve->access_fd, serve->log);
    return w;
}

static void on_loop_stop(void *user, struct gw_loop *loop)
{
    struct worker *w = gw_loop_user(loop);

    (void)user;
    if (w == NULL)
        return;
    gateway_access_log_stop(w->access);
    gateway_evidence_unref(w->evidence);
    certbind_session_signer_free(w->signer);
    gateway_limits_free(w->limits);
    free(w->scratch);
    free(w);
}

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

static const char *on_admit(void *user, struct gw_loop *loop, const struct gw_conn_info *conn,
                            enum gw_admission step)
{
    const struct worker *w = gw_loop_user(loop);

    (void)user;
    return w != NULL && w->limits != NULL ? gateway_limits_admit(w->limits, conn, step, now_us())
                                          : "memory";
}

/* Returns: whether a request may be served; otherwise it is answered. */
static bool within_limits(const struct worker *w, struct gw_exchange *x,
                          const struct gw_conn_info *conn)
{
    struct gateway_limit why;
    char seconds[16];
    const struct gw_response_field retry = {"Retry-After", seconds};

    gateway_limits_request(w->limits, conn, now_us(), &why);
    if (why.code == NULL)
        return true;
    (void)snprintf(seconds, sizeof seconds, "%u", why.retry_s);
    if (why.status == 503)
        gateway_answer_last(x, why.status, why.code, why.message, &retry);
    else
        gateway_answer_error(x, why.status, why.code, why.message, &retry);
    return false;
}

static void forward(const struct gateway_config *config, struct gw_exchange *x,
                    const struct gateway_route *route)
{
    struct gw_forward to = {
        .upstream = route->upstream,
        .route = route->name,
        .host = gw_str(config->upstreams[route->upstream].host),
        .first_byte_ms = route->first_byte_ms,
        .between_ms = route->between_bytes_ms,
        .websocket = true,
        .tunnel_ms = config->timeouts_ms.tunnel,
    };

    gw_exchange_forward(x, &to);
}

static const char *refusal_text(unsigned status)
{
    switch (status) {
    case 400:
        return "the path can be read in more than one way";
    case 404:
        return "no route leads there";
    default:
        return "this host is not served here";
    }
}

/* A client that named a server in its handshake must ask for a host of this listener, so that a
 * browser that coalesces connections never gets a name another listener has (RFC 9110 15.5.20).
 * Over HTTP/2, where they do that, it must be the very name: each has a key and a certificate of
 * its own. A name that is passed through has no host here. */
static bool is_misdirected(const struct gateway_config *config, const struct gw_http1_request *req,
                           const struct gw_conn_info *conn)
{
    const struct gateway_listener *l = &config->listeners[conn->listener];

    if (gateway_route_passes(config, req->host))
        return true;
    if (conn->sni == NULL)
        return false;
    if (req->http2 && !gw_str_equal_nocase(req->host, gw_str(conn->sni)))
        return true;
    return !gateway_listener_serves(l, gw_str(conn->sni)) || !gateway_listener_serves(l, req->host);
}

/* Evidence, and nothing else until a stream begins. */
static void on_stream_request(const struct gateway_serve *serve, struct gw_exchange *x,
                              const struct gateway_route_result *route,
                              const struct gateway_evidence_serve *evidence)
{
    if (route->kind == GATEWAY_ROUTE_REFUSE && route->status == 400)
        gateway_answer_error(x, route->status, route->code, refusal_text(route->status), NULL);
    else if (route->kind != GATEWAY_ROUTE_EVIDENCE)
        gateway_answer_error(x, 404, "not-found", "only evidence is served here", NULL);
    else if (strcmp(route->endpoint, GATEWAY_STREAM_ENDPOINT) == 0)
        gateway_stream_request(serve->config, x);
    else
        gateway_evidence_answer(evidence, route->endpoint, x);
}

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn)
{
    struct gateway_serve *serve = user;
    struct worker *w = gw_loop_user(conn->loop);
    struct gateway_evidence_serve evidence = {.config = serve->config, .desk = serve->desk};
    struct gateway_route_result route;

    if (w == NULL || w->scratch == NULL || w->limits == NULL) {
        gateway_answer_error(x, 503, "memory", "memory ran out", NULL);
        return;
    }
    if (!within_limits(w, x, conn))
        return;
    gateway_route_find(serve->config, req, w->scratch, &route);
    evidence.evidence = w->evidence;
    evidence.signer = w->signer;
    evidence.limits = w->limits;
    evidence.now = gateway_log_now_ms() / 1000;
    if (serve->config->listeners[conn->listener].mode == GATEWAY_MODE_TCP) {
        on_stream_request(serve, x, &route, &evidence);
    } else if (route.kind == GATEWAY_ROUTE_CHALLENGE) {
        acme_serve_challenge(serve->challenges, &serve->config->acme, route.endpoint, x);
    } else if (serve->config->listeners[conn->listener].mode == GATEWAY_MODE_CHALLENGE) {
        acme_serve_redirect(serve->config, x);
    } else if (route.kind == GATEWAY_ROUTE_EVIDENCE) {
        gateway_evidence_answer(&evidence, route.endpoint, x);
    } else if (is_misdirected(serve->config, req, conn)) {
        gateway_answer_error(x, 421, "misdirected", refusal_text(421), NULL);
    } else if (route.kind == GATEWAY_ROUTE_FORWARD) {
        forward(serve->config, x, route.route);
    } else {
        gateway_answer_error(x, route.status, route.code, refusal_text(route.status), NULL);
    }
}

static bool on_hello(void *user, const struct gw_client_hello *hello,
                     const struct gw_conn_info *conn)
{
    const struct gateway_serve *serve = user;

    return gateway_stream_passes(serve->config, hello, conn);
}

static void on_stream(void *user, struct gw_exchange *x, const struct gw_conn_info *conn)
{
    const struct gateway_serve *serve = user;

    const struct worker *w = gw_loop_user(conn->loop);

    if (within_limits(w, x, conn))
        gateway_stream_begin(serve->config, x, NULL);
}

static void on_gone(void *user, struct gw_exchange *x)
{
    (void)user;
    gateway_nonce_gone(x);
}

static void on_failure(void *user, struct gw_exchange *x, const struct gw_failure *failure)
{
    const struct gateway_serve *serve = user;
    char value[200];
    struct gw_response_field field = {"Proxy-Status", value};

    const bool is_stream =
        serve->config->listeners[gw_exchange_conn(x)->listener].mode != GATEWAY_MODE_HTTP;

    gateway_traffic_failure(serve->traffic, gw_loop_index(gw_exchange_conn(x)->loop),
                            failure->upstream);
    if (serve->config->upstreams[failure->upstream].policy != NULL &&
        strcmp(failure->proxy_status, "tls_certificate_error") == 0)
        GATEWAY_LOG(serve->log, GATEWAY_LOG_WARN, "upstream-unproven",
                    {"upstream", serve->config->upstreams[failure->upstream].name, 0},
                    {"reason", failure->code, 0},
                    {"detail", failure->message != NULL ? failure->message : "", 0});
    (void)snprintf(value, sizeof value, "%s; error=%s; details=\"%s\"",
                   serve->config->via[0] != '\0' ? serve->config->via : "devproof-gateway",
                   failure->proxy_status, failure->code);
    if (is_stream && gw_exchange_request(x) != NULL)
        gateway_answer_error(x, 502, "upstream-unavailable", "the app cannot be reached", &field);
    else
        gateway_answer_error(x, failure->status, failure->code, "the app did not answer", &field);
}

static void on_request_end(void *user, struct gw_loop *loop, const struct gw_request_record *r)
{
    const struct gateway_serve *serve = user;
    const struct worker *w = gw_loop_user(loop);

    gateway_traffic_request(serve->traffic, gw_loop_index(loop), r);
    if (w != NULL && !gateway_access_log_request(w->access, r))
        gateway_traffic_line_lost(serve->traffic, gw_loop_index(loop));
}

/* A connection that ended as it should is told by its requests in the access log. */
static void on_conn_end(void *user, struct gw_loop *loop, const struct gw_conn_record *r)
{
    const struct gateway_serve *serve = user;
    const struct worker *w = gw_loop_user(loop);

    if (w != NULL && w->limits != NULL)
        gateway_limits_release(w->limits, r->conn, now_us());
    gateway_traffic_conn(serve->traffic, gw_loop_index(loop), r);
    if (strcmp(r->reason, "closed") == 0 || strcmp(r->reason, "client-eof") == 0)
        return;
    GATEWAY_LOG(
        serve->log, GATEWAY_LOG_INFO, "connection-end", {"connection", NULL, (int64_t)r->conn->id},
        {"state", r->state, 0}, {"reason", r->reason, 0}, {"detail", r->detail, 0},
        {"requests", NULL, (int64_t)r->requests}, {"bytes_in", NULL, (int64_t)r->bytes_in},
        {"bytes_out", NULL, (int64_t)r->bytes_out}, {"total_us", NULL, (int64_t)r->total_us});
}

static void on_backend(void *user, struct gw_loop *loop, const struct gw_backend_event *e)
{
    const struct gateway_serve *serve = user;
    const char *event = e->change == GW_BACKEND_UP     ? "upstream-up"
                        : e->change == GW_BACKEND_DOWN ? "upstream-down"
                                                       : "upstream-ejected";

    if (e->change == GW_BACKEND_EJECTED)
        gateway_traffic_ejection(serve->traffic, gw_loop_index(loop), e->upstream);
    GATEWAY_LOG(serve->log, e->change == GW_BACKEND_UP ? GATEWAY_LOG_INFO : GATEWAY_LOG_WARN, event,
                {"upstream", serve->config->upstreams[e->upstream].name, 0},
                {"server", e->address, 0}, {"reason", e->reason != NULL ? e->reason : "", 0},
                {"worker", NULL, (int64_t)gw_loop_index(loop)});
}

void gateway_serve_install(struct gateway_serve *serve, struct gw_config *engine)
{
    engine->user = serve;
    engine->exchange.on_request = on_request;
    engine->exchange.on_hello = on_hello;
    engine->exchange.on_stream = on_stream;
    engine->exchange.on_gone = on_gone;
    engine->exchange.on_failure = on_failure;
    engine->record.on_request_end = on_request_end;
    engine->record.on_conn_end = on_conn_end;
    engine->on_admit = on_admit;
    engine->on_backend = on_backend;
    engine->on_loop_start = on_loop_start;
    engine->on_loop_stop = on_loop_stop;
}

static void on_evidence(struct gw_loop *loop, void *arg)
{
    struct worker *w = gw_loop_user(loop);

    if (w == NULL)
        gateway_evidence_unref(arg);
    else
        set_evidence(w, loop, arg);
}

void gateway_serve_set_evidence(struct gw_server *server, struct gateway_evidence *evidence)
{
    for (unsigned i = 0; i < gw_server_threads(server); i++)
        if (!gw_loop_post(gw_server_loop(server, i), on_evidence, gateway_evidence_ref(evidence)))
            gateway_evidence_unref(evidence);
}
