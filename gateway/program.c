#include "gateway/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "gateway/admin/admin.h"
#include "gateway/control/control.h"
#include "gateway/metrics/metrics.h"
#include "gateway/lifetime/ending.h"
#include "gateway/lifetime/provision.h"
#include "gateway/control/readiness.h"
#include "gateway/lifetime/ready_file.h"
#include "gateway/serve/serve.h"
#include "gateway/lifetime/succession.h"
#include "gateway/lifetime/watchdog.h"

enum { CLOSING_TURNS = 100 };

struct program {
    const struct gateway_config *config;
    const struct gateway_log *log;
    const struct gateway_options *options;
    struct gateway_provision own;
    struct gateway_watchdog watchdog;
    struct gateway_succession succession;
    struct gateway_ending ending;
    uv_loop_t loop;
    uv_async_t ended; /* all workers have ended, or starting them failed */
    struct gateway_admin *admin;
    struct gateway_control *control;
    struct gateway_engine engine;
    struct acme_challenges *challenges; /* NULL: there is no ACME */
    struct gateway_serve serve;
    struct gw_server *server;
    bool stopping;
    enum gateway_exit exit_code;
};

static int64_t now_s(void)
{
    return gateway_log_now_ms() / 1000;
}

static void fatal(struct program *p, const char *what)
{
    GATEWAY_LOG(p->log, GATEWAY_LOG_ERROR, "failed", {"detail", what, 0});
    p->exit_code = GATEWAY_EXIT_FAILURE;
}

/* Returns: the upstreams that r names from now on, to be freed. */
static struct gateway_upstream_readiness *look(const struct program *p, struct gateway_readiness *r)
{
    struct gateway_upstream_readiness *list = NULL;

    *r = (struct gateway_readiness){
        .serving = p->server != NULL,
        .stopping = p->stopping,
        .sandbox = p->own.sandbox,
        .now = now_s(),
    };
    if (p->control != NULL)
        gateway_control_get_status(p->control, &r->control);
    if (p->server != NULL)
        list = calloc(p->config->upstreams_count, sizeof *list);
    for (size_t i = 0; list != NULL && i < p->config->upstreams_count; i++) {
        struct gw_upstream_state state;

        gw_server_upstream_state(p->server, i, &state);
        list[i] = (struct gateway_upstream_readiness){p->config->upstreams[i].name, state.servers,
                                                      state.up};
    }
    r->upstreams = list;
    r->upstreams_count = list != NULL ? p->config->upstreams_count : 0;
    return list;
}

static bool ready(void *user, char text[GATEWAY_ADMIN_BODY_ROOM])
{
    struct gateway_readiness r;
    struct gateway_upstream_readiness *list = look(user, &r);
    bool is_ready = gateway_readiness_write(&r, text, GATEWAY_ADMIN_BODY_ROOM);

    free(list);
    return is_ready;
}

static char *metrics(void *user, size_t *len)
{
    const struct program *p = user;
    struct gateway_process_usage usage;
    struct gateway_readiness r;
    struct gateway_upstream_readiness *list = look(p, &r);
    struct gw_stats stats;
    const struct gateway_metrics_inputs in = {
        .readiness = &r,
        .stats = p->server != NULL ? &stats : NULL,
        .traffic = p->serve.traffic,
        .usage = &usage,
        .max_connections = p->config->limits.max_connections,
        .memory = &p->own.memory,
        .engine = &p->own.engine,
        .log = p->log,
        .succession = &p->succession,
        .watchdog = &p->watchdog,
    };
    char *text;

    if (p->server != NULL)
        gw_server_stats(p->server, &stats);
    gateway_process_usage_get(&p->own.usage, &usage);
    text = gateway_metrics_write(&in, len);
    free(list);
    return text;
}

static void announce(struct program *p)
{
    const char *ready_file = p->options->ready_file;
    char(*addresses)[GATEWAY_ADDRESS_ROOM] = calloc(p->config->listeners_count, sizeof *addresses);
    char admin[GATEWAY_ADDRESS_ROOM];

    if (addresses == NULL)
        return;
    gateway_admin_address(p->admin, admin, sizeof admin);
    for (size_t i = 0; i < p->config->listeners_count; i++) {
        gw_server_address(p->server, i, addresses[i], sizeof addresses[i]);
        GATEWAY_LOG(p->log, GATEWAY_LOG_INFO, "listening", {"address", addresses[i], 0});
    }
    if (ready_file != NULL &&
        !gateway_ready_file_write(ready_file, addresses, p->config->listeners_count, admin))
        GATEWAY_LOG(p->log, GATEWAY_LOG_ERROR, "ready-file", {"file", ready_file, 0},
                    {"detail", strerror(errno), 0});
    free(addresses);
}

