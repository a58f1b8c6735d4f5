/*
 * shim: the local proxy behind `devproof connect`. Plain HTTP in, verified attested TLS out.
 *
 * Not one byte of a request leaves before the far side has proven itself; a refusal is answered
 * here with status 502 and the reason; a stream is reset, and the reason printed. Proven
 * connections are kept in a pool and checked again before each use. It is the engine of the
 * gateway, the other way round.
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stdint.h>

#include "ra-tls/ratls.h"

enum shim_mode {
    SHIM_MODE_HTTP = 0, /* plain HTTP, to one target */
    SHIM_MODE_TCP,      /* bytes, to one target whose listener takes streams */
    SHIM_MODE_PROXY     /* plain HTTP, to the target that each request names, and CONNECT */
};

struct shim_options {
    enum shim_mode mode;
    struct ratls_ctx *ctx;             /* policy and root; borrowed */
    const char *listen;                /* "127.0.0.1:8080"; port 0: the kernel chooses */
    const struct ratls_target *target; /* host, port, address, sources; borrowed; of mode proxy
                                          sources and times alone */
    /* Mode proxy: where to connect to instead. Returns: whether there is such a place; NULL: never.
     */
    bool (*resolve)(const void *user, const char *host, uint16_t port, char *address, size_t room,
                    uint16_t *address_port);
    const void *user;               /* of resolve */
    const char *const *allow_hosts; /* further Host names that are answered */
    int allow_host_count;
    unsigned retry_ms;      /* how long a target that is away is looked for; 0: once */
    const char *ready_file; /* NULL: none */
};

/** Returns: whether the address is on the loopback interface. */
bool shim_is_loopback(const char *listen);

/**
 * Serve until SIGTERM or SIGINT; then requests under way may end within a bound.
 *
 * Returns: whether it could be started and ended in order; otherwise a line was printed
 */
bool shim_run(const struct shim_options *options);

#endif
