/*
 * log: diagnostics, one event a line on stderr.
 *
 * Text form: `time level event key=value ...`, values with blanks or quotes are quoted; JSON form:
 * the same fields. Each line is one write(2), so lines of several threads do not mix. Text made by
 * peers is escaped and cut. Levels: error = an operator must act; a bad client is info.
 */
#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/config/config.h"

enum gateway_log_level {
    GATEWAY_LOG_DEBUG = 1,
    GATEWAY_LOG_INFO,
    GATEWAY_LOG_WARN,
    GATEWAY_LOG_ERROR
};

/* One key and its value: a text, or a number when text is NULL. */
struct gateway_log_field {
    const char *key; /* NULL ends a list */
    const char *text;
    int64_t number;
};

struct gateway_log {
    enum gateway_log_format format;
    int fd;
    atomic_ullong *lost; /* lines that could not be written; NULL: nobody counts them */
};

enum { GATEWAY_LOG_MAX_LINE = 2048, GATEWAY_LOG_MAX_VALUE = 400 };

/** Write one event. fields ends with an entry without a key. Any thread. */
void gateway_log_fields(const struct gateway_log *log, enum gateway_log_level level,
                        const char *event, const struct gateway_log_field *fields);

/** Returns: how many lines could not be written, whole or in part. */
uint64_t gateway_log_lines_lost(const struct gateway_log *log);

/* GATEWAY_LOG(log, GATEWAY_LOG_INFO, "listening", {"address", "[::]:1", 0}, {"port", NULL, 1}) */
#define GATEWAY_LOG(log, level, event, ...)                                                        \
    gateway_log_fields(log, level, event,                                                          \
                       (const struct gateway_log_field[]){__VA_ARGS__, {NULL, NULL, 0}})

/**
 * Write text as the inside of a JSON string: quotes, backslashes and control bytes escaped, bytes
 * that are not printable ASCII as \u00XX.
 *
 * Returns: the number of bytes written, at most room - 1; out ends in NUL
 */
size_t gateway_log_escape(const char *text, size_t len, char *out, size_t room);

/** Write the UTC time of now_ms (Unix milliseconds) as 2026-01-31T23:59:59.123Z. room >= 25. */
void gateway_log_time(int64_t now_ms, char *out, size_t room);

/** Returns: Unix milliseconds now. */
int64_t gateway_log_now_ms(void);

#endif