static void on_server_stopped(void *user)
{
    struct gateway_serve *serve = user;
    struct program *p = (struct program *)((char *)serve - offsetof(struct program, serve));

    (void)uv_async_send(&p->ended);
}

static void start_server(struct program *p, struct gateway_identity *identity,
                         struct gateway_evidence *evidence)
{
    char err[256] = "";

    p->serve.first = evidence;
    p->server = gw_server_start(&p->own.engine.config, &identity->base, err, sizeof err);
    p->serve.first = NULL;
    if (p->server != NULL) {
        announce(p);
        gateway_watchdog_set_server(&p->watchdog, p->server);
        gateway_notify_ready(&p->own.notify);
        gateway_succession_serving(&p->succession);
        return;
    }
    fatal(p, err);
    (void)uv_async_send(&p->ended);
}

static void publish(void *user, struct gateway_identity *identity,
                    struct gateway_evidence *evidence)
{
    struct program *p = user;

    if (p->stopping || p->exit_code != GATEWAY_EXIT_OK)
        return;
    if (p->server == NULL) {
        start_server(p, identity, evidence);
        return;
    }
    if (identity != NULL)
        gw_server_set_identity(p->server, &identity->base);
    gateway_serve_set_evidence(p->server, evidence);
}

/* Nothing serves any more: let the loop end. */
static void on_ended(uv_async_t *async)
{
    struct program *p = async->data;

    gateway_watchdog_set_server(&p->watchdog, NULL);
    gateway_watchdog_stop(&p->watchdog);
    gateway_ending_stop(&p->ending);
    gateway_memory_stop(&p->own.memory);
    if (p->server != NULL) {
        gw_server_join(p->server);
        gw_server_free(p->server);
        p->server = NULL;
    }
    gateway_control_stop(p->control);
    p->control = NULL;
    gateway_engine_unwatch(&p->own.engine);
    gateway_succession_stop(&p->succession);
    gateway_admin_stop(p->admin);
    gw_signals_stop(&p->own.signals);
    uv_close((uv_handle_t *)&p->ended, NULL);
    uv_stop(&p->loop);
}

/* Serve nobody new. */
static void begin_to_stop(struct program *p)
{
    gateway_ending_begin(&p->ending, p->stopping ? 0 : p->config->timeouts_ms.drain);
    p->stopping = true;
    gateway_succession_stop(&p->succession);
    gateway_sockets_close(&p->own.sockets);
    gateway_notify_stopping(&p->own.notify);
    gateway_control_drain(p->control);
}

/* Another one serves from the same sockets; what it says of itself is what counts now. */
static void on_taken(void *user)
{
    struct program *p = user;

    begin_to_stop(p);
    gateway_admin_stop(p->admin);
    p->admin = NULL;
    if (p->server != NULL)
        gw_server_retire(p->server);
    else
        (void)uv_async_send(&p->ended);
}

static void stop(struct program *p, int number)
{
    GATEWAY_LOG(p->log, GATEWAY_LOG_INFO, "stopping", {"signal", NULL, number},
                {"at_once", p->stopping ? "true" : "false", 0});
    begin_to_stop(p);
    if (p->server != NULL)
        gw_server_stop(p->server); /* the second call ends everything at once */
    else
        (void)uv_async_send(&p->ended);
}

static void reload(struct program *p)
{
    const bool serves = p->server != NULL && !p->stopping;

    if (serves)
        gateway_notify_reloading(&p->own.notify, uv_hrtime() / 1000);
    gateway_control_reload(p->control);
    gateway_engine_reload(&p->own.engine);
    if (serves)
        gateway_notify_ready(&p->own.notify);
}

static void on_signal(void *user, int number)
{
    struct program *p = user;

    if (number == SIGTERM || number == SIGINT) {
        stop(p, number);
        return;
    }
    if (number == SIGHUP) {
        GATEWAY_LOG(p->log, GATEWAY_LOG_INFO, "signal", {"signal", NULL, number},
                    {"detail", "reading certificate files", 0});
        reload(p);
    } else
        GATEWAY_LOG(p->log, GATEWAY_LOG_INFO, "signal", {"signal", NULL, number},
                    {"detail", "nothing to do", 0});
}

