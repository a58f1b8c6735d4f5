#include "gateway/metrics/metrics.h"

#include <stdlib.h>

#include "gateway/evidence/quote_batch.h"

/* A metric with one label that takes a few fixed values. */
static void add(struct gateway_metrics_text *t, const char *label, const char *value, uint64_t n)
{
    const struct gateway_metric_label labels[] = {{label, value}, {NULL, NULL}};

    gateway_metrics_text_add(t, labels, n);
}

static void write_connections(const struct gw_stats *s, struct gateway_metrics_text *t)
{
    gateway_metrics_text_begin(t, GATEWAY_METRIC_CONNECTIONS);
    for (size_t i = 0; i < GW_STATS_STATES && gw_stats_state_name(i) != NULL; i++)
        add(t, "state", gw_stats_state_name(i), s->conn_states[i]);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_HANDSHAKES);
    add(t, "result", "full", s->handshakes - s->handshakes_resumed);
    add(t, "result", "resumed", s->handshakes_resumed);
    add(t, "result", "failed", s->handshakes_failed);
}

static void write_stats(const struct gw_stats *s, struct gateway_metrics_text *t)
{
    const struct {
        enum gateway_metric metric;
        uint64_t value;
    } single[] = {
        {GATEWAY_METRIC_CONNECTIONS_ACCEPTED, s->accepted},
        {GATEWAY_METRIC_CONNECTIONS_REFUSED, s->connections_refused},
        {GATEWAY_METRIC_ACCEPT_PAUSES, s->accept_pauses},
        {GATEWAY_METRIC_ACCEPT_ERRORS, s->accept_errors},
        {GATEWAY_METRIC_TIMEOUTS, s->timeouts},
        {GATEWAY_METRIC_RECEIVED, s->wire_in},
        {GATEWAY_METRIC_SENT, s->wire_out},
        {GATEWAY_METRIC_QUEUE_PEAK, s->queue_peak_bytes},
        {GATEWAY_METRIC_UPSTREAM_CONNECTIONS, s->upstream_connections},
        {GATEWAY_METRIC_UPSTREAM_CONNECTS, s->upstream_connects},
        {GATEWAY_METRIC_UPSTREAM_REUSES, s->upstream_reuses},
        {GATEWAY_METRIC_UPSTREAM_RETRIES, s->upstream_retries},
        {GATEWAY_METRIC_UPSTREAM_WAITING, s->upstream_waiting},
    };

    write_connections(s, t);
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        gateway_metrics_text_one(t, single[i].metric, single[i].value);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_UPSTREAM_PROOFS);
    add(t, "result", "accepted", s->proofs_ready);
    add(t, "result", "refused", s->proofs_refused);
}

static void write_upstreams(const struct gateway_readiness *r, struct gateway_metrics_text *t)
{
    gateway_metrics_text_begin(t, GATEWAY_METRIC_UPSTREAM_SERVERS);
    for (size_t i = 0; i < r->upstreams_count; i++)
        add(t, "upstream", r->upstreams[i].name, r->upstreams[i].servers);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_UPSTREAM_UP);
    for (size_t i = 0; i < r->upstreams_count; i++)
        add(t, "upstream", r->upstreams[i].name, r->upstreams[i].up);
}

static void write_agent(const struct gateway_control_status *c, struct gateway_metrics_text *t)
{
    struct gateway_histogram_sum quotes = {0};

    if (c->calls != NULL) {
        gateway_metrics_text_begin(t, GATEWAY_METRIC_AGENT_CALLS);
        for (int i = GATEWAY_AGENT_OK; i < GATEWAY_AGENT_RESULT_COUNT; i++)
            add(t, "result", gateway_agent_result_name((enum gateway_agent_result)i),
                c->calls->calls[i]);
        gateway_histogram_merge(&quotes, &c->calls->quotes);
        gateway_metrics_text_begin(t, GATEWAY_METRIC_QUOTE_DURATION);
        gateway_metrics_text_histogram(t, NULL, &quotes);
    }
    gateway_metrics_text_one(t, GATEWAY_METRIC_NONCES_WAITING, c->nonces.waiting);
    gateway_metrics_text_one(t, GATEWAY_METRIC_NONCES_MAX, GATEWAY_QUOTE_QUEUE);
    gateway_metrics_text_one(t, GATEWAY_METRIC_NONCES_QUOTED, c->nonces.quoted);
    gateway_metrics_text_one(t, GATEWAY_METRIC_NONCES_FAILED, c->nonces.failed);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_EVIDENCE_ROUNDS);
    add(t, "result", "ok", c->rounds_ok);
    add(t, "result", "failed", c->rounds_failed);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_COLLATERAL_FETCHES);
    add(t, "result", "ok", c->fetches_ok);
    add(t, "result", "failed", c->fetches_failed);
}

static void write_certificates(const struct gateway_control_status *c,
                               struct gateway_metrics_text *t)
{
    gateway_metrics_text_one(t, GATEWAY_METRIC_CERTIFICATE_FILE_ERRORS, c->chain_errors);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_ACME_TRIES);
    for (int i = 0; c->has_acme && i < ACME_OUTCOMES; i++)
        add(t, "result", acme_outcome_name((enum acme_outcome)i), c->acme.ended[i]);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_ACME_ISSUED);
    if (c->acme.issued_at != 0)
        gateway_metrics_text_add(t, NULL, (uint64_t)c->acme.issued_at);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_ACME_NEXT);
    if (c->acme.next_at != 0)
        gateway_metrics_text_add(t, NULL, (uint64_t)c->acme.next_at);
}

