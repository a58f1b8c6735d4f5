/* The course of a schedule of the engine: start, what is planned, the end, and what must be true
 * then. */
#include <string.h>

#include "tests/schedule/event.h"
#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/tls_side.h"

void scene_change_identity(void)
{
    struct gw_identity *id = tls_side_identity();

    gw_server_set_identity(scene.server, id);
    gw_identity_unref(id);
}

/* Another process accepts from here on: it stops too, with patience. */
void scene_retire(void)
{
    if (scene.stopped_at == 0)
        scene.stopped_at = sim_now();
    gw_server_retire(scene.server);
}

void scene_stop(void)
{
    if (scene.stopped_at == 0)
        scene.stopped_at = sim_now();
    scene.quiet = true;
    gw_server_stop(scene.server);
}

/* A mark, one read, records' frames; and what the window of a stream let come from an upstream of
 * HTTP/2 while the client took nothing, which follows at once when its answer is complete. */
static size_t queue_bound(const struct gw_config *config)
{
    size_t bound = config->limits.queue_high + 65536 + 32768;

    for (size_t i = 0; i < config->upstreams_count; i++)
        if (config->upstreams[i].http2)
            return bound + 65535;
    return bound;
}

static void check_requests(const struct gw_stats *stats, const struct gw_config *config)
{
    for (unsigned i = 1; i <= scene.requests_count; i++) {
        const struct scene_request *r = &scene.requests[i];

        if (r->decided > 0 && r->records != r->decided)
            sim_fail("request %u ended without a record", i);
        if (r->answered > 1 || (r->answered == 1 && r->records == 1 && r->status != r->recorded))
            sim_fail("request %u: %u answers, status %u, recorded %u", i, r->answered, r->status,
                     r->recorded);
        if (r->answered == 1 && r->records == 1 && r->status != 101 && r->got != r->told_out)
            sim_fail("request %u: %zu bytes of an answer, recorded %zu", i, r->got, r->told_out);
    }
    if (stats->connections != 0 || stats->upstream_connections != 0)
        sim_fail("connections are left after the stop");
    for (size_t i = 0; i < GW_STATS_STATES; i++)
        if (stats->conn_states[i] != 0)
            sim_fail("%lu connections are counted as '%s'", (unsigned long)stats->conn_states[i],
                     gw_stats_state_name(i));
    if (stats->upstream_waiting != 0)
        sim_fail("%lu requests are counted as waiting", (unsigned long)stats->upstream_waiting);
    if (scene.turned_away != stats->connections_refused)
        sim_fail("%u connections were turned away, %lu counted", scene.turned_away,
                 (unsigned long)stats->connections_refused);
    if (scene.wire_in != stats->wire_in || scene.wire_out != stats->wire_out)
        sim_fail("bytes of connections and counters differ");
    if (stats->queue_peak_bytes > queue_bound(config))
        sim_fail("a queue grew to %lu bytes", (unsigned long)stats->queue_peak_bytes);
    if (scene.conn_records != stats->accepted)
        sim_fail("%lu connections, %u records", (unsigned long)stats->accepted, scene.conn_records);
    if (scene.late != 0)
        sim_fail("an undecided exchange was forgotten");
}

/* Everything that was planned has happened and every peer has left. */
static void finish_peers(void)
{
    event_finish();
    while (scene.clients > 0 || scene.peers > 0)
        if (!sim_step())
            sim_fail("%u clients and %u upstream peers wait for ever", scene.clients, scene.peers);
}

void scene_bounds(struct gw_config *config)
{
    config->limits.queue_low = config->limits.queue_high / 4;
    config->limits.max_body_bytes = sim_chance(6) ? 2000 : 0;
    config->limits.max_discard_bytes = sim_chance(2) ? 65536 : 500;
    config->timeouts.drain = sim_chance(2) ? 30000 : 300;
    config->timeouts.first_byte = sim_chance(2) ? 60000 : 4000;
    owner_fill(config);
}

void scene_plan_end(uint64_t end)
{
    event_at(end, scene_stop);
    if (sim_chance(3))
        event_at(end + sim_delay(10 * SIM_S), scene_stop);
    scene.stalls = sim_chance(3) ? 300 : 0;
    sim_set_stalls(scene.stalls);
}

void scene_play(const struct gw_config *config, struct gw_identity *id, void (*plan)(void))
{
    struct gw_stats stats;
    char err[256] = "";

    scene.server = gw_server_start(config, id, err, sizeof err);
    gw_identity_unref(id);
    if (scene.server == NULL)
        sim_fail("the server does not start: %s", err);
    plan();
    sim_run_until(&scene.stopped, 400 * SIM_S, "the end of the server");
    if (scene.stalls == 0 &&
        sim_now() > scene.stopped_at + config->timeouts.drain * SIM_MS + 10 * SIM_S)
        sim_fail("the server does not end with the drain timeout");
    finish_peers();
    gw_server_join(scene.server);
    gw_server_stats(scene.server, &stats);
    check_requests(&stats, config);
    gw_server_free(scene.server);
}
