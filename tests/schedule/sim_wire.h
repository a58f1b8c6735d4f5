/*
 * sim_wire: a connection in memory. Two ends; each has what it received and has not read yet.
 */
#ifndef TESTS_SCHEDULE_SIM_WIRE_H
#define TESTS_SCHEDULE_SIM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_wire_end {
    struct sim_wire_end *peer;
    struct sim_wire *wire;
    uint8_t *buf;
    size_t start, len, room;
    uint64_t visible; /* when what was received can be seen */
    bool eof;         /* the peer sends no more */
    bool reset;       /* after what was received: a reset */
    bool gone;        /* this end is closed */
    bool linger;      /* closing sends a reset */
};

struct sim_wire {
    struct sim_wire_end ends[2];
};

/** Returns: a new connection; each end is given back with sim_wire_close. */
struct sim_wire *sim_wire_new(void);

/** Returns: bytes taken, 0: no room, or UV_EPIPE, UV_ECONNRESET. */
long sim_wire_write(struct sim_wire_end *e, const void *data, size_t len);

/** Returns: bytes read, UV_EAGAIN, UV_EOF or UV_ECONNRESET. */
long sim_wire_read(struct sim_wire_end *e, void *out, size_t room);

/** When something can be read, and when something can be written, or SIM_NEVER. */
uint64_t sim_wire_readable(const struct sim_wire_end *e);
uint64_t sim_wire_writable(const struct sim_wire_end *e);

void sim_wire_shutdown(struct sim_wire_end *e);
void sim_wire_close(struct sim_wire_end *e);

#endif
