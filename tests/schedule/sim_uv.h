/*
 * sim_uv: the inside of the simulated libuv. It has the functions of uv.h that the code under test
 * uses, and is linked in place of the library: one that is missing does not link.
 */
#ifndef TESTS_SCHEDULE_SIM_UV_H
#define TESTS_SCHEDULE_SIM_UV_H

#include <uv.h>

#include "tests/schedule/sim.h"
#include "tests/schedule/sim_wire.h"

enum { SIM_FD_BASE = 1 << 20 };

struct sim_loop {
    uv_loop_t *uv;
    struct sim_handle *handles;
    unsigned requests; /* lookups and work */
    bool parked;
};

/* A write under way. */
struct sim_write {
    struct sim_write *next;
    uv_write_t *req;
    uv_write_cb cb;
    unsigned char *data;
    size_t len, sent;
};

struct sim_handle {
    struct sim_item item; /* first member */
    struct sim_handle *prev, *next;
    struct sim_loop *loop;
    uv_handle_t *uv;
    bool unref, closing;
    uint64_t close_at;

    /* timer, async */
    bool armed;
    uint64_t due, repeat;
    uv_timer_cb timer_cb;
    uv_async_cb async_cb;

    /* stream */
    struct sim_wire_end *end;
    bool reading, read_over;
    uv_alloc_cb alloc_cb;
    uv_read_cb read_cb;
    struct sim_write *writes, **writes_end;
    int write_error;
    bool seen_reset;       /* a peek told of it */
    bool used_after_reset; /* written to all the same: it must be closing */
    uint64_t write_at;
    uv_shutdown_t *shutdown;
    uv_connect_t *connect;
    uv_connect_cb connect_cb;
    uint64_t connect_at;
    int connect_status;

    /* listener */
    uv_connection_cb connection_cb;
    struct sim_wire_end *backlog[8];
    unsigned waiting;
    bool held; /* told of one that was not accepted */
    uv_poll_cb poll_cb;
    bool accepted; /* one, since it was called back */
    char address[112];
    int fd;
};

static inline struct sim_handle *sim_handle_of(const void *handle)
{
    return ((const uv_handle_t *)handle)->u.reserved[0];
}

struct sim_handle *sim_handle_new(uv_loop_t *loop, void *handle, uv_handle_type type,
                                  const struct sim_item_ops *ops);

/** When a closing handle may call back; and do it, freeing h. */
uint64_t sim_handle_close_ready(const struct sim_handle *h);
void sim_handle_closed(struct sim_handle *h);

/** Every request of a stream ends with UV_ECANCELED. */
void sim_stream_cancel(struct sim_handle *h);

/** What listens, or is called a stream, is run by these. */
const struct sim_item_ops *sim_stream_ops(void);

/** When somebody can be accepted; do it; and the listener goes. */
uint64_t sim_accept_ready(const struct sim_handle *h);
void sim_accept_run(struct sim_handle *h);
void sim_listener_forget(const struct sim_handle *h);

/** Returns: a descriptor of an accepted connection, for uv_tcp_open or close. */
int sim_fd_of_end(struct sim_wire_end *end);

/** The address that a descriptor is bound to. */
void sim_fd_address(int fd, char *out, size_t room);

/** The stream goes, and with it what its descriptor stood for. */
void sim_fd_forget(const struct sim_handle *h);

/** Somebody dials from outside. Returns: the client's end; NULL: nobody listens there. */
struct sim_wire_end *sim_dial(const char *address);

/** Hand a connection to who listens at address. Returns: false: nobody does. */
bool sim_offer(const char *address, struct sim_wire_end *server);

/**
 * The code under test dials. Set by each program. For what it accepts it takes server, its end.
 *
 * Returns: 0, a libuv error that the dialling ends with, or 1: nothing ever comes of it
 */
extern int (*sim_on_dial)(const char *address, struct sim_wire_end *server);

/** How lookups end; set by each program. Returns: number of addresses, 0 is an error. */
extern unsigned (*sim_on_lookup)(const char *host);

#endif
