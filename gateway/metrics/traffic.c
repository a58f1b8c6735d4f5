#include "gateway/metrics/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/core/reason.h"
#include "gateway/reason.h"

enum protocol { HTTP1, HTTP2, STREAM, PROTOCOLS, HTTP_PROTOCOLS = STREAM };

static const char *const protocols[PROTOCOLS] = {"http/1.1", "h2", "tcp"};

static const char *const reasons[] = {
#define X(name, text) name,
    GW_REASON_LIST(X) GATEWAY_REASON_LIST(X)
#undef X
        "other",
};

enum { REASONS = sizeof reasons / sizeof reasons[0] };

/* What is counted of one route, or of what goes to no route. */
struct route {
    _Atomic uint64_t requests[PROTOCOLS][GATEWAY_TRAFFIC_CODES];
    struct gateway_histogram durations[HTTP_PROTOCOLS];
    _Atomic uint64_t body_in, body_out;
};

struct upstream {
    _Atomic uint64_t failures, ejections;
    struct gateway_histogram first_byte;
};

struct worker {
    struct route *routes; /* by label; the last one: no route */
    struct upstream *upstreams;
    struct gateway_histogram handshakes;
    _Atomic uint64_t errors[REASONS];
    _Atomic uint64_t lines_lost;
};

struct gateway_traffic {
    const struct gateway_config *config;
    size_t routes; /* labels; routes of one name share the place of the first */
    struct worker *workers;
    unsigned count;
};

struct gateway_traffic *gateway_traffic_new(const struct gateway_config *config, unsigned workers)
{
    struct gateway_traffic *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->config = config;
    t->routes = config->routes_count + 1;
    t->workers = calloc(workers, sizeof *t->workers);
    for (; t->workers != NULL && t->count < workers; t->count++) {
        struct worker *w = &t->workers[t->count];

        w->routes = calloc(t->routes, sizeof *w->routes);
        w->upstreams = calloc(config->upstreams_count + 1, sizeof *w->upstreams);
        if (w->routes == NULL || w->upstreams == NULL)
            break;
    }
    if (t->count == workers)
        return t;
    t->count += t->workers != NULL;
    gateway_traffic_free(t);
    return NULL;
}

void gateway_traffic_free(struct gateway_traffic *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < t->count; i++) {
        free(t->workers[i].routes);
        free(t->workers[i].upstreams);
    }
    free(t->workers);
    free(t);
}

static const char *route_name(const struct gateway_traffic *t, size_t i)
{
    return i < t->config->routes_count ? t->config->routes[i].name : "none";
}

/* Routes of two modes may have one name. */
static size_t route_label(const struct gateway_traffic *t, const char *name)
{
    size_t i = 0;

    while (name != NULL && i < t->config->routes_count && t->config->routes[i].name != name &&
           strcmp(t->config->routes[i].name, name) != 0)
        i++;
    return name != NULL ? i : t->config->routes_count;
}

static enum protocol protocol_of(const char *name)
{
    if (strcmp(name, protocols[HTTP1]) == 0)
        return HTTP1;
    return strcmp(name, protocols[HTTP2]) == 0 ? HTTP2 : STREAM;
}

static size_t reason_label(const char *reason)
{
    size_t i = 0;

    while (i < REASONS - 1 && strcmp(reasons[i], reason) != 0)
        i++;
    return i;
}

void gateway_traffic_request(struct gateway_traffic *t, unsigned worker,
                             const struct gw_request_record *r)
{
    enum protocol p = protocol_of(r->conn->protocol);
    struct worker *w;
    struct route *route;

    if (t == NULL)
        return;
    w = &t->workers[worker];
    route = &w->routes[route_label(t, r->route)];
    gateway_counter_add(&route->requests[p][gateway_traffic_code(r->status)], 1);
    gateway_counter_add(&route->body_in, r->bytes_in);
    gateway_counter_add(&route->body_out, r->bytes_out);
    if (p < HTTP_PROTOCOLS && r->status != 101)
        gateway_histogram_add(&route->durations[p], r->total_us);
    if (r->upstream < t->config->upstreams_count && r->first_byte_us != 0)
        gateway_histogram_add(&w->upstreams[r->upstream].first_byte, r->first_byte_us);
    if (r->reason != NULL)
        gateway_counter_add(&w->errors[reason_label(r->reason)], 1);
}

void gateway_traffic_conn(struct gateway_traffic *t, unsigned worker,
                          const struct gw_conn_record *r)
{
    if (t != NULL && r->handshake_us != 0)
        gateway_histogram_add(&t->workers[worker].handshakes, r->handshake_us);
}

void gateway_traffic_failure(struct gateway_traffic *t, unsigned worker, size_t upstream)
{
    if (t != NULL && upstream < t->config->upstreams_count)
        gateway_counter_add(&t->workers[worker].upstreams[upstream].failures, 1);
}

void gateway_traffic_ejection(struct gateway_traffic *t, unsigned worker, size_t upstream)
{
    if (t != NULL && upstream < t->config->upstreams_count)
        gateway_counter_add(&t->workers[worker].upstreams[upstream].ejections, 1);
}

void gateway_traffic_line_lost(struct gateway_traffic *t, unsigned worker)
{
    if (t != NULL)
        gateway_counter_add(&t->workers[worker].lines_lost, 1);
}

uint64_t gateway_traffic_lines_lost(const struct gateway_traffic *t)
{
    uint64_t n = 0;

    for (unsigned w = 0; t != NULL && w < t->count; w++)
        n += gateway_counter_read(&t->workers[w].lines_lost);
    return n;
}

