#include "tests/bench/core_proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An exchange that is answered later, by a timer of its loop. */
struct late {
    uv_timer_t timer;
    struct gw_exchange *x; /* NULL: gone */
};

static void on_timer_closed(uv_handle_t *h)
{
    free(h->data);
}

static void on_late(uv_timer_t *t)
{
    struct late *l = t->data;
    const struct gw_forward to = {.route = "late"};

    if (l->x != NULL)
        gw_exchange_forward(l->x, &to);
    uv_close((uv_handle_t *)t, on_timer_closed);
}

static void decide_late(struct gw_exchange *x, const struct gw_conn_info *conn)
{
    struct late *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        gw_exchange_refuse(x, 503, "memory");
        return;
    }
    l->x = x;
    l->timer.data = l;
    gw_exchange_set_user(x, l);
    (void)uv_timer_init(gw_loop_uv(conn->loop), &l->timer);
    (void)uv_timer_start(&l->timer, on_late, 20, 0);
}

void core_proxy_on_gone(void *user, struct gw_exchange *x)
{
    struct late *l = gw_exchange_user(x);

    (void)user;
    if (l != NULL)
        l->x = NULL;
}

/* A body of as many bytes as the query says, released by its callback. */
static void answer_own(struct gw_exchange *x, const struct gw_http1_request *req)
{
    static const struct gw_response_field fields[] = {{"Content-Type", "text/plain"}};
    char digits[16] = "";
    struct gw_response r = {.status = 200, .fields = fields, .fields_count = 1};
    char *body;

    if (req->query.len > 1 && req->query.len <= sizeof(digits))
        memcpy(digits, req->query.at + 1, req->query.len - 1);
    r.body_len = (size_t)strtoul(digits, NULL, 10);
    body = malloc(r.body_len + 1);
    if (body == NULL) {
        gw_exchange_refuse(x, 503, "memory");
        return;
    }
    memset(body, 'o', r.body_len);
    r.body = (const uint8_t *)body;
    r.release = free;
    r.release_arg = body;
    gw_exchange_respond(x, &r);
}

static void answer_stats(struct gw_exchange *x)
{
    struct gw_stats s;
    struct gw_upstream_state u;
    char body[1024];
    struct gw_response r = {.status = 200};
    int n;

    gw_server_stats(gw_loop_server(gw_exchange_conn(x)->loop), &s);
    gw_server_upstream_state(gw_loop_server(gw_exchange_conn(x)->loop), 0, &u);
    n = snprintf(body, sizeof(body),
                 "{\"accepted\":%llu,\"handshakes\":%llu,\"resumed\":%llu,\"requests\":%llu,"
                 "\"connects\":%llu,\"reuses\":%llu,\"retries\":%llu,\"connections\":%llu,"
                 "\"upstream_connections\":%llu,\"queue_peak\":%llu,\"timeouts\":%llu,"
                 "\"servers\":%u,\"up\":%u,\"ejections\":%llu,\"pauses\":%llu,\"proofs_ready\":%"
                 "llu,\"proofs_refused\":%llu,\"waiting\":%llu}",
                 (unsigned long long)s.accepted, (unsigned long long)s.handshakes,
                 (unsigned long long)s.handshakes_resumed, (unsigned long long)s.requests,
                 (unsigned long long)s.upstream_connects, (unsigned long long)s.upstream_reuses,
                 (unsigned long long)s.upstream_retries, (unsigned long long)s.connections,
                 (unsigned long long)s.upstream_connections, (unsigned long long)s.queue_peak_bytes,
                 (unsigned long long)s.timeouts, u.servers, u.up,
                 (unsigned long long)s.upstream_ejections, (unsigned long long)s.accept_pauses,
                 (unsigned long long)s.proofs_ready, (unsigned long long)s.proofs_refused,
                 (unsigned long long)s.upstream_waiting);
    r.body = (const uint8_t *)body;
    r.body_len = n > 0 ? (size_t)n : 0;
    gw_exchange_respond(x, &r);
}

