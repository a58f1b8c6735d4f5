/*
 * Random schedules of the engine: one or two loops, plain, TLS and stream listeners, upstreams by
 * name, address, socket and TLS, scripted clients and upstreams, identities that change, a stop at
 * any time.
 */
#include <string.h>
#include <uv.h>

#include "tests/schedule/event.h"
#include "tests/schedule/program.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"
#include "tests/schedule/tls_side.h"
#include "tests/schedule/scene.h"

enum { CLIENTS = 6 };

static bool with_tls;

static void come(void)
{
    unsigned kind = (unsigned)sim_below(with_tls ? 8 : 5);

    client_start(kind == 0 ? SCENE_STREAM : kind < 5 ? SCENE_HTTP : SCENE_TLS);
}

static unsigned on_lookup(const char *host)
{
    (void)host;
    return (unsigned)sim_below(4);
}

static int on_dial(const char *address, struct sim_wire_end *server)
{
    bool tls = strstr(address, ":9004") != NULL;

    sim_note("dial %s", address);
    if (sim_chance(15))
        return sim_chance(2) ? UV_ECONNREFUSED : UV_EHOSTUNREACH;
    if (sim_chance(40))
        return 1;
    upstream_start(server, tls ? scene.upstream_ctx : NULL, strstr(address, ":9003") != NULL);
    return 0;
}

static SSL_CTX *make_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    (void)user;
    (void)loop;
    return SSL_CTX_new_ex(libctx, NULL, TLS_client_method());
}

/* The second set looks at a hello before TLS begins, and ends it all the same. */
static const struct gw_listener_config listeners[2][3] = {
    {{.address = SCENE_HTTP},
     {.address = SCENE_STREAM, .mode = GW_LISTENER_TCP},
     {.address = SCENE_TLS, .tls = true}},
    {{.address = SCENE_HTTP},
     {.address = SCENE_STREAM, .mode = GW_LISTENER_TCP},
     {.address = SCENE_TLS, .tls = true, .hello = true}},
};
static const char *const servers[SCENE_UPSTREAMS][2] = {
    {"app:9001", "127.0.0.1:9001"},
    {"127.0.0.1:9002", "127.0.0.2:9002"},
    {"unix:/sim/app", "app:9001"},
    {"127.0.0.1:9003"},
    {"127.0.0.1:9004"},
};
static const struct gw_upstream_tls upstream_tls = {.make_ctx = make_ctx};

static void fill(struct gw_config *config, struct gw_upstream_config *upstreams)
{
    static const size_t marks[] = {4096, 16384, 65536};

    gw_config_init(config);
    config->threads = 1 + (unsigned)sim_below(2);
    config->listeners = listeners[with_tls && sim_chance(2) ? 1 : 0];
    config->listeners_count = with_tls ? 3 : 2;
    config->upstreams = upstreams;
    config->upstreams_count = SCENE_UPSTREAMS;
    for (size_t i = 0; i < SCENE_UPSTREAMS; i++)
        upstreams[i] = (struct gw_upstream_config){
            .name = servers[i][0],
            .servers = servers[i],
            .servers_count = i < SCENE_ECHO ? 1 + sim_below(2) : 1,
            .balance = sim_chance(2) ? GW_BALANCE_ROUND_ROBIN : GW_BALANCE_LEAST_CONNECTIONS,
            .eject_failures = (unsigned)sim_below(3),
            .eject_ms = 3000,
            .max_connections = sim_chance(3) ? 1 + sim_below(2) : 0,
            .max_waiting = sim_chance(4) ? 1 : 0,
            .tls = i == SCENE_TLS_UPSTREAM ? &upstream_tls : NULL,
        };
    if (sim_chance(3))
        upstreams[1].check = (struct gw_upstream_check){
            .interval_ms = 500, .timeout_ms = 300, .path = sim_chance(3) ? NULL : "/check"};
    config->limits.queue_high = marks[sim_below(3)];
    config->limits.max_requests = sim_chance(5) ? 3 : 0;
    config->limits.max_connections = sim_chance(4) ? 3 : 100;
    scene_bounds(config);
}

static void plan(void)
{
    uint64_t end = sim_now() + (sim_chance(3) ? sim_delay(2 * SIM_S) : sim_delay(100 * SIM_S));

    for (size_t clients = 1 + sim_below(CLIENTS); clients > 0; clients--)
        event_at(sim_now() + sim_delay(SIM_S), come);
    for (size_t changes = with_tls ? sim_below(3) : 0; changes > 0; changes--)
        event_at(sim_now() + sim_delay(10 * SIM_S), scene_change_identity);
    scene_plan_end(end);
}

static uint64_t run(uint64_t seed, bool trace)
{
    struct gw_upstream_config upstreams[SCENE_UPSTREAMS];
    struct gw_config config;
    struct gw_identity *id = NULL;

    sim_begin(seed, trace);
    memset(&scene, 0, sizeof scene);
    event_reset();
    sim_on_dial = on_dial;
    sim_on_lookup = on_lookup;
    scene.upstream_ctx = tls_side_server();
    with_tls = sim_chance(8);
    fill(&config, upstreams);
    if (with_tls)
        id = tls_side_identity();
    scene_play(&config, id, plan);
    return sim_end();
}

int main(int argc, char **argv)
{
    /* 6389: an upstream resets while its client's queue is full. 11627, 2010375: the answer to a
     * pipelined request begins behind such a queue. 12166: a request that cannot be sent twice, on
     * a connection whose reset was not read yet. */
    static const uint64_t known[] = {6389, 11627, 12166, 2010375};
    static const struct program program = {.open = tls_side_open,
                                           .run = run,
                                           .close = tls_side_close,
                                           .count = 5000,
                                           .known = known,
                                           .known_count = 4};

    return program_main(argc, argv, &program);
}
