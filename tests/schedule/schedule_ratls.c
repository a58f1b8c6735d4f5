/*
 * Random schedules of the prover of attested upstreams in the engine: scripted servers with whole
 * evidence under a forged root, which misbehave in some connections; collateral that comes late or
 * never; a clock that jumps past every date. No byte of the application may reach a server that has
 * not proven itself.
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "gateway/upstream_attested/prove.h"
#include "ra-tls/sources.h"
#include "tests/schedule/event.h"
#include "tests/schedule/program.h"
#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"
#include "tests/schedule/target.h"

enum { CLIENTS = 3, TEN_YEARS_S = 315360000 };

/* Evidence with collateral in it, and without. */
static struct world worlds[2];
static SSL_CTX *server_ctxs[2];
static struct ratls_ctx *ctx;
static bool collateral_fails;

certbind_status __wrap_ratls_collateral_find(struct ratls_ctx *for_ctx,
                                             const struct ratls_search *search, char **out,
                                             size_t *len, struct ratls_tried *tried,
                                             struct certbind_error *err);

/* On the thread pool, as the machine has it. */
certbind_status __wrap_ratls_collateral_find(struct ratls_ctx *for_ctx,
                                             const struct ratls_search *search, char **out,
                                             size_t *len, struct ratls_tried *tried,
                                             struct certbind_error *err)
{
    (void)for_ctx;
    (void)search;
    (void)err;
    tried->count = 0;
    if (collateral_fails)
        return CERTBIND_E_COLLATERAL_MISSING;
    *out = strdup(worlds[1].forge.bundle);
    *len = *out != NULL ? strlen(*out) : 0;
    return *out != NULL ? CERTBIND_OK : CERTBIND_E_MEMORY;
}

static void open_world(size_t i)
{
    struct world *w = &worlds[i];

    world_open(w);
    if (world_verify(w) != CERTBIND_OK)
        sim_fail("the evidence is refused: %s", w->report.detail);
    if (i == 1) {
        w->no_staple = true;
        world_build(w);
    }
    server_ctxs[i] = SSL_CTX_new(TLS_server_method());
    if (server_ctxs[i] == NULL ||
        SSL_CTX_use_certificate_ASN1(server_ctxs[i], (int)w->leaf_len, w->leaf) != 1 ||
        SSL_CTX_use_PrivateKey(server_ctxs[i], w->presented_key) != 1)
        sim_fail("cannot use the certificate");
    (void)SSL_CTX_set_num_tickets(server_ctxs[i], 0);
}

static void open_all(void)
{
    open_world(0);
    open_world(1);
}

static void close_all(void)
{
    for (size_t i = 0; i < 2; i++) {
        SSL_CTX_free(server_ctxs[i]);
        world_close(&worlds[i]);
    }
}

static int on_dial(const char *address, struct sim_wire_end *server)
{
    (void)address;
    if (!target.always_honest && sim_chance(12))
        return UV_ECONNREFUSED;
    target_start(server);
    return 0;
}

static unsigned on_lookup(const char *host)
{
    (void)host;
    return 1;
}

static SSL_CTX *make_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    (void)loop;
    return ratls_ssl_ctx_new(user, libctx);
}

static void come(void)
{
    client_start(SCENE_HTTP);
}

static void jump(void)
{
    sim_clock_jump(TEN_YEARS_S);
    target.expired = true;
    target.expired_from = scene.requests_count;
}

static void stop(void)
{
    scene.quiet = true;
    gw_server_stop(scene.server);
}

static void plan(void)
{
    uint64_t end = sim_now() + sim_delay(100 * SIM_S);

    for (size_t clients = 1 + sim_below(CLIENTS); clients > 0; clients--)
        event_at(sim_now() + sim_delay(5 * SIM_S), come);
    if (sim_chance(3))
        event_at(sim_now() + sim_delay(10 * SIM_S), jump);
    event_at(end, stop);
}

static void check(void)
{
    for (unsigned i = 1; i <= scene.requests_count; i++) {
        const struct scene_request *r = &scene.requests[i];

        if (r->decided != r->records || r->answered > 1)
            sim_fail("request %u: decided %u times, recorded %u times, answered %u times", i,
                     r->decided, r->records, r->answered);
    }
    sim_note("%u proven, %u served", target.proven, target.served);
}

static void run_server(struct attested_prover *prover, struct world *w)
{
    static const char *const servers[] = {"127.0.0.1:9443"};
    const struct gw_listener_config listener = {.address = SCENE_HTTP};
    const struct gw_upstream_tls tls = {.make_ctx = make_ctx,
                                        .user = ctx,
                                        .sni = w->host,
                                        .proof = &attested_proof_ops,
                                        .proof_user = prover};
    const struct gw_upstream_config upstream = {
        .name = "target", .servers = servers, .servers_count = 1, .tls = &tls};
    struct gw_config config;
    char err[256] = "";

    gw_config_init(&config);
    config.listeners = &listener;
    config.listeners_count = 1;
    config.upstreams = &upstream;
    config.upstreams_count = 1;
    config.timeouts.proof = 5000;
    config.timeouts.proof_request = 2000;
    owner_fill(&config);
    scene.server = gw_server_start(&config, NULL, err, sizeof err);
    if (scene.server == NULL)
        sim_fail("the server does not start: %s", err);
    plan();
    sim_run_until(&scene.stopped, 400 * SIM_S, "the end of the server");
    event_finish();
    while (scene.clients > 0 || scene.peers > 0)
        if (!sim_step())
            sim_fail("%u clients and %u servers wait for ever", scene.clients, scene.peers);
    gw_server_join(scene.server);
    gw_server_free(scene.server);
}

static uint64_t run(uint64_t seed, bool trace)
{
    size_t which = seed % 4 == 0;
    struct world *w = &worlds[which];
    const struct ratls_options options = {
        .policy = &w->policy, .root_der = certbind_bytes(w->forge.root, w->forge.root_len)};
    static const struct ratls_sources sources = {.urls = {"sim:"}, .url_count = 1};
    struct ratls_target to = {
        .host = w->host, .port = 443, .sources = &sources, .timeout_ms = 5000};
    struct attested_prover prover = {.target = &to};

    sim_begin(seed, trace);
    sim_clock_jump((int64_t)w->now - sim_clock());
    memset(&scene, 0, sizeof scene);
    scene.only_first = true;
    event_reset();
    target = (struct target_world){.world = w, .ctx = server_ctxs[which]};
    target.always_honest = sim_chance(4);
    collateral_fails = which == 1 && sim_chance(4);
    sim_on_dial = on_dial;
    sim_on_lookup = on_lookup;
    sim_set_stalls(sim_chance(3) ? 500 : 0);
    if (ratls_ctx_new(&options, &ctx, NULL) != CERTBIND_OK)
        sim_fail("memory");
    prover.ctx = ctx;
    run_server(&prover, w);
    ratls_ctx_free(ctx);
    check();
    return sim_end();
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .open = open_all, .run = run, .close = close_all, .count = 1000};

    return program_main(argc, argv, &program);
}
