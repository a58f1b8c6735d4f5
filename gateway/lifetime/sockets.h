/*
 * sockets: what the gateway listens on, bound before it gives up its rights, or taken from a
 * running gateway that is to end.
 */
#ifndef GATEWAY_LIFETIME_SOCKETS_H
#define GATEWAY_LIFETIME_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "gateway/core/server.h"

struct gateway_sockets {
    int *fds; /* of the engine's listeners (core/sockets.h), admin, control; -1: none; owned */
    size_t count;
    char *plan;      /* what they are, to be compared between two gateways; owned */
    int predecessor; /* the connection to the gateway they were taken from; -1: none */
    uid_t user;      /* who bound or took them */
};

struct gateway_sockets_wish {
    const struct gw_config *engine;
    const char *admin;    /* address */
    const char *control;  /* path of the socket for a successor; NULL: none */
    const char *takeover; /* path of that of the predecessor; NULL: bind */
};

/**
 * Bind them all, or take them all.
 *
 * Returns: false with a text in err
 * Out:     sockets  to be given to gateway_sockets_close in any case
 */
bool gateway_sockets_get(struct gateway_sockets *sockets, const struct gateway_sockets_wish *wish,
                         char *err, size_t err_len);

/** Returns: a duplicate of the admin listener's; -1 with errno. */
int gateway_sockets_admin(const struct gateway_sockets *sockets);

/** Returns: the listening socket for a successor (borrowed); -1: none. */
int gateway_sockets_control(const struct gateway_sockets *sockets);

/** Close them; once nobody else has them either, new clients are refused. */
void gateway_sockets_close(struct gateway_sockets *sockets);

#endif
