#include "gateway/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct line {
    char text[GATEWAY_LOG_MAX_LINE];
    size_t len;
};

/* What does not fit is cut; one byte stays free for the newline. */
static void put(struct line *l, const char *text, size_t len)
{
    size_t left = sizeof l->text - 2 - l->len;
    size_t n = len < left ? len : left;

    memcpy(l->text + l->len, text, n);
    l->len += n;
}

static void put_text(struct line *l, const char *text)
{
    put(l, text, strlen(text));
}

size_t gateway_log_escape(const char *text, size_t len, char *out, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < len && room - n > 7; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c < 0x20 || c > 0x7e) {
            n += (size_t)snprintf(out + n, room - n, "\\u%04x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    out[n] = '\0';
    return n;
}

static void put_quoted(struct line *l, const char *text)
{
    char escaped[GATEWAY_LOG_MAX_VALUE + 8];
    size_t n = gateway_log_escape(text, strlen(text), escaped, sizeof escaped);

    put_text(l, "\"");
    put(l, escaped, n);
    put_text(l, "\"");
}

static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len < GATEWAY_LOG_MAX_VALUE &&
           strspn(text,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/[]@+*") ==
               len;
}

static void put_value(struct line *l, const struct gateway_log_field *f, bool json)
{
    char number[32];

    if (f->text == NULL) {
        (void)snprintf(number, sizeof number, "%lld", (long long)f->number);
        put_text(l, number);
    } else if (json || !is_plain(f->text)) {
        put_quoted(l, f->text);
    } else {
        put_text(l, f->text);
    }
}

int64_t gateway_log_now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void gateway_log_time(int64_t now_ms, char *out, size_t room)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    size_t n;

    if (gmtime_r(&seconds, &tm) == NULL) {
        (void)snprintf(out, room, "-");
        return;
    }
    n = strftime(out, room, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out + n, room - n, ".%03dZ", (int)(now_ms % 1000));
}

static void put_all(struct line *l, const struct gateway_log_field *fields, bool json)
{
    for (; fields->key != NULL; fields++) {
        put_text(l, json ? ",\"" : " ");
        put_text(l, fields->key);
        put_text(l, json ? "\":" : "=");
        put_value(l, fields, json);
    }
}

/* Returns: false when some of it could not be written. */
static bool write_line(int fd, const struct line *l)
{
    size_t done = 0;

    while (done < l->len) {
        ssize_t n = write(fd, l->text + done, l->len - done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return false;
    }
    return true;
}

void gateway_log_fields(const struct gateway_log *log, enum gateway_log_level level,
                        const char *event, const struct gateway_log_field *fields)
{
    static const char *const levels[] = {"", "debug", "info", "warn", "error"};
    bool json = log->format == GATEWAY_LOG_JSON;
    struct line l = {.len = 0};
    char time[32];

    gateway_log_time(gateway_log_now_ms(), time, sizeof time);
    put_text(&l, json ? "{\"time\":\"" : "");
    put_text(&l, time);
    put_text(&l, json ? "\",\"level\":\"" : " ");
    put_text(&l, levels[level]);
    put_text(&l, json ? "\",\"event\":\"" : " ");
    put_text(&l, event);
    put_text(&l, json ? "\"" : "");
    put_all(&l, fields, json);
    if (json)
        l.text[l.len++] = '}';
    l.text[l.len++] = '\n';
    if (!write_line(log->fd, &l) && log->lost != NULL)
        (void)atomic_fetch_add(log->lost, 1);
}

uint64_t gateway_log_lines_lost(const struct gateway_log *log)
{
    return log->lost != NULL ? (uint64_t)atomic_load(log->lost) : 0;
}