static void write_crls(const struct gateway_engine *engine, struct gateway_metrics_text *t)
{
    struct gateway_engine_crl_state state;

    gateway_engine_crl_state(engine, &state);
    gateway_metrics_text_one(t, GATEWAY_METRIC_CLIENT_CRL_ERRORS, state.errors);
    gateway_metrics_text_one(t, GATEWAY_METRIC_CLIENT_CRL_REFUSED, state.refused);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_CLIENT_CRL_EXPIRY);
    if (state.next_update > 0)
        gateway_metrics_text_add(t, NULL, (uint64_t)state.next_update);
}

static void write_collateral(const struct gateway_control_status *c, struct gateway_metrics_text *t)
{
    const struct gateway_self_check *self = &c->self_check;

    if (!c->has_collateral)
        return;
    gateway_metrics_text_one(t, GATEWAY_METRIC_COLLATERAL_EXPIRY, self->valid_until);
    gateway_metrics_text_one(t, GATEWAY_METRIC_SELF_CHECK, self->code == CERTBIND_OK);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_TCB_STATUS);
    for (int i = 0; i < CERTBIND_TCB_STATUS_COUNT; i++)
        add(t, "status", certbind_tcb_status_name((enum certbind_tcb_status)i),
            self->tcb == (enum certbind_tcb_status)i);
    gateway_metrics_text_one(t, GATEWAY_METRIC_SIMULATED, self->simulated);
}

static void write_evidence(const struct gateway_readiness *r, struct gateway_metrics_text *t)
{
    const struct gateway_control_status *c = &r->control;

    if (!c->published)
        return;
    gateway_metrics_text_one(t, GATEWAY_METRIC_EVIDENCE_AGE,
                             r->now > c->issued_at ? (uint64_t)(r->now - c->issued_at) : 0);
    gateway_metrics_text_one(t, GATEWAY_METRIC_EVIDENCE_EXPIRY, (uint64_t)c->not_after);
    gateway_metrics_text_begin(t, GATEWAY_METRIC_CERTIFICATE_EXPIRY);
    add(t, "name", "", (uint64_t)c->certificate_until);
    for (size_t i = 0; c->chains != NULL && i < c->chains->count; i++)
        if (c->chains->list[i].len > 0)
            add(t, "name", c->chains->list[i].name, (uint64_t)c->chains->list[i].not_after);
    write_collateral(c, t);
}

static void write_lifetime(const struct gateway_metrics_inputs *in, struct gateway_metrics_text *t)
{
    gateway_metrics_text_begin(t, GATEWAY_METRIC_LOG_LINES_LOST);
    add(t, "log", "access", gateway_traffic_lines_lost(in->traffic));
    add(t, "log", "diagnostics", gateway_log_lines_lost(in->log));
    gateway_metrics_text_begin(t, GATEWAY_METRIC_TAKEOVERS);
    for (int i = 0; i < GATEWAY_SUCCESSION_STATES; i++)
        add(t, "state", gateway_succession_state_name((enum gateway_succession_state)i),
            in->succession->counts[i]);
    gateway_metrics_text_one(t, GATEWAY_METRIC_WORKERS_STUCK, gateway_watchdog_stuck(in->watchdog));
    gateway_metrics_text_begin(t, GATEWAY_METRIC_SANDBOX);
    for (int i = 0; i < SANDBOX_LAYERS; i++)
        add(t, "layer", sandbox_layer_name((enum sandbox_layer)i),
            in->readiness->sandbox.layers[i].state == SANDBOX_ON);
}

static void write_process(const struct gateway_process_usage *u, struct gateway_metrics_text *t)
{
    const struct {
        enum gateway_metric metric;
        uint64_t value;
    } told[] = {
        {GATEWAY_METRIC_PROCESS_RESIDENT, u->resident_bytes},
        {GATEWAY_METRIC_PROCESS_VIRTUAL, u->virtual_bytes},
        {GATEWAY_METRIC_PROCESS_FDS, u->open_files},
        {GATEWAY_METRIC_PROCESS_MAX_FDS, u->max_files},
        {GATEWAY_METRIC_PROCESS_START, u->started_s},
    };

    gateway_metrics_text_begin(t, GATEWAY_METRIC_PROCESS_CPU);
    gateway_metrics_text_add_us(t, u->cpu_us);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (told[i].value != 0)
            gateway_metrics_text_one(t, told[i].metric, told[i].value);
}

char *gateway_metrics_write(const struct gateway_metrics_inputs *in, size_t *len)
{
    const struct gateway_metric_label build[] = {
        {"version", DEVPROOF_VERSION}, {"revision", DEVPROOF_REVISION}, {NULL, NULL}};
    struct gateway_metrics_text t = {0};

    gateway_metrics_text_begin(&t, GATEWAY_METRIC_BUILD_INFO);
    gateway_metrics_text_add(&t, build, 1);
    gateway_metrics_text_one(&t, GATEWAY_METRIC_READY,
                             gateway_readiness_reason(in->readiness) == NULL);
    gateway_metrics_text_one(&t, GATEWAY_METRIC_CONNECTIONS_MAX, in->max_connections);
    if (in->memory->limit != 0)
        gateway_metrics_text_one(&t, GATEWAY_METRIC_MEMORY_LIMIT, in->memory->limit);
    gateway_metrics_text_one(&t, GATEWAY_METRIC_MEMORY_LEVEL,
                             (uint64_t)gateway_memory_level(in->memory));
    if (in->stats != NULL) {
        write_stats(in->stats, &t);
        write_upstreams(in->readiness, &t);
        gateway_traffic_write(in->traffic, &t);
    }
    write_agent(&in->readiness->control, &t);
    write_certificates(&in->readiness->control, &t);
    write_crls(in->engine, &t);
    write_evidence(in->readiness, &t);
    write_lifetime(in, &t);
    write_process(in->usage, &t);
    return gateway_metrics_text_take(&t, len);
}
