#include "tests/simulator/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0)
        sim_http_conn_accept(listener->data);
}

static int start(struct sim_http_server *s, int error)
{
    s->listener.handle.data = s;
    s->open = true;
    if (error == 0)
        error = uv_listen(&s->listener.stream, BACKLOG, on_connection);
    return error;
}

/* A socket file that nobody listens on is left over from a run that was killed. */
static void remove_stale(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat st;
    int fd;

    if (strlen(path) >= sizeof address.sun_path || lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(path);
    (void)close(fd);
}

int sim_http_listen_unix(struct sim_http_server *s, uv_loop_t *loop, const char *path,
                         struct sim_http_handler handler)
{
    int error;

    s->loop = loop;
    s->handler = handler;
    s->is_pipe = true;
    error = uv_pipe_init(loop, &s->listener.pipe, 0);
    if (error != 0)
        return error;
    remove_stale(path);
    error = start(s, uv_pipe_bind(&s->listener.pipe, path));
    /* Every user of the CVM may talk to the guest agent. */
    return error != 0 ? error : uv_pipe_chmod(&s->listener.pipe, UV_READABLE | UV_WRITABLE);
}

/* Split ADDR:PORT in place of a copy. */
static int parse_address(const char *text, struct sockaddr_storage *out)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    char host[64];
    char *end = NULL;
    unsigned long port;
    bool v6;

    if (len == 0 || len >= sizeof host || colon[1] < '0' || colon[1] > '9')
        return UV_EINVAL;
    port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port > 65535)
        return UV_EINVAL;
    v6 = len > 2 && text[0] == '[' && text[len - 1] == ']';
    if (v6) {
        text++;
        len -= 2;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    return v6 ? uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)out)
              : uv_ip4_addr(host, (int)port, (struct sockaddr_in *)out);
}

int sim_http_listen_tcp(struct sim_http_server *s, uv_loop_t *loop, const char *address,
                        struct sim_http_handler handler)
{
    struct sockaddr_storage parsed = {0};
    int error = parse_address(address, &parsed);

    s->loop = loop;
    s->handler = handler;
    s->is_pipe = false;
    if (error == 0)
        error = uv_tcp_init(loop, &s->listener.tcp);
    if (error != 0)
        return error;
    return start(s, uv_tcp_bind(&s->listener.tcp, (const struct sockaddr *)&parsed, 0));
}

int sim_http_bound_address(const struct sim_http_server *s, struct sim_buffer *out)
{
    struct sockaddr_storage bound = {0};
    int len = sizeof bound;
    char host[64] = "";
    int error = uv_tcp_getsockname(&s->listener.tcp, (struct sockaddr *)&bound, &len);

    if (error != 0)
        return error;
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&bound;

        error = uv_ip6_name(in6, host, sizeof host);
        sim_buffer_printf(out, "[%s]:%u", host, (unsigned)ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&bound;

        error = uv_ip4_name(in, host, sizeof host);
        sim_buffer_printf(out, "%s:%u", host, (unsigned)ntohs(in->sin_port));
    }
    return error;
}
