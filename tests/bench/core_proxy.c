#include "tests/bench/core_proxy.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: core_proxy --listen ADDR:PORT --upstream SERVER... [--cert FILE "
    "--key FILE] [--threads N]\n"
    "  [--set NAME=NUMBER]... [--log] [--failures] [--ready-file FILE]\n"
    "  [--upstream-tls] [--proof] [--no-via] [--tcp] [--least] [--check-path PATH] [--names "
    "FILE] [--h2] [--upstream-h2]\n";

static const struct {
    const char *name;
    size_t at;
    bool wide;
} settings[] = {
    {"handshake", offsetof(struct core_proxy, config.timeouts.handshake), false},
    {"head", offsetof(struct core_proxy, config.timeouts.head), false},
    {"idle", offsetof(struct core_proxy, config.timeouts.idle), false},
    {"body", offsetof(struct core_proxy, config.timeouts.body), false},
    {"decision", offsetof(struct core_proxy, config.timeouts.decision), false},
    {"connect", offsetof(struct core_proxy, config.timeouts.connect), false},
    {"proof", offsetof(struct core_proxy, config.timeouts.proof), false},
    {"proof_request", offsetof(struct core_proxy, config.timeouts.proof_request), false},
    {"first_byte", offsetof(struct core_proxy, config.timeouts.first_byte), false},
    {"between_bytes", offsetof(struct core_proxy, config.timeouts.between_bytes), false},
    {"write_stuck", offsetof(struct core_proxy, config.timeouts.write_stuck), false},
    {"upstream_queue", offsetof(struct core_proxy, config.timeouts.upstream_queue), false},
    {"drain", offsetof(struct core_proxy, config.timeouts.drain), false},
    {"linger", offsetof(struct core_proxy, config.timeouts.linger), false},
    {"max_connections", offsetof(struct core_proxy, config.limits.max_connections), true},
    {"max_head_bytes", offsetof(struct core_proxy, config.limits.max_head_bytes), true},
    {"max_body_bytes", offsetof(struct core_proxy, config.limits.max_body_bytes), true},
    {"max_requests", offsetof(struct core_proxy, config.limits.max_requests), true},
    {"upstream_connections", offsetof(struct core_proxy, upstream.max_connections), true},
    {"upstream_waiting", offsetof(struct core_proxy, upstream.max_waiting), true},
    {"eject", offsetof(struct core_proxy, upstream.eject_ms), false},
    {"check", offsetof(struct core_proxy, upstream.check.interval_ms), false},
    {"check_timeout", offsetof(struct core_proxy, upstream.check.timeout_ms), false},
    {"resolve_again", offsetof(struct core_proxy, config.timeouts.resolve_again), false},
    {"proof_left", offsetof(struct core_proxy, proof_left_ms), false},
};

static bool set_number(struct core_proxy *p, const char *text)
{
    const char *equals = strchr(text, '=');
    unsigned long long value;

    if (equals == NULL)
        return false;
    value = strtoull(equals + 1, NULL, 10);
    if (strncmp(text, "proof_renew=", 12) == 0) {
        p->upstream_tls.proof = &core_proxy_proof_renewed;
        p->proof_shared = value > 1;
        return true;
    }
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        char *at = (char *)p + settings[i].at;
        uint32_t narrow = (uint32_t)value;

        if (strncmp(text, settings[i].name, (size_t)(equals - text)) != 0 ||
            settings[i].name[equals - text] != '\0')
            continue;
        memcpy(at, settings[i].wide ? (void *)&value : (void *)&narrow,
               settings[i].wide ? sizeof(value) : sizeof(narrow));
        return true;
    }
    return false;
}

/* An option without a value. */
static bool set_flag(struct core_proxy *p, int c)
{
    switch (c) {
    case 'L':
        p->log = true;
        return true;
    case 'F':
        p->log_failure = true;
        return true;
    case 'P':
        p->upstream_tls.proof = &core_proxy_proof;
        p->upstream_tls.proof_user = p;
        return true;
    case 'T':
        p->upstream.tls = &p->upstream_tls;
        return true;
    case 'V':
        p->config.via = NULL;
        return true;
    case 'B':
        p->upstream.balance = GW_BALANCE_LEAST_CONNECTIONS;
        return true;
    case 'U':
        p->upstream.http2 = true;
        return true;
    case 'H':
        p->listener.h2 = true;
        return true;
    case 'S':
        p->listener.mode = GW_LISTENER_TCP;
        return true;
    default:
        return false;
    }
}

static bool set_value(struct core_proxy *p, int c, const char *value)
{
    switch (c) {
    case 'l':
        p->listener.address = value;
        return true;
    case 'u':
        p->servers[p->upstream.servers_count] = value;
        return ++p->upstream.servers_count < CORE_PROXY_SERVERS;
    case 'n':
        core_proxy_use_names(value);
        return true;
    case 'h':
        p->upstream.check.path = value;
        return true;
    case 'c':
        p->cert = value;
        return true;
    case 'k':
        p->key = value;
        return true;
    case 't':
        p->config.threads = (unsigned)strtoul(value, NULL, 10);
        return true;
    case 's':
        return set_number(p, value);
    case 'r':
        p->ready_file = value;
        return true;
    default:
        return false;
    }
}

