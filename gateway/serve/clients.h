/*
 * clients: whose certificates a listener with client_auth takes: authorities from a file that the
 * configuration fixes, less what their revocation lists name. The lists are read again when their
 * file changes and when asked to; a file that cannot be used leaves those before it, until they
 * expire. A loop that has no memory for new ones refuses clients until it has.
 *
 * Control loop only, but for what the engine calls on its own loops.
 */
#ifndef GATEWAY_SERVE_CLIENTS_H
#define GATEWAY_SERVE_CLIENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/config/config.h"
#include "gateway/core/client_auth.h"
#include "gateway/log.h"
#include "gateway/serve/ca_file.h"
#include "gateway/serve/crl_file.h"

struct gateway_clients {
    struct gw_client_auth auth; /* for the engine */
    struct gateway_ca_file ca;
    const char *crl_path; /* borrowed; "": there are no lists */
    struct gateway_crl_file crl;
    atomic_uint version; /* of crl */
    uv_mutex_t lock;     /* of crl, which loops read */
    bool has_lock, watching;
    uv_fs_poll_t watch;
    uv_timer_t look;       /* for what no file tells */
    size_t expired;        /* lists that the log has told of */
    uint64_t errors;       /* files that could not be used, since start */
    atomic_ullong refused; /* clients, because memory for a loop's store ran out, since start */
    uint64_t refused_told; /* of these, in the log */
    const struct gateway_log *log;
};

/**
 * Read the files of one listener.
 *
 * Returns: false with a text in err
 * In:      listener  has client_auth; borrowed until _cleanup
 * Out:     clients   must not be moved; to be given to gateway_clients_cleanup in any case
 */
bool gateway_clients_init(struct gateway_clients *clients, const struct gateway_listener *listener,
                          char *err, size_t err_len);

/** Watch the file of lists, if there is one; loops get others from auth.make_store. The log is
 * told of lists that expire, and of clients who were refused for want of memory. */
void gateway_clients_watch(struct gateway_clients *clients, uv_loop_t *loop,
                           const struct gateway_log *log);

/** Read the lists again now. Accepts a zeroed struct. */
void gateway_clients_reload(struct gateway_clients *clients);

/** Watch no more; the loop has to run until the handles are closed. Accepts a zeroed struct. */
void gateway_clients_unwatch(struct gateway_clients *clients);

/** Accepts a zeroed struct. */
void gateway_clients_cleanup(struct gateway_clients *clients);

#endif
