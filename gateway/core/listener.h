/*
 * listener: one configured address. Sockets are bound when the server starts, one per loop.
 * Private.
 */
#ifndef GW_CORE_LISTENER_H
#define GW_CORE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>
#include <openssl/x509.h>
#include <uv.h>

struct gw_loop;

struct gw_listener {
    uv_poll_t poll;
    int fd;     /* listens; owned; -1: closed */
    int client; /* accepted, but memory ran out; owned; -1: nobody */
    struct gw_loop *loop;
    size_t index;
    X509_STORE *clients; /* whose certificates are taken; owned; NULL: none, or memory ran out */
    unsigned clients_version;
    bool open;   /* poll is */
    bool paused; /* nobody is accepted until gw_accept_resume */
};

/**
 * Bind count sockets to one address, so that as many loops can accept from it.
 *
 * Returns: false with a text in err; then none is left open
 * In/out:  addr  port 0 becomes the port that the kernel chose
 * Out:     fds   count descriptors
 */
bool gw_listener_bind(struct sockaddr_storage *addr, socklen_t len, int *fds, size_t count,
                      char *err, size_t err_len);

/** Start listening on the loop's sockets. Returns: false with a text in err. */
bool gw_listeners_open(struct gw_loop *loop, char *err, size_t err_len);

/** Before a handshake: have the store of clients that counts now. Returns: whether there is one, or
 * none is needed. */
bool gw_listener_renew_clients(struct gw_listener *l);

void gw_listeners_close(struct gw_loop *loop);
void gw_listeners_cleanup(struct gw_loop *loop);

#endif
