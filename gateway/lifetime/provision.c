#include "gateway/lifetime/provision.h"

#include <signal.h>
#include <stdio.h>

#include "gateway/lifetime/confinement.h"
#include "gateway/lifetime/process.h"

static void check_open_files(const struct gateway_engine *engine, const struct gateway_log *log)
{
    uint64_t have = gateway_raise_open_files();
    uint64_t need = gateway_engine_files(engine);

    if (have < need)
        GATEWAY_LOG(log, GATEWAY_LOG_WARN, "open-files", {"limit", NULL, (int64_t)have},
                    {"needed", NULL, (int64_t)need},
                    {"detail", "limits.max_connections does not fit RLIMIT_NOFILE", 0});
}

static bool open_memory(struct gateway_provision *p, const struct gateway_config *config, char *err,
                        size_t err_len)
{
    if (gateway_memory_open(&p->memory, config->limits.max_memory_bytes))
        return true;
    (void)snprintf(err, err_len,
                   "cannot see how much memory is used, which limits.max_memory_bytes needs");
    return false;
}

static bool open_signals(struct gateway_provision *p, char *err, size_t err_len)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

    if (gw_signals_open(&p->signals, numbers, sizeof numbers / sizeof numbers[0]))
        return true;
    (void)snprintf(err, err_len, "cannot make a descriptor for signals");
    return false;
}

bool gateway_provision_get(struct gateway_provision *p, const struct gateway_config *config,
                           const struct gateway_options *options, const struct gateway_log *log,
                           char *err, size_t err_len)
{
    const struct gateway_sockets_wish wish = {&p->engine.config, config->admin_address,
                                              options->control, options->takeover};

    *p = (struct gateway_provision){.notify = {.fd = -1},
                                    .signals = {.fd = -1},
                                    .memory = {.fd = -1},
                                    .usage = {.memory = -1},
                                    .sockets = {.predecessor = -1}};
    if (!gateway_notify_open(&p->notify, options->notify_socket, err, err_len) ||
        !gateway_engine_init(&p->engine, config, gateway_cpus_allowed(), err, err_len) ||
        !gateway_secure_heap_start(config->limits.max_connections, err, err_len) ||
        !gateway_sockets_get(&p->sockets, &wish, err, err_len) ||
        !open_memory(p, config, err, err_len) || !open_signals(p, err, err_len))
        return false;
    p->notify.silent = p->sockets.predecessor >= 0;
    check_open_files(&p->engine, log);
    gateway_process_sources_open(&p->usage);
    if (!gateway_confine(config, options, log, &p->sandbox, err, err_len))
        return false;
    p->engine.config.sockets = p->sockets.fds;
    return true;
}

void gateway_provision_cleanup(struct gateway_provision *p)
{
    gateway_process_sources_close(&p->usage);
    gw_signals_cleanup(&p->signals);
    gateway_memory_close(&p->memory);
    gateway_sockets_close(&p->sockets);
    gateway_engine_cleanup(&p->engine);
    gateway_notify_close(&p->notify);
}