static bool start(struct program *p)
{
    const struct gateway_admin_options admin = {&p->loop, gateway_sockets_admin(&p->own.sockets),
                                                ready, metrics, p};
    struct gateway_control_options control = {
        .loop = &p->loop,
        .config = p->config,
        .log = p->log,
        .now = now_s,
        .publish = publish,
        .user = p,
    };
    const bool has_acme = p->config->acme.names_count > 0;
    char err[256] = "memory ran out";
    char address[GATEWAY_ADDRESS_ROOM];

    p->serve.traffic = gateway_traffic_new(p->config, p->own.engine.config.threads);
    p->serve.memory = &p->own.memory;
    p->challenges = has_acme ? acme_challenges_new() : NULL;
    p->serve.challenges = control.challenges = p->challenges;
    gateway_serve_install(&p->serve, &p->own.engine.config);
    p->own.engine.config.on_stopped = on_server_stopped;
    p->admin = gateway_admin_start(&admin, err, sizeof err);
    if (p->admin == NULL || p->serve.traffic == NULL || (has_acme && p->challenges == NULL) ||
        !gateway_engine_watch(&p->own.engine, &p->loop, p->log)) {
        fatal(p, err);
        return false;
    }
    gateway_admin_address(p->admin, address, sizeof address);
    GATEWAY_LOG(p->log, GATEWAY_LOG_INFO, "admin", {"address", address, 0});
    p->control = gateway_control_start(&control);
    if (p->control == NULL) {
        fatal(p, "cannot make the session key");
        return false;
    }
    p->serve.desk = gateway_control_desk(p->control);
    p->succession = (struct gateway_succession){.loop = &p->loop,
                                                .log = p->log,
                                                .sockets = &p->own.sockets,
                                                .notify = &p->own.notify,
                                                .on_taken = on_taken,
                                                .user = p};
    gateway_succession_start(&p->succession);
    return true;
}

/* Close callbacks free what is left. A transfer of collateral may still be on its thread: then the
 * process ends around it. */
static void close_loop(struct program *p)
{
    int code = UV_EBUSY;

    for (int i = 0; i < CLOSING_TURNS && code != 0; i++) {
        (void)uv_run(&p->loop, UV_RUN_NOWAIT);
        code = uv_loop_close(&p->loop);
    }
    if (code != 0)
        _exit((int)p->exit_code);
}

/* Returns: whether the service manager, if there is one, can be told in time. */
static bool start_telling(struct program *p)
{
    const char *interval = p->options->watchdog_usec;
    uint64_t interval_us = 0;
    const bool read = interval == NULL || gateway_watchdog_parse(interval, &interval_us);

    if (!gateway_watchdog_start(&p->watchdog, &p->loop, &p->own.notify, p->log, interval_us) ||
        !read) {
        fatal(p, "needed after --watchdog-usec: microseconds, 3000 or more");
        return false;
    }
    gateway_notify_status(&p->own.notify, "Waiting for evidence");
    return true;
}

static void run(struct program *p)
{
    bool heard;
    bool told;

    if (uv_loop_init(&p->loop) != 0) {
        fatal(p, "cannot make a loop");
        return;
    }
    (void)uv_async_init(&p->loop, &p->ended, on_ended);
    p->ended.data = p;
    gateway_ending_init(&p->ending, &p->loop, p->log);
    heard = gw_signals_watch(&p->own.signals, &p->loop, on_signal, p);
    if (!heard)
        fatal(p, "cannot read signals");
    told = start_telling(p);
    gateway_memory_start(&p->own.memory, &p->loop, p->log);
    if (!heard || !told || !start(p))
        (void)uv_async_send(&p->ended);
    (void)uv_run(&p->loop, UV_RUN_DEFAULT);
    GATEWAY_LOG(p->log, GATEWAY_LOG_INFO, "stopped", {"exit", NULL, (int64_t)p->exit_code});
    close_loop(p);
    gateway_traffic_free(p->serve.traffic);
    acme_challenges_free(p->challenges);
}

enum gateway_exit gateway_program_run(const struct gateway_config *config,
                                      const struct gateway_log *log,
                                      const struct gateway_options *options)
{
    struct program p = {
        .config = config,
        .log = log,
        .options = options,
        .serve = {.config = config, .log = log, .access_fd = STDOUT_FILENO},
    };
    char err[256] = "memory ran out";

    if (options->ready_file != NULL)
        (void)unlink(options->ready_file);
    if (gateway_provision_get(&p.own, config, options, log, err, sizeof err))
        run(&p);
    else
        fatal(&p, err);
    gateway_provision_cleanup(&p.own);
    return p.exit_code;
}
