/* The owner of the engine: decides about requests at once or later, and hears how they end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "tests/schedule/message.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"
#include "tests/schedule/scene.h"

struct scene scene;

/* A decision that comes later. */
struct late {
    struct sim_item item; /* first member */
    struct gw_exchange *x;
    uint64_t at;
};

static unsigned number_of(const struct gw_http1_request *req)
{
    for (size_t i = 0; req != NULL && i < req->fields.count; i++)
        if (gw_str_equal_nocase(req->fields.list[i].name, gw_str("x-id")))
            return (unsigned)strtoul(req->fields.list[i].value.at, NULL, 10);
    return 0;
}

static bool path_is(const struct gw_http1_request *req, const char *path)
{
    return gw_str_equal(req->path, gw_str(path));
}

unsigned scene_new_request(void)
{
    return scene.requests_count < SCENE_REQUESTS ? ++scene.requests_count : 0;
}

static void answer(struct gw_exchange *x)
{
    char id[16], len[16];
    static uint8_t body[200000];
    unsigned number = number_of(gw_exchange_request(x));
    const struct gw_response_field fields[] = {{"X-Id", id}, {"X-Len", len}};
    struct gw_response r = {.status = 200, .fields = fields, .fields_count = 2, .body = body};

    r.body_len = sim_chance(5) ? sim_below(sizeof body) : sim_below(2000);
    for (size_t i = 0; i < r.body_len; i++)
        body[i] = message_byte(number, i);
    (void)snprintf(id, sizeof id, "%u", number);
    (void)snprintf(len, sizeof len, "%zu", r.body_len);
    gw_exchange_respond(x, &r);
}

static void decide(struct gw_exchange *x)
{
    static const char *const ups[] = {"/up/0", "/up/1", "/up/2", "/up/3", "/up/4"};
    static const char *const sockets[] = {"/ws/0", "/ws/1"};
    const struct gw_http1_request *req = gw_exchange_request(x);

    for (size_t i = 0; i < SCENE_UPSTREAMS; i++)
        if (path_is(req, ups[i])) {
            gw_exchange_forward(x, &(struct gw_forward){.upstream = i, .route = ups[i]});
            return;
        }
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
        if (path_is(req, sockets[i])) {
            gw_exchange_forward(x, &(struct gw_forward){.upstream = i * 2,
                                                        .route = sockets[i],
                                                        .websocket = true,
                                                        .tunnel_ms = 30000});
            return;
        }
    if (path_is(req, "/refuse"))
        gw_exchange_refuse(x, 403, "method");
    else if (path_is(req, "/tunnel"))
        gw_exchange_tunnel(x, &(struct gw_tunnel){.upstream = SCENE_ECHO,
                                                  .idle_ms = 30000,
                                                  .reply = "HTTP/1.1 101 Switching Protocols\r\n"
                                                           "Connection: Upgrade\r\n\r\n"});
    else
        answer(x);
}

static void late_free(struct late *late)
{
    gw_exchange_set_user(late->x, NULL);
    sim_remove(&late->item);
    scene.late--;
    free(late);
}

static uint64_t late_ready(struct sim_item *item)
{
    return ((struct late *)item)->at;
}

static void late_run(struct sim_item *item)
{
    struct gw_exchange *x = ((struct late *)item)->x;

    late_free((struct late *)item);
    if (sim_chance(3))
        gw_exchange_forward(x, &(struct gw_forward){.upstream = 1, .route = "late"});
    else
        decide(x);
}

static const struct sim_item_ops late_ops = {"late", late_ready, late_run};

static void decide_later(struct gw_exchange *x)
{
    struct late *late = calloc(1, sizeof *late);

    if (late == NULL)
        sim_fail("memory");
    late->x = x;
    late->at = sim_now() + sim_delay(40 * SIM_S);
    scene.late++;
    gw_exchange_set_user(x, late);
    sim_add(&late->item, &late_ops);
}