static void write_requests(const struct gateway_traffic *t, struct gateway_metrics_text *out)
{
    gateway_metrics_text_begin(out, GATEWAY_METRIC_HTTP_REQUESTS);
    for (size_t r = 0; r < t->routes; r++)
        for (size_t p = 0; p < PROTOCOLS; p++)
            for (size_t c = 0; c < GATEWAY_TRAFFIC_CODES; c++) {
                char code[8];
                const struct gateway_metric_label labels[] = {{"route", route_name(t, r)},
                                                              {"code", code},
                                                              {"protocol", protocols[p]},
                                                              {NULL, NULL}};
                uint64_t n = 0;

                for (unsigned w = 0; w < t->count; w++)
                    n += gateway_counter_read(&t->workers[w].routes[r].requests[p][c]);
                gateway_traffic_code_name(c, code);
                if (n > 0)
                    gateway_metrics_text_add(out, labels, n);
            }
}

static void write_durations(const struct gateway_traffic *t, struct gateway_metrics_text *out)
{
    gateway_metrics_text_begin(out, GATEWAY_METRIC_HTTP_DURATION);
    for (size_t r = 0; r < t->routes; r++)
        for (size_t p = 0; p < HTTP_PROTOCOLS; p++) {
            const struct gateway_metric_label labels[] = {
                {"route", route_name(t, r)}, {"protocol", protocols[p]}, {NULL, NULL}};
            struct gateway_histogram_sum sum = {0};

            for (unsigned w = 0; w < t->count; w++)
                gateway_histogram_merge(&sum, &t->workers[w].routes[r].durations[p]);
            if (!gateway_histogram_is_empty(&sum))
                gateway_metrics_text_histogram(out, labels, &sum);
        }
}

/* In: out_bytes  which of the two */
static void write_bodies(const struct gateway_traffic *t, bool out_bytes,
                         struct gateway_metrics_text *out)
{
    gateway_metrics_text_begin(out, out_bytes ? GATEWAY_METRIC_HTTP_BODY_OUT
                                              : GATEWAY_METRIC_HTTP_BODY_IN);
    for (size_t r = 0; r < t->routes; r++) {
        const struct gateway_metric_label labels[] = {{"route", route_name(t, r)}, {NULL, NULL}};
        uint64_t n = 0;

        for (unsigned w = 0; w < t->count; w++) {
            const struct route *route = &t->workers[w].routes[r];

            n += gateway_counter_read(out_bytes ? &route->body_out : &route->body_in);
        }
        if (route_label(t, r < t->routes - 1 ? route_name(t, r) : NULL) == r)
            gateway_metrics_text_add(out, labels, n);
    }
}

static void write_errors(const struct gateway_traffic *t, struct gateway_metrics_text *out)
{
    gateway_metrics_text_begin(out, GATEWAY_METRIC_HTTP_ERRORS);
    for (size_t i = 0; i < REASONS; i++) {
        const struct gateway_metric_label labels[] = {{"reason", reasons[i]}, {NULL, NULL}};
        uint64_t n = 0;

        for (unsigned w = 0; w < t->count; w++)
            n += gateway_counter_read(&t->workers[w].errors[i]);
        if (n > 0)
            gateway_metrics_text_add(out, labels, n);
    }
}

/* In: ejections  which of the two */
static void write_upstream_counts(const struct gateway_traffic *t, bool ejections,
                                  struct gateway_metrics_text *out)
{
    gateway_metrics_text_begin(out, ejections ? GATEWAY_METRIC_UPSTREAM_EJECTIONS
                                              : GATEWAY_METRIC_UPSTREAM_FAILURES);
    for (size_t i = 0; i < t->config->upstreams_count; i++) {
        const struct gateway_metric_label labels[] = {{"upstream", t->config->upstreams[i].name},
                                                      {NULL, NULL}};
        uint64_t n = 0;

        for (unsigned w = 0; w < t->count; w++) {
            const struct upstream *u = &t->workers[w].upstreams[i];

            n += gateway_counter_read(ejections ? &u->ejections : &u->failures);
        }
        gateway_metrics_text_add(out, labels, n);
    }
}

static void write_first_bytes(const struct gateway_traffic *t, struct gateway_metrics_text *out)
{
    gateway_metrics_text_begin(out, GATEWAY_METRIC_UPSTREAM_FIRST_BYTE);
    for (size_t i = 0; i < t->config->upstreams_count; i++) {
        const struct gateway_metric_label labels[] = {{"upstream", t->config->upstreams[i].name},
                                                      {NULL, NULL}};
        struct gateway_histogram_sum sum = {0};

        for (unsigned w = 0; w < t->count; w++)
            gateway_histogram_merge(&sum, &t->workers[w].upstreams[i].first_byte);
        gateway_metrics_text_histogram(out, labels, &sum);
    }
}

void gateway_traffic_write(const struct gateway_traffic *t, struct gateway_metrics_text *out)
{
    struct gateway_histogram_sum handshakes = {0};

    write_requests(t, out);
    write_durations(t, out);
    write_bodies(t, false, out);
    write_bodies(t, true, out);
    write_errors(t, out);
    write_upstream_counts(t, false, out);
    write_upstream_counts(t, true, out);
    write_first_bytes(t, out);
    for (unsigned w = 0; w < t->count; w++)
        gateway_histogram_merge(&handshakes, &t->workers[w].handshakes);
    gateway_metrics_text_begin(out, GATEWAY_METRIC_HANDSHAKE_DURATION);
    gateway_metrics_text_histogram(out, NULL, &handshakes);
}
