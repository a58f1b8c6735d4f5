#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config/config.h"

struct text {
    char *at;
    size_t len;
    size_t room;
    bool failed;
};

static void put(struct text *t, const char *bytes, size_t len)
{
    if (!t->failed && len > t->room - t->len) {
        size_t room = 2 * t->room + len + 256;
        char *grown = realloc(t->at, room);

        if (grown == NULL) {
            t->failed = true;
            return;
        }
        t->at = grown;
        t->room = room;
    }
    if (t->failed || len == 0)
        return;
    memcpy(t->at + t->len, bytes, len);
    t->len += len;
}

/* RFC 8785 section 3.2.2.2. */
static void put_string(struct text *t, const char *s)
{
    static const char escapes[] = "\bb\tt\nn\ff\rr\"\"\\\\";

    put(t, "\"", 1);
    for (; *s != '\0'; s++) {
        char buffer[8];
        size_t i = 0;

        while (i < sizeof escapes - 1 && escapes[i] != *s)
            i += 2;
        if (i < sizeof escapes - 1) {
            buffer[0] = '\\';
            buffer[1] = escapes[i + 1];
            put(t, buffer, 2);
        } else if ((unsigned char)*s < 0x20) {
            put(t, buffer, (size_t)snprintf(buffer, sizeof buffer, "\\u%04x", (unsigned)*s));
        } else {
            put(t, s, 1);
        }
    }
    put(t, "\"", 1);
}

static void put_value(struct text *t, const cJSON *item, unsigned depth);

static int compare_members(const void *a, const void *b)
{
    const cJSON *const *left = a;
    const cJSON *const *right = b;

    return strcmp((*left)->string, (*right)->string);
}

/* Keys are ASCII here, for which byte order is the order of RFC 8785. */
static void put_object(struct text *t, const cJSON *object, unsigned depth)
{
    size_t count = (size_t)cJSON_GetArraySize(object);
    const cJSON **members = calloc(count + 1, sizeof(const cJSON *));
    size_t n = 0;

    if (members == NULL) {
        t->failed = true;
        return;
    }
    for (const cJSON *m = object->child; m != NULL; m = m->next)
        members[n++] = m;
    qsort(members, n, sizeof(const cJSON *), compare_members);
    put(t, "{", 1);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            put(t, ",", 1);
        put_string(t, members[i]->string);
        put(t, ":", 1);
        put_value(t, members[i], depth + 1);
    }
    put(t, "}", 1);
    free(members);
}

static void put_array(struct text *t, const cJSON *array, unsigned depth)
{
    put(t, "[", 1);
    for (const cJSON *e = array->child; e != NULL; e = e->next) {
        if (e != array->child)
            put(t, ",", 1);
        put_value(t, e, depth + 1);
    }
    put(t, "]", 1);
}

static void put_number(struct text *t, const cJSON *item)
{
    char buffer[32];
    double value = item->valuedouble;

    if (!(value >= -9007199254740991.0 && value <= 9007199254740991.0) ||
        value != (double)(int64_t)value) {
        t->failed = true;
        return;
    }
    put(t, buffer, (size_t)snprintf(buffer, sizeof buffer, "%lld", (long long)value));
}

static void put_value(struct text *t, const cJSON *item, unsigned depth)
{
    if (cJSON_IsObject(item) && depth <= CERTBIND_JSON_MAX_DEPTH)
        put_object(t, item, depth);
    else if (cJSON_IsArray(item) && depth <= CERTBIND_JSON_MAX_DEPTH)
        put_array(t, item, depth);
    else if (cJSON_IsString(item))
        put_string(t, item->valuestring);
    else if (cJSON_IsNumber(item))
        put_number(t, item);
    else if (cJSON_IsBool(item))
        put(t, cJSON_IsTrue(item) ? "true" : "false", cJSON_IsTrue(item) ? 4 : 5);
    else
        t->failed = true;
}

char *gateway_config_canonical(const cJSON *tree, size_t *len)
{
    struct text t = {0};

    put_value(&t, tree, 0);
    put(&t, "\0", 1);
    if (t.failed) {
        free(t.at);
        return NULL;
    }
    *len = t.len - 1;
    return t.at;
}
