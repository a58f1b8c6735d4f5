/*
 * The rest of the simulated libuv's streams: reading, writing, and the descriptors behind them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/schedule/sim_uv.h"

enum { FDS = 4096 };

static struct sim_handle *by_fd[FDS];
static struct sim_wire_end *accepted[FDS]; /* and not opened yet */

int uv_read_start(uv_stream_t *stream, uv_alloc_cb alloc, uv_read_cb cb)
{
    struct sim_handle *h = sim_handle_of(stream);

    if (h->closing || h->end == NULL)
        return h->closing ? UV_EINVAL : UV_ENOTCONN;
    if (h->reading)
        return UV_EALREADY;
    h->reading = true;
    h->alloc_cb = alloc;
    h->read_cb = cb;
    return 0;
}

int uv_read_stop(uv_stream_t *stream)
{
    sim_handle_of(stream)->reading = false;
    return 0;
}

static struct sim_write *copy_of(const uv_buf_t bufs[], unsigned n)
{
    struct sim_write *w = calloc(1, sizeof *w);
    size_t at = 0;

    for (unsigned i = 0; w != NULL && i < n; i++)
        w->len += bufs[i].len;
    if (w == NULL || (w->data = malloc(w->len + 1)) == NULL)
        sim_fail("memory");
    for (unsigned i = 0; i < n; i++) {
        memcpy(w->data + at, bufs[i].base, bufs[i].len);
        at += bufs[i].len;
    }
    return w;
}

static void check_write(struct sim_handle *h)
{
    if (h->shutdown != NULL)
        sim_fail("a write after a shutdown");
    h->used_after_reset = h->seen_reset;
}

int uv_write(uv_write_t *req, uv_stream_t *stream, const uv_buf_t bufs[], unsigned n,
             uv_write_cb cb)
{
    struct sim_handle *h = sim_handle_of(stream);
    struct sim_write *w;

    if (h->closing || h->end == NULL)
        return UV_EBADF;
    check_write(h);
    w = copy_of(bufs, n);
    w->req = req;
    w->cb = cb;
    req->handle = stream;
    if (h->writes == NULL)
        h->write_at = sim_now() + sim_delay(SIM_MS);
    *h->writes_end = w;
    h->writes_end = &w->next;
    return 0;
}

int uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned n)
{
    struct sim_handle *h = sim_handle_of(stream);
    struct sim_write *w;
    long sent;

    if (h->closing || h->end == NULL)
        return UV_EBADF;
    if (h->connect != NULL || h->writes != NULL || sim_chance(8))
        return UV_EAGAIN;
    if (h->write_error != 0)
        return h->write_error;
    check_write(h);
    w = copy_of(bufs, n);
    sent = sim_wire_write(h->end, w->data, w->len);
    free(w->data);
    free(w);
    if (sent < 0)
        h->write_error = (int)sent;
    sim_note("try %u %ld", h->item.id, sent);
    return sent == 0 ? UV_EAGAIN : (int)sent;
}

int uv_shutdown(uv_shutdown_t *req, uv_stream_t *stream, uv_shutdown_cb cb)
{
    struct sim_handle *h = sim_handle_of(stream);

    if (h->closing || h->end == NULL || h->shutdown != NULL)
        return UV_ENOTCONN;
    req->handle = stream;
    req->cb = cb;
    h->shutdown = req;
    if (h->writes == NULL)
        h->write_at = sim_now() + sim_delay(SIM_MS);
    return 0;
}

int uv_tcp_nodelay(uv_tcp_t *tcp, int on)
{
    (void)tcp;
    (void)on;
    return 0;
}

int uv_tcp_getpeername(const uv_tcp_t *tcp, struct sockaddr *name, int *len)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(40000)};

    if (sim_handle_of(tcp)->end == NULL)
        return UV_ENOTCONN;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(name, &v4, sizeof v4);
    *len = sizeof v4;
    return 0;
}

/* Descriptors: numbers that no kernel knows. */

int __wrap_socket(int family, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_listen(int fd, int backlog);
int __wrap_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
int __wrap_close(int fd);
int __real_close(int fd);
time_t __wrap_time(time_t *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int __real_clock_gettime(clockid_t id, struct timespec *out);

static struct sockaddr_in bound[FDS];
static unsigned next_fd;

static unsigned slot(int fd)
{
    return (unsigned)(fd - SIM_FD_BASE) % FDS;
}

int __wrap_socket(int family, int type, int protocol)
{
    (void)family;
    (void)type;
    (void)protocol;
    return SIM_FD_BASE + (int)(next_fd++ % FDS);
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
    memcpy(&bound[slot(fd)], addr, len < sizeof bound[0] ? len : sizeof bound[0]);
    return 0;
}

int __wrap_listen(int fd, int backlog)
{
    (void)fd;
    (void)backlog;
    return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
    memcpy(addr, &bound[slot(fd)], sizeof bound[0]);
    *len = sizeof bound[0];
    return 0;
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
    struct sim_handle *h = by_fd[slot(fd)];

    (void)level;
    (void)value;
    (void)len;
    if (option == SO_LINGER && h != NULL && h->end != NULL)
        h->end->linger = true;
    return 0;
}

int __wrap_close(int fd)
{
    if (fd < SIM_FD_BASE)
        return __real_close(fd);
    if (accepted[slot(fd)] != NULL)
        sim_wire_close(accepted[slot(fd)]);
    accepted[slot(fd)] = NULL;
    return 0;
}

int sim_fd_of_end(struct sim_wire_end *end)
{
    int fd = __wrap_socket(0, 0, 0);

    accepted[slot(fd)] = end;
    return fd;
}

void sim_fd_address(int fd, char *out, size_t room)
{
    (void)snprintf(out, room, "127.0.0.1:%u", (unsigned)ntohs(bound[slot(fd)].sin_port));
}

int uv_tcp_open(uv_tcp_t *tcp, uv_os_sock_t fd)
{
    struct sim_handle *h = sim_handle_of(tcp);

    h->end = accepted[slot(fd)];
    h->fd = fd;
    by_fd[slot(fd)] = h;
    accepted[slot(fd)] = NULL;
    return h->end != NULL ? 0 : UV_EBADF;
}

void sim_fd_forget(const struct sim_handle *h)
{
    if (h->fd >= 0)
        by_fd[slot(h->fd)] = NULL;
}

int uv_fileno(const uv_handle_t *handle, uv_os_fd_t *fd)
{
    struct sim_handle *h = sim_handle_of(handle);

    if (h->end == NULL)
        return UV_EBADF;
    if (h->fd < 0)
        h->fd = __wrap_socket(0, 0, 0);
    by_fd[slot(h->fd)] = h;
    *fd = h->fd;
    return 0;
}

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
    struct sim_handle *h = by_fd[slot(fd)];
    const struct sim_wire_end *e = h->end;

    (void)flags;
    if (e->len > 0 && len > 0) {
        *(char *)buf = (char)e->buf[e->start];
        return 1;
    }
    if (e->eof && !e->reset)
        return 0;
    h->seen_reset = e->reset;
    errno = e->reset ? ECONNRESET : EAGAIN;
    return -1;
}

time_t __wrap_time(time_t *out)
{
    time_t now = (time_t)sim_clock();

    if (out != NULL)
        *out = now;
    return now;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    if (id != CLOCK_REALTIME)
        return __real_clock_gettime(id, out);
    out->tv_sec = (time_t)sim_clock();
    out->tv_nsec = (long)(sim_now() % SIM_S) * 1000;
    return 0;
}
