#include "gateway/serve/access_log.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER = 64 * 1024,
    MAX_LINE = PIPE_BUF,
    MAX_TEXT = 900, /* of what a client wrote, escaped; three of them and the rest fit a line */
    MAX_ROUTE = 400,
    FLUSH_MS = 1000
};

struct gateway_access_log {
    uv_timer_t timer;
    const struct gateway_config *config;
    const struct gateway_log *diagnostics;
    int fd;
    bool whole;    /* fd takes any number of bytes in one piece, as files do */
    uint64_t lost; /* lines since the place was last found full */
    size_t len;
    char buffer[BUFFER];
};

static void tell_full(struct gateway_access_log *log, int error)
{
    GATEWAY_LOG(log->diagnostics, GATEWAY_LOG_WARN, "access-log-full",
                {"error", strerror(error), 0});
}

static void tell_written(struct gateway_access_log *log)
{
    GATEWAY_LOG(log->diagnostics, GATEWAY_LOG_WARN, "access-log-resumed",
                {"lost", NULL, (int64_t)log->lost});
    log->lost = 0;
}

/* How much goes out at once: to a pipe whole lines that it takes in one piece or not at all, so
 * that those of several loops do not mix. */
static size_t piece(const struct gateway_access_log *log, size_t done)
{
    size_t left = log->len - done;
    const char *end;

    if (log->whole || left <= PIPE_BUF)
        return left;
    end = memrchr(log->buffer + done, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end + 1 - (log->buffer + done)) : PIPE_BUF;
}

/* What does not fit on a full disk stays, in order. Returns: 0, or the errno of what failed. */
static int flush(struct gateway_access_log *log)
{
    size_t done = 0;
    int error = 0;

    while (done < log->len && error == 0) {
        ssize_t n = write(log->fd, log->buffer + done, piece(log, done));

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            error = n == 0 ? ENOSPC : errno;
    }
    log->len -= done;
    memmove(log->buffer, log->buffer + done, log->len);
    if (error == 0 && log->lost > 0)
        tell_written(log);
    return error;
}

static void on_timer(uv_timer_t *timer)
{
    struct gateway_access_log *log = timer->data;

    if (flush(log) != 0)
        (void)uv_timer_start(timer, on_timer, FLUSH_MS, 0);
}

/* Returns: whether a line fits. Lines are lost before requests wait for a disk. */
static bool make_room(struct gateway_access_log *log)
{
    int error;

    if (BUFFER - log->len >= MAX_LINE)
        return true;
    error = flush(log);
    if (BUFFER - log->len >= MAX_LINE)
        return true;
    if (log->lost++ == 0)
        tell_full(log, error);
    return false;
}

struct gateway_access_log *gateway_access_log_start(uv_loop_t *loop,
                                                    const struct gateway_config *config, int fd,
                                                    const struct gateway_log *diagnostics)
{
    struct gateway_access_log *log = malloc(sizeof *log);
    struct stat st;

    if (log == NULL)
        return NULL;
    log->config = config;
    log->diagnostics = diagnostics;
    log->fd = fd;
    log->whole = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    log->lost = 0;
    log->len = 0;
    (void)uv_timer_init(loop, &log->timer);
    log->timer.data = log;
    uv_unref((uv_handle_t *)&log->timer);
    return log;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void gateway_access_log_stop(struct gateway_access_log *log)
{
    int error;

    if (log == NULL)
        return;
    error = flush(log);
    if (error != 0)
        tell_full(log, error);
    uv_close((uv_handle_t *)&log->timer, on_closed);
}

static void add(char *line, size_t *len, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void add(char *line, size_t *len, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line + *len, MAX_LINE - *len, fmt, args);
    va_end(args);
    if (n > 0)
        *len = *len + (size_t)n < MAX_LINE ? *len + (size_t)n : MAX_LINE - 1;
}

/* "key":"value" with the value escaped and cut to what most, at most MAX_TEXT, has room for. */
static void add_text(char *line, size_t *len, const char *key, struct gw_str value, size_t most)
{
    char escaped[MAX_TEXT];

    (void)gateway_log_escape(value.at, value.len, escaped, most);
    add(line, len, ",\"%s\":\"%s\"", key, escaped);
}

static void add_path(char *line, size_t *len, const struct gw_http1_request *request)
{
    const struct gw_http_fields *fields;
    size_t i = 0;

    if (request == NULL)
        return;
    fields = &request->fields;
    add_text(line, len, "path", request->path, MAX_TEXT);
    add_text(line, len, "query", request->query, MAX_TEXT);
    while (i < fields->count && !gw_str_equal_nocase(fields->list[i].name, gw_str("user-agent")))
        i++;
    if (i < fields->count) /* the first, should there be more */
        add_text(line, len, "user_agent", fields->list[i].value, MAX_TEXT);
}

static void add_address(char *line, size_t *len, const struct gw_conn_info *conn)
{
    char host[NI_MAXHOST];

    if (conn->peer != NULL &&
        getnameinfo(conn->peer, conn->peer_len, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0)
        add(line, len, ",\"client_address\":\"%s\"", host);
}

bool gateway_access_log_request(struct gateway_access_log *log, const struct gw_request_record *r)
{
    char *line;
    char time[32];
    size_t len = 0;

    if (log == NULL)
        return true;
    if (!make_room(log))
        return false;
    if (log->len == 0)
        (void)uv_timer_start(&log->timer, on_timer, FLUSH_MS, 0);
    line = log->buffer + log->len;
    gateway_log_time(gateway_log_now_ms(), time, sizeof time);
    add(line, &len,
        "{\"time\":\"%s\",\"request_id\":\"%s\",\"connection\":%llu,\"listener\":\"%s\"", time,
        r->id, (unsigned long long)r->conn->id, log->config->listeners[r->conn->listener].address);
    add(line, &len, ",\"protocol\":\"%s\",\"resumed\":%s", r->conn->protocol,
        r->conn->resumed ? "true" : "false");
    if (r->request != NULL)
        add_text(line, &len, "method", r->request->method, MAX_ROUTE);
    add_text(line, &len, "route", gw_str(r->route == NULL ? "" : r->route), MAX_ROUTE);
    add(line, &len, ",\"status\":%u,\"bytes_in\":%llu,\"bytes_out\":%llu", r->status,
        (unsigned long long)r->bytes_in, (unsigned long long)r->bytes_out);
    add(line, &len, ",\"total_us\":%llu,\"dial_us\":%llu,\"first_byte_us\":%llu",
        (unsigned long long)r->total_us, (unsigned long long)r->dial_us,
        (unsigned long long)r->first_byte_us);
    if (r->reason != NULL)
        add(line, &len, ",\"reason\":\"%s\"", r->reason);
    if (log->config->log_path)
        add_path(line, &len, r->request);
    if (log->config->log_client_address)
        add_address(line, &len, r->conn);
    add(line, &len, "}\n");
    log->len += len;
    return true;
}