static bool parse(struct core_proxy *p, int argc, char **argv)
{
    static const struct option options[] = {
        {"listen", 1, NULL, 'l'},     {"upstream", 1, NULL, 'u'},     {"cert", 1, NULL, 'c'},
        {"key", 1, NULL, 'k'},        {"threads", 1, NULL, 't'},      {"set", 1, NULL, 's'},
        {"ready-file", 1, NULL, 'r'}, {"log", 0, NULL, 'L'},          {"failures", 0, NULL, 'F'},
        {"proof", 0, NULL, 'P'},      {"upstream-tls", 0, NULL, 'T'}, {"no-via", 0, NULL, 'V'},
        {"least", 0, NULL, 'B'},      {"check-path", 1, NULL, 'h'},   {"names", 1, NULL, 'n'},
        {"tcp", 0, NULL, 'S'},        {"h2", 0, NULL, 'H'},           {"upstream-h2", 0, NULL, 'U'},
        {NULL, 0, NULL, 0},
    };
    bool ok = true;
    int c;

    while (ok && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
        ok = optarg != NULL ? set_value(p, c, optarg) : set_flag(p, c);
    return ok && optind == argc && p->listener.address != NULL && p->upstream.servers_count > 0 &&
           (p->cert == NULL) == (p->key == NULL);
}

static bool write_ready(const struct core_proxy *p)
{
    char address[64], part[512];
    FILE *f;

    gw_server_address(p->running, 0, address, sizeof(address));
    if (p->ready_file == NULL)
        return printf("listening %s\n", address) > 0 && fflush(stdout) == 0;
    (void)snprintf(part, sizeof(part), "%s.part", p->ready_file);
    f = fopen(part, "w");
    if (f == NULL)
        return false;
    (void)fprintf(f, "{\"address\":\"%s\",\"port\":%s}\n", address, strrchr(address, ':') + 1);
    return fclose(f) == 0 && rename(part, p->ready_file) == 0;
}

static void on_signal(uv_signal_t *s, int number)
{
    struct core_proxy *p = s->data;
    struct gw_identity *id;

    if (number == SIGUSR2) {
        gw_server_retire(p->running);
        return;
    }
    if (number != SIGHUP) {
        gw_server_stop(p->running);
        return;
    }
    id = core_proxy_identity(p->cert, p->key);
    if (id != NULL)
        gw_server_set_identity(p->running, id);
    gw_identity_unref(id);
}

static void on_all_stopped(uv_async_t *a)
{
    struct core_proxy *p = a->data;

    for (size_t i = 0; i < CORE_PROXY_SIGNALS; i++)
        uv_close((uv_handle_t *)&p->signals[i], NULL);
    uv_close((uv_handle_t *)a, NULL);
}

static void tell_stopped(void *user)
{
    (void)uv_async_send(&((struct core_proxy *)user)->stopped);
}

static void prepare(struct core_proxy *p)
{
    static const int numbers[CORE_PROXY_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    static const char *const h2[] = {"h2", NULL};
    struct gw_config *c = &p->config;

    p->listener.tls = p->cert != NULL;
    p->upstream.name = "app";
    p->upstream.servers = p->servers;
    p->upstream.eject_failures = 2;
    p->upstream.max_idle = 256;
    p->upstream_tls.make_ctx = core_proxy_client_ctx;
    p->upstream_tls.sni = "localhost";
    p->upstream_tls.alpn = p->upstream.http2 ? h2 : NULL;
    c->listeners = &p->listener;
    c->listeners_count = 1;
    c->upstreams = &p->upstream;
    c->upstreams_count = 1;
    c->exchange.on_request = core_proxy_on_request;
    c->exchange.on_stream = core_proxy_on_stream;
    c->exchange.on_gone = core_proxy_on_gone;
    if (p->log_failure)
        c->exchange.on_failure = core_proxy_on_failure;
    if (p->log) {
        c->record.on_request_end = core_proxy_log_request;
        c->record.on_conn_end = core_proxy_log_conn;
        c->on_backend = core_proxy_log_backend;
    }
    c->user = p;
    c->on_stopped = tell_stopped;
    (void)uv_loop_init(&p->control);
    (void)uv_async_init(&p->control, &p->stopped, on_all_stopped);
    p->stopped.data = p;
    for (size_t i = 0; i < CORE_PROXY_SIGNALS; i++) {
        (void)uv_signal_init(&p->control, &p->signals[i]);
        p->signals[i].data = p;
        (void)uv_signal_start(&p->signals[i], on_signal, numbers[i]);
    }
}

int main(int argc, char **argv)
{
    struct core_proxy *p = calloc(1, sizeof(*p));
    struct gw_identity *id = NULL;
    char err[256] = "";
    int code = 1;

    if (p == NULL)
        return 1;
    gw_config_init(&p->config);
    if (!parse(p, argc, argv)) {
        (void)fputs(usage, stderr);
        free(p);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    prepare(p);
    if (p->cert != NULL)
        id = core_proxy_identity(p->cert, p->key);
    if (p->cert == NULL || id != NULL)
        p->running = gw_server_start(&p->config, id, err, sizeof(err));
    gw_identity_unref(id);
    if (p->running != NULL && write_ready(p)) {
        (void)uv_run(&p->control, UV_RUN_DEFAULT);
        gw_server_join(p->running);
        code = 0;
    } else {
        (void)fprintf(stderr, "%s\n", err[0] != '\0' ? err : "cannot read certificate or key");
        on_all_stopped(&p->stopped);
        (void)uv_run(&p->control, UV_RUN_DEFAULT);
    }
    gw_server_free(p->running);
    (void)uv_loop_close(&p->control);
    free(p);
    return code;
}
