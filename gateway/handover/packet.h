/*
 * packet: what two gateways say to each other when one takes the listeners of the other.
 *
 * A SOCK_SEQPACKET unix socket: each packet is one kind and a text, and may carry descriptors.
 *
 *   taker                         giver
 *   TAKE and its plan       ->
 *                           <-    GIVE with descriptors, as many packets as they need
 *                                 or DIFFERS and the giver's plan, or BUSY
 *   READY, when it serves   ->    the giver accepts no more, and ends; the text is MANAGED when
 *                                 the taker has told the service manager whom to follow
 *
 * A taker that goes before READY leaves the giver as it was. The plan says what the descriptors
 * are, in which order; both must have the same.
 */
#ifndef GATEWAY_HANDOVER_PACKET_H
#define GATEWAY_HANDOVER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum handover_kind {
    HANDOVER_NONE = 0, /* none has come, or one that is none of these */
    HANDOVER_TAKE,
    HANDOVER_GIVE,
    HANDOVER_DIFFERS,
    HANDOVER_BUSY,
    HANDOVER_READY,
    HANDOVER_KINDS
};

#define HANDOVER_MANAGED "managed"

enum { HANDOVER_MAX_TEXT = 32 * 1024, HANDOVER_MAX_FDS = 128 };

struct handover_packet {
    enum handover_kind kind;
    const char *text; /* "" when there is none */
    const int *fds;
    size_t fds_count; /* at most HANDOVER_MAX_FDS */
};

/* One that came. */
struct handover_received {
    enum handover_kind kind;
    bool ended;                       /* the other side is gone */
    char text[HANDOVER_MAX_TEXT + 1]; /* NUL-terminated */
    int fds[HANDOVER_MAX_FDS];        /* the caller's; closed on exec */
    size_t fds_count;
};

/** Send one packet. Returns: false with errno. */
bool handover_send(int fd, const struct handover_packet *packet);

/**
 * Receive one packet.
 *
 * Returns: false with errno when there is none; what is malformed or too long has the kind NONE,
 * and its descriptors are closed
 */
bool handover_receive(int fd, struct handover_received *out);

/** Close descriptors that came. */
void handover_close_fds(int *fds, size_t count);

/** Returns: whether the process at the other end runs as this user. */
bool handover_peer_is(int fd, uid_t uid);

/** Returns: that process, as this one sees it; 0: it is not known. */
pid_t handover_peer_pid(int fd);

#endif