/* What a relay told of the client, and nothing else, is its address. */
static void check_address(const struct gw_conn_info *conn, unsigned id)
{
    const struct sockaddr_in *peer = (const struct sockaddr_in *)conn->peer;
    uint32_t told = scene.requests[id].told;

    if (conn->told != (told != 0) ||
        ntohl(peer->sin_addr.s_addr) != (told != 0 ? told : INADDR_LOOPBACK))
        sim_fail("request %u comes from another address than was told", id);
}

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn)
{
    unsigned id = number_of(req);

    (void)user;
    if (id == 0 || id > scene.requests_count)
        sim_fail("a request that nobody sent");
    check_address(conn, id);
    if (++scene.requests[id].decided > 1)
        sim_fail("request %u is asked about twice", id);
    if (path_is(req, "/late"))
        decide_later(x);
    else
        decide(x);
}

static bool on_hello(void *user, const struct gw_client_hello *hello,
                     const struct gw_conn_info *conn)
{
    (void)user;
    (void)conn;
    sim_note("hello %s", hello->name);
    return false;
}

static void on_stream(void *user, struct gw_exchange *x, const struct gw_conn_info *conn)
{
    (void)user;
    (void)conn;
    scene.streams++;
    gw_exchange_tunnel(x, &(struct gw_tunnel){.upstream = SCENE_ECHO, .idle_ms = 30000});
}

static void on_gone(void *user, struct gw_exchange *x)
{
    (void)user;
    if (gw_exchange_user(x) == NULL)
        sim_fail("on_gone for an exchange that is decided");
    late_free(gw_exchange_user(x));
}

static void on_failure(void *user, struct gw_exchange *x, const struct gw_failure *failure)
{
    (void)user;
    sim_note("failure %s", failure->code);
    if (sim_chance(3))
        gw_exchange_respond(
            x, &(struct gw_response){.status = failure->status, .reason = failure->code});
}

static void on_request_end(void *user, struct gw_loop *loop, const struct gw_request_record *r)
{
    unsigned id = number_of(r->request);

    (void)user;
    (void)loop;
    sim_note("record %u %u %lu %s", id, r->status, (unsigned long)r->bytes_out,
             r->reason != NULL ? r->reason : "-");
    scene.records++;
    if (r->request == NULL)
        return;
    if (++scene.requests[id].records > 1)
        sim_fail("request %u is recorded twice", id);
    scene.requests[id].recorded = r->status;
    scene.requests[id].told_out = r->bytes_out;
}

static const char *on_admit(void *user, struct gw_loop *loop, const struct gw_conn_info *conn,
                            enum gw_admission step)
{
    (void)user;
    (void)loop;
    if ((conn->admitted & (unsigned)step) != 0)
        sim_fail("a connection was admitted twice");
    if (!sim_chance(40))
        return NULL;
    scene.turned_away++;
    return "client-connections";
}

static void on_conn_end(void *user, struct gw_loop *loop, const struct gw_conn_record *r)
{
    (void)user;
    (void)loop;
    sim_note("conn %s %s", r->state, r->reason);
    /* One of HTTP/2 stays until its client has answered the warning. */
    if (strcmp(r->reason, "drain-timeout") == 0 && strcmp(r->state, "idle") == 0 &&
        strcmp(r->conn->protocol, "h2") != 0)
        sim_fail("an idle connection was kept during the stop");
    scene.conn_records++;
    scene.wire_in += r->bytes_in;
    scene.wire_out += r->bytes_out;
}

static void on_stopped(void *user)
{
    (void)user;
    scene.stopped = true;
}

void owner_fill(struct gw_config *config)
{
    config->exchange = (struct gw_exchange_ops){.on_hello = on_hello,
                                                .on_stream = on_stream,
                                                .on_request = on_request,
                                                .on_gone = on_gone,
                                                .on_failure = on_failure};
    config->record =
        (struct gw_record_ops){.on_request_end = on_request_end, .on_conn_end = on_conn_end};
    config->on_admit = on_admit;
    config->on_stopped = on_stopped;
}
