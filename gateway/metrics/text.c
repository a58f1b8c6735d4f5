#include "gateway/metrics/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 * 1024, US_PER_S = 1000000, LE_ROOM = 24 };

static bool reserve(struct gateway_metrics_text *t, size_t more)
{
    size_t room = t->room == 0 ? FIRST_ROOM : t->room;
    char *text;

    if (t->failed || more > GATEWAY_METRICS_MAX_BYTES - t->len) {
        t->failed = true;
        return false;
    }
    while (room < t->len + more)
        room *= 2;
    if (room == t->room)
        return true;
    text = realloc(t->text, room);
    if (text == NULL) {
        t->failed = true;
        return false;
    }
    t->text = text;
    t->room = room;
    return true;
}

static void put(struct gateway_metrics_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct gateway_metrics_text *t, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0 || !reserve(t, (size_t)n + 1)) {
        t->failed = true;
        return;
    }
    va_start(args, fmt);
    t->len += (size_t)vsnprintf(t->text + t->len, t->room - t->len, fmt, args);
    va_end(args);
}

/* Backslash, quote and line feed are the three that must be escaped. */
static void put_value(struct gateway_metrics_text *t, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            put(t, "\\n");
        else
            put(t, *value == '\\' || *value == '"' ? "\\%c" : "%c", *value);
    }
}

static void put_label(struct gateway_metrics_text *t, bool *any, const char *name,
                      const char *value)
{
    put(t, "%s%s=\"", *any ? "," : "{", name);
    put_value(t, value);
    put(t, "\"");
    *any = true;
}

/* In: le  the bound of a bucket; NULL: the sample is none */
static void put_name(struct gateway_metrics_text *t, const char *suffix,
                     const struct gateway_metric_label *labels, const char *le)
{
    const struct gateway_metric_info *m = gateway_metric_info(t->metric);
    bool any = false;

    put(t, "%s%s%s", m->prefix, m->name, suffix);
    for (; labels != NULL && labels->name != NULL; labels++)
        put_label(t, &any, labels->name, labels->value);
    if (le != NULL)
        put_label(t, &any, "le", le);
    put(t, any ? "} " : " ");
}

static void put_seconds(struct gateway_metrics_text *t, uint64_t us)
{
    put(t, "%llu.%06llu\n", (unsigned long long)(us / US_PER_S),
        (unsigned long long)(us % US_PER_S));
}

void gateway_metrics_text_begin(struct gateway_metrics_text *t, enum gateway_metric metric)
{
    const struct gateway_metric_info *m = gateway_metric_info(metric);

    t->metric = metric;
    put(t, "# HELP %s%s %s.\n# TYPE %s%s %s\n", m->prefix, m->name, m->help, m->prefix, m->name,
        gateway_metric_type_name(m->type));
}

void gateway_metrics_text_add(struct gateway_metrics_text *t,
                              const struct gateway_metric_label *labels, uint64_t value)
{
    put_name(t, "", labels, NULL);
    put(t, "%llu\n", (unsigned long long)value);
}

void gateway_metrics_text_add_us(struct gateway_metrics_text *t, uint64_t value_us)
{
    put_name(t, "", NULL, NULL);
    put_seconds(t, value_us);
}

void gateway_metrics_text_one(struct gateway_metrics_text *t, enum gateway_metric metric,
                              uint64_t value)
{
    gateway_metrics_text_begin(t, metric);
    gateway_metrics_text_add(t, NULL, value);
}

void gateway_metrics_text_histogram(struct gateway_metrics_text *t,
                                    const struct gateway_metric_label *labels,
                                    const struct gateway_histogram_sum *sum)
{
    uint64_t count = 0;
    char le[LE_ROOM];

    for (size_t i = 0; i <= GATEWAY_HISTOGRAM_BOUNDS; i++) {
        count += sum->buckets[i];
        if (i < GATEWAY_HISTOGRAM_BOUNDS)
            (void)snprintf(le, sizeof le, "%g",
                           (double)gateway_histogram_bound_us(i) / (double)US_PER_S);
        put_name(t, "_bucket", labels, i < GATEWAY_HISTOGRAM_BOUNDS ? le : "+Inf");
        put(t, "%llu\n", (unsigned long long)count);
    }
    put_name(t, "_sum", labels, NULL);
    put_seconds(t, sum->sum_us);
    put_name(t, "_count", labels, NULL);
    put(t, "%llu\n", (unsigned long long)count);
}

char *gateway_metrics_text_take(struct gateway_metrics_text *t, size_t *len)
{
    char *text = t->failed ? NULL : t->text;

    if (t->failed)
        free(t->text);
    *len = text != NULL ? t->len : 0;
    *t = (struct gateway_metrics_text){0};
    return text;
}
