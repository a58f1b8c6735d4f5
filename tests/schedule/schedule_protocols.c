/*
 * Random schedules of the engine with everything that it speaks: clients of HTTP/1.1 and HTTP/2,
 * some behind a relay that tells their addresses, WebSockets of both, upstreams of both, identities
 * that change, another process that takes over, a stop at any time. With an odd seed some
 * upstreams speak TLS.
 */
#include <string.h>
#include <uv.h>

#include "tests/schedule/event.h"
#include "tests/schedule/program.h"
#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"
#include "tests/schedule/tls_side.h"

enum { CLIENTS = 5 };

static bool with_tls; /* the servers at ports 9002 and 9006 */

static void come(void)
{
    switch (sim_below(8)) {
    case 0:
        client_start(SCENE_HTTP);
        return;
    case 1:
        client_start(SCENE_STREAM);
        return;
    case 2:
        client_start(SCENE_TLS);
        return;
    case 3:
        client_start(SCENE_RELAYED);
        return;
    case 4:
        client_start(SCENE_RELAYED_TLS);
        return;
    case 5:
        client_http2_start(SCENE_RELAYED_TLS);
        return;
    default:
        client_http2_start(SCENE_TLS);
        return;
    }
}

static unsigned on_lookup(const char *host)
{
    (void)host;
    return (unsigned)sim_below(4);
}

static int on_dial(const char *address, struct sim_wire_end *server)
{
    sim_note("dial %s", address);
    if (sim_chance(15))
        return sim_chance(2) ? UV_ECONNREFUSED : UV_EHOSTUNREACH;
    if (sim_chance(40))
        return 1;
    if (strstr(address, ":9005") != NULL)
        upstream_http2_start(server, NULL);
    else if (strstr(address, ":9006") != NULL)
        upstream_http2_start(server, !with_tls       ? NULL
                                     : sim_chance(8) ? tls_side_server() /* has no h2 */
                                                     : tls_side_server_http2());
    else
        upstream_start(server, with_tls && strstr(address, ":9002") ? tls_side_server() : NULL,
                       strstr(address, ":9003") != NULL);
    return 0;
}

static SSL_CTX *make_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    (void)user;
    (void)loop;
    return SSL_CTX_new_ex(libctx, NULL, TLS_client_method());
}

static const char *const http2_alone[] = {"h2", NULL};
static const struct gw_upstream_tls tls = {.make_ctx = make_ctx};
static const struct gw_upstream_tls tls_http2 = {.make_ctx = make_ctx, .alpn = http2_alone};

static const char *const servers[SCENE_UPSTREAMS][2] = {
    {"app:9001", "127.0.0.1:9001"},
    {"127.0.0.1:9002", "127.0.0.2:9002"},
    {"127.0.0.1:9005", "app:9005"},
    {"127.0.0.1:9003"},
    {"127.0.0.3:9006"},
};

static void fill(struct gw_config *config, struct gw_listener_config listeners[5],
                 struct gw_upstream_config *upstreams, const struct gw_network *relay)
{
    bool hello = sim_chance(4);
    const struct gw_listener_config all[5] = {
        {.address = SCENE_HTTP},
        {.address = SCENE_STREAM, .mode = GW_LISTENER_TCP},
        {.address = SCENE_TLS, .tls = true, .h2 = true, .hello = hello},
        {.address = SCENE_RELAYED, .proxy_from = relay, .proxy_from_count = 1},
        {.address = SCENE_RELAYED_TLS,
         .tls = true,
         .h2 = true,
         .hello = hello,
         .proxy_from = relay,
         .proxy_from_count = 1},
    };

    gw_config_init(config);
    memcpy(listeners, all, sizeof all);
    config->threads = 1 + (unsigned)sim_below(2);
    config->listeners = listeners;
    config->listeners_count = 5;
    config->upstreams = upstreams;
    config->upstreams_count = SCENE_UPSTREAMS;
    for (size_t i = 0; i < SCENE_UPSTREAMS; i++)
        upstreams[i] = (struct gw_upstream_config){
            .name = servers[i][0],
            .servers = servers[i],
            .servers_count = i < SCENE_ECHO ? 1 + sim_below(2) : 1,
            .eject_failures = (unsigned)sim_below(3),
            .eject_ms = 3000,
            .max_connections = sim_chance(3) ? 1 + sim_below(2) : 0,
            .max_waiting = sim_chance(4) ? 1 : 0,
            .http2 = i == 2 || i == 4,
        };
    if (with_tls) {
        upstreams[1].tls = &tls;
        upstreams[4].tls = &tls_http2;
    }
    config->limits.queue_high = sim_chance(2) ? 4096 : 65536;
    config->limits.max_requests = sim_chance(5) ? 3 : 0;
    scene_bounds(config);
}

static void plan(void)
{
    uint64_t end = sim_now() + (sim_chance(3) ? sim_delay(2 * SIM_S) : sim_delay(100 * SIM_S));

    for (size_t clients = 1 + sim_below(CLIENTS); clients > 0; clients--)
        event_at(sim_now() + sim_delay(SIM_S), come);
    for (size_t changes = sim_below(3); changes > 0; changes--)
        event_at(sim_now() + sim_delay(10 * SIM_S), scene_change_identity);
    if (sim_chance(4))
        event_at(sim_now() + sim_delay(end - sim_now()), scene_retire);
    scene_plan_end(end);
}

static uint64_t run(uint64_t seed, bool trace)
{
    struct gw_listener_config listeners[5];
    struct gw_upstream_config upstreams[SCENE_UPSTREAMS];
    struct gw_network relay;
    struct gw_config config;

    sim_begin(seed, trace);
    memset(&scene, 0, sizeof scene);
    event_reset();
    sim_on_dial = on_dial;
    sim_on_lookup = on_lookup;
    scene.websockets = true;
    with_tls = seed % 2 == 1;
    if (!gw_network_parse("127.0.0.1/32", &relay))
        sim_fail("no network");
    fill(&config, listeners, upstreams, &relay);
    scene_play(&config, tls_side_identity(), plan);
    return sim_end();
}

int main(int argc, char **argv)
{
    /* 92: an answer is cut while a frame of it waits for the client's connection. 110900: an
     * upstream of HTTP/2 sends little pieces to a client that takes none. */
    static const uint64_t known[] = {92, 110900};
    static const struct program program = {.open = tls_side_open,
                                           .run = run,
                                           .close = tls_side_close,
                                           .count = 2000,
                                           .known = known,
                                           .known_count = 2};

    return program_main(argc, argv, &program);
}
