/*
 * provision: what the program opens, binds and locks while it still may, before its sandbox.
 *
 * No loop exists yet: a loop may hold a ring, and a ring's operations pass the filter of system
 * calls.
 */
#ifndef GATEWAY_LIFETIME_PROVISION_H
#define GATEWAY_LIFETIME_PROVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/config/config.h"
#include "gateway/serve/engine.h"
#include "gateway/log.h"
#include "gateway/limits/memory.h"
#include "gateway/lifetime/notify.h"
#include "gateway/options.h"
#include "gateway/metrics/process_usage.h"
#include "gateway/sandbox/sandbox.h"
#include "gateway/core/signals.h"
#include "gateway/lifetime/sockets.h"

struct gateway_provision {
    struct gateway_engine engine;
    struct gateway_sockets sockets;
    struct gateway_notify notify;
    struct gw_signals signals;
    struct gateway_memory memory;
    struct gateway_process_sources usage;
    struct sandbox_report sandbox;
};

/**
 * Get everything, then enter the sandbox.
 *
 * Returns: false with a text in err
 * Out:     p  to be given to gateway_provision_cleanup in any case
 */
bool gateway_provision_get(struct gateway_provision *p, const struct gateway_config *config,
                           const struct gateway_options *options, const struct gateway_log *log,
                           char *err, size_t err_len);

void gateway_provision_cleanup(struct gateway_provision *p);

#endif
