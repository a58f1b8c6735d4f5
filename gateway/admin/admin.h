/*
 * admin: the small HTTP listener for health checks, on the control loop.
 *
 *   GET /livez   200 as long as the loop runs
 *   GET /readyz  200 or 503 with a JSON text of the caller's
 *   GET /metrics 200 with the caller's text in the format of Prometheus
 *
 * One request a connection, bounded in size, number and time. It shows nothing of the traffic but
 * counts, and changes nothing.
 */
#ifndef GATEWAY_ADMIN_ADMIN_H
#define GATEWAY_ADMIN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

enum {
    GATEWAY_ADMIN_MAX_CONNECTIONS = 64,
    GATEWAY_ADMIN_TIMEOUT_MS = 5000,
    GATEWAY_ADMIN_MAX_HEAD = 8192,
    GATEWAY_ADMIN_BODY_ROOM = 16384
};

struct gateway_admin;

struct gateway_admin_options {
    uv_loop_t *loop;
    int fd; /* a bound socket, which passes to it whatever comes of it */

    /** Write the JSON text of /readyz. Returns: whether the gateway is ready. */
    bool (*ready)(void *user, char text[GATEWAY_ADMIN_BODY_ROOM]);
    /** Returns: the text of /metrics, to be freed; NULL when memory ran out. */
    char *(*metrics)(void *user, size_t *len);
    void *user;
};

/**
 * Listen.
 *
 * Returns: to be given to gateway_admin_stop; NULL with a text in err
 */
struct gateway_admin *gateway_admin_start(const struct gateway_admin_options *options, char *err,
                                          size_t err_len);

/** Out: text  the bound address */
void gateway_admin_address(const struct gateway_admin *admin, char *text, size_t len);

/** Close everything; the memory is freed by the loop. NULL does nothing. */
void gateway_admin_stop(struct gateway_admin *admin);

#endif
