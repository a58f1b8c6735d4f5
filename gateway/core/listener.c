#include "gateway/core/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/core/accept.h"
#include "gateway/core/address.h"
#include "gateway/core/conn.h"
#include "gateway/core/server_private.h"

/* Of a client that has vanished: routes may wait without a limit of their own. */
enum { KEEP_IDLE_S = 60, KEEP_EVERY_S = 15, KEEP_TRIES = 4 };

/* Returns: a bound socket, or -1 with errno. */
static int bind_one(const struct sockaddr_storage *addr, socklen_t len, bool share)
{
    int fd = socket(addr->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    static const int keep_idle = KEEP_IDLE_S, keep_every = KEEP_EVERY_S, keep_tries = KEEP_TRIES;
    int on = 1;
    int saved;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* Accepted sockets inherit it. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keep_idle, sizeof(keep_idle));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &keep_every, sizeof(keep_every));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &keep_tries, sizeof(keep_tries));
    if (addr->ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if ((!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
        bind(fd, (const struct sockaddr *)addr, len) == 0)
        return fd;
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

/* SO_REUSEPORT would join another process of ours; a bind without it tells. */
static bool port_is_free(const struct sockaddr_storage *addr, socklen_t len)
{
    int fd = bind_one(addr, len, false);
    bool listening = fd >= 0 && listen(fd, 1) == 0;
    int saved = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return listening;
}

bool gw_listener_bind(struct sockaddr_storage *addr, socklen_t len, int *fds, size_t count,
                      char *err, size_t err_len)
{
    char text[64];
    size_t n = 0;
    bool ok = port_is_free(addr, len);

    while (ok && n < count) {
        fds[n] = bind_one(addr, len, true);
        ok = fds[n] >= 0;
        if (ok && n == 0)
            ok = getsockname(fds[0], (struct sockaddr *)addr, &len) == 0;
        if (fds[n] >= 0)
            n++;
    }
    if (ok)
        return true;
    gw_address_format((const struct sockaddr *)addr, text, sizeof(text));
    (void)snprintf(err, err_len, "cannot listen on '%s': %s", text, strerror(errno));
    while (n > 0)
        (void)close(fds[--n]);
    return false;
}

/* Returns: 0 or a libuv error. */
static int open_one(struct gw_listener *l)
{
    struct gw_loop *loop = l->loop;
    int e;

    l->fd = gw_server_take_fd(loop->server, l->index, loop->index);
    if (listen(l->fd, loop->config->limits.backlog) != 0)
        return uv_translate_sys_error(errno);
    e = uv_poll_init(&loop->uv, &l->poll, l->fd);
    if (e != 0)
        return e;
    l->poll.data = l;
    l->open = true;
    return uv_poll_start(&l->poll, UV_READABLE, gw_accept_ready);
}

/* The version is read first: a change in between is seen by the next handshake. */
bool gw_listener_renew_clients(struct gw_listener *l)
{
    const struct gw_client_auth *auth = l->loop->config->listeners[l->index].client_auth;
    unsigned now = auth != NULL && auth->version != NULL ? atomic_load(auth->version) : 0;

    if (auth == NULL || (l->clients != NULL && l->clients_version == now))
        return true;
    X509_STORE_free(l->clients);
    l->clients = auth->make_store(auth->user, l->loop->libctx);
    l->clients_version = now;
    return l->clients != NULL;
}

bool gw_listeners_open(struct gw_loop *loop, char *err, size_t err_len)
{
    size_t count = loop->config->listeners_count;

    loop->listeners = calloc(count + 1, sizeof(*loop->listeners));
    if (loop->listeners == NULL) {
        (void)snprintf(err, err_len, "cannot allocate listeners");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        loop->listeners[i] = (struct gw_listener){.loop = loop, .index = i, .fd = -1, .client = -1};
    for (size_t i = 0; i < count; i++) {
        struct gw_listener *l = &loop->listeners[i];
        int e = open_one(l);

        if (e != 0) {
            (void)snprintf(err, err_len, "cannot listen: %s", uv_strerror(e));
            return false;
        }
        if (!gw_listener_renew_clients(l)) {
            (void)snprintf(err, err_len, "cannot load the authorities of clients");
            return false;
        }
    }
    return true;
}

static void close_files(struct gw_listener *l)
{
    if (l->client >= 0)
        (void)close(l->client);
    if (l->fd >= 0)
        (void)close(l->fd);
    l->client = l->fd = -1;
}

void gw_listeners_close(struct gw_loop *loop)
{
    for (size_t i = 0; i < loop->config->listeners_count; i++) {
        struct gw_listener *l = &loop->listeners[i];

        /* Nobody else can take who is accepted. */
        if (l->client >= 0 && loop->patient && gw_conn_accept(l, l->client))
            l->client = -1;
        if (l->open && !uv_is_closing((uv_handle_t *)&l->poll))
            uv_close((uv_handle_t *)&l->poll, NULL);
        l->open = false;
        close_files(l);
    }
}

void gw_listeners_cleanup(struct gw_loop *loop)
{
    for (size_t i = 0; loop->listeners != NULL && i < loop->config->listeners_count; i++) {
        X509_STORE_free(loop->listeners[i].clients);
        close_files(&loop->listeners[i]);
    }
    free(loop->listeners);
    loop->listeners = NULL;
}