void core_proxy_on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                           const struct gw_conn_info *conn)
{
    const struct gw_forward to = {.route = "all", .websocket = true, .tunnel_ms = 2000};
    const struct gw_tunnel tunnel = {
        .route = "tunnel",
        .reply = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                 "Upgrade: devproof-tcp\r\n\r\n",
    };

    (void)user;

    if (gw_str_equal(req->path, gw_str("/_own")))
        answer_own(x, req);
    else if (gw_str_equal(req->path, gw_str("/_stats")))
        answer_stats(x);
    else if (gw_str_equal(req->path, gw_str("/_refuse")))
        gw_exchange_refuse(x, 403, "not-here");
    else if (gw_str_equal(req->path, gw_str("/_late")))
        decide_late(x, conn);
    else if (gw_str_equal(req->path, gw_str("/_tunnel")))
        gw_exchange_tunnel(x, &tunnel);
    else if (!gw_str_equal(req->path, gw_str("/_never")))
        gw_exchange_forward(x, &to);
}

void core_proxy_on_stream(void *user, struct gw_exchange *x, const struct gw_conn_info *conn)
{
    const struct gw_tunnel to = {.route = "stream", .refuse_tls = true, .idle_ms = 2000};

    (void)user;
    (void)conn;
    gw_exchange_tunnel(x, &to);
}

void core_proxy_on_failure(void *user, struct gw_exchange *x, const struct gw_failure *f)
{
    static const struct gw_response_field fields[] = {{"Content-Type", "application/json"}};
    char body[256];
    struct gw_response r = {.status = f->status, .fields = fields, .fields_count = 1};
    int n = snprintf(body, sizeof(body), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
                     f->code, f->message != NULL ? f->message : "");

    (void)user;
    r.body = (const uint8_t *)body;
    r.body_len = n > 0 ? (size_t)n : 0;
    r.reason = f->code;
    gw_exchange_respond(x, &r);
}

void core_proxy_log_request(void *user, struct gw_loop *loop, const struct gw_request_record *r)
{
    (void)user;
    (void)loop;
    printf("{\"event\":\"request\",\"id\":\"%s\",\"conn\":%llu,\"number\":%llu,\"status\":%u,"
           "\"in\":%llu,\"out\":%llu,\"reused\":%s,\"reason\":\"%s\",\"route\":\"%s\"}\n",
           r->id, (unsigned long long)r->conn->id, (unsigned long long)r->number, r->status,
           (unsigned long long)r->bytes_in, (unsigned long long)r->bytes_out,
           r->upstream_reused ? "true" : "false", r->reason != NULL ? r->reason : "",
           r->route != NULL ? r->route : "");
    (void)fflush(stdout);
}

void core_proxy_log_conn(void *user, struct gw_loop *loop, const struct gw_conn_record *r)
{
    (void)user;
    (void)loop;
    printf("{\"event\":\"connection\",\"conn\":%llu,\"state\":\"%s\",\"reason\":\"%s\","
           "\"requests\":%llu,\"detail\":\"%s\"}\n",
           (unsigned long long)r->conn->id, r->state, r->reason, (unsigned long long)r->requests,
           r->detail);
    (void)fflush(stdout);
}

void core_proxy_log_backend(void *user, struct gw_loop *loop, const struct gw_backend_event *e)
{
    static const char *const names[] = {
        [GW_BACKEND_UP] = "up", [GW_BACKEND_DOWN] = "down", [GW_BACKEND_EJECTED] = "ejected"};

    (void)user;
    printf("{\"event\":\"backend\",\"loop\":%u,\"change\":\"%s\",\"address\":\"%s\","
           "\"reason\":\"%s\"}\n",
           gw_loop_index(loop), names[e->change], e->address, e->reason != NULL ? e->reason : "");
    (void)fflush(stdout);
}
