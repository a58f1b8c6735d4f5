#include "gateway/core/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/core/address.h"
#include "gateway/core/conn.h"
#include "gateway/core/server_private.h"

/* Returns: a bound socket, or -1 with errno. */
static int bind_one(const struct sockaddr_storage *addr, socklen_t len, bool share)
{
    int fd = socket(addr->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    int saved;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* Accepted sockets inherit it. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
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

static void on_connection(uv_stream_t *s, int status)
{
    struct gw_listener *l = s->data;
    struct gw_loop *loop = l->loop;
    uv_os_fd_t listening;

    if (status != 0) {
        gw_count(loop, GW_STAT(accept_errors), 1);
        if ((status == UV_EMFILE || status == UV_ENFILE) &&
            uv_fileno((uv_handle_t *)&l->tcp, &listening) == 0)
            gw_spare_file_use(loop, listening);
    } else if (loop->conns_count >= loop->max_conns) {
        /* libuv stops accepting until the waiting client is taken by uv_accept. */
        l->held = true;
        gw_count(loop, GW_STAT(accept_pauses), 1);
    } else {
        gw_conn_accept(l);
    }
    gw_loop_leave(loop);
}

void gw_listeners_resume(struct gw_loop *loop)
{
    for (size_t i = 0; !loop->stopping && i < loop->config->listeners_count; i++) {
        struct gw_listener *l = &loop->listeners[i];

        if (!l->held || loop->conns_count >= loop->max_conns)
            continue;
        l->held = false;
        gw_conn_accept(l);
    }
}

bool gw_listeners_open(struct gw_loop *loop, char *err, size_t err_len)
{
    size_t count = loop->config->listeners_count;

    loop->listeners = calloc(count + 1, sizeof(*loop->listeners));
    if (loop->listeners == NULL) {
        (void)snprintf(err, err_len, "cannot allocate listeners");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct gw_listener *l = &loop->listeners[i];
        int fd = gw_server_take_fd(loop->server, i, loop->index);
        int e = uv_tcp_init(&loop->uv, &l->tcp);

        const struct gw_client_auth *auth = loop->config->listeners[i].client_auth;

        l->tcp.data = l;
        l->loop = loop;
        l->index = i;
        l->open = true;
        if (e == 0)
            e = uv_tcp_open(&l->tcp, fd);
        if (e != 0)
            (void)close(fd);
        else
            e = uv_listen((uv_stream_t *)&l->tcp, loop->config->limits.backlog, on_connection);
        if (e != 0) {
            (void)snprintf(err, err_len, "cannot listen: %s", uv_strerror(e));
            return false;
        }
        if (auth != NULL && (l->clients = auth->make_store(auth->user, loop->libctx)) == NULL) {
            (void)snprintf(err, err_len, "cannot load the authorities of clients");
            return false;
        }
    }
    return true;
}

void gw_loop_renew_clients(struct gw_loop *loop)
{
    for (size_t i = 0; i < loop->config->listeners_count; i++) {
        const struct gw_client_auth *auth = loop->config->listeners[i].client_auth;
        X509_STORE *next = auth == NULL ? NULL : auth->make_store(auth->user, loop->libctx);

        if (next == NULL)
            continue;
        X509_STORE_free(loop->listeners[i].clients);
        loop->listeners[i].clients = next;
    }
}

void gw_listeners_close(struct gw_loop *loop)
{
    for (size_t i = 0; i < loop->config->listeners_count; i++) {
        /* libuv has accepted it: nobody else can. */
        if (loop->listeners[i].held && loop->patient)
            gw_conn_accept(&loop->listeners[i]);
        if (loop->listeners[i].open && !uv_is_closing((uv_handle_t *)&loop->listeners[i].tcp))
            uv_close((uv_handle_t *)&loop->listeners[i].tcp, NULL);
        loop->listeners[i].open = false;
    }
}

void gw_listeners_cleanup(struct gw_loop *loop)
{
    for (size_t i = 0; loop->listeners != NULL && i < loop->config->listeners_count; i++)
        X509_STORE_free(loop->listeners[i].clients);
    free(loop->listeners);
    loop->listeners = NULL;
}
