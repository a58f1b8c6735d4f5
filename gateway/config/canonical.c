#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/growing.h"
#include "gateway/config/config.h"

static void put(struct certbind_growing *t, const char *text)
{
    certbind_growing_add(t, certbind_text(text));
}

static void put_string(struct certbind_growing *t, const char *s)
{
    certbind_growing_add_json(t, certbind_text(s));
}

static void put_value(struct certbind_growing *t, const cJSON *item, unsigned depth);

static int compare_members(const void *a, const void *b)
{
    const cJSON *const *left = a;
    const cJSON *const *right = b;

    return strcmp((*left)->string, (*right)->string);
}

/* Keys are ASCII here, for which byte order is the order of RFC 8785. */
static void put_object(struct certbind_growing *t, const cJSON *object, unsigned depth)
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
    put(t, "{");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            put(t, ",");
        put_string(t, members[i]->string);
        put(t, ":");
        put_value(t, members[i], depth + 1);
    }
    put(t, "}");
    free(members);
}

static void put_array(struct certbind_growing *t, const cJSON *array, unsigned depth)
{
    put(t, "[");
    for (const cJSON *e = array->child; e != NULL; e = e->next) {
        if (e != array->child)
            put(t, ",");
        put_value(t, e, depth + 1);
    }
    put(t, "]");
}

static void put_number(struct certbind_growing *t, const cJSON *item)
{
    char buffer[32];
    double value = item->valuedouble;

    if (!(value >= -9007199254740991.0 && value <= 9007199254740991.0) ||
        value != (double)(int64_t)value) {
        t->failed = true;
        return;
    }
    (void)snprintf(buffer, sizeof buffer, "%lld", (long long)value);
    put(t, buffer);
}

static void put_value(struct certbind_growing *t, const cJSON *item, unsigned depth)
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
        put(t, cJSON_IsTrue(item) ? "true" : "false");
    else
        t->failed = true;
}

char *gateway_config_canonical(const cJSON *tree, size_t *len)
{
    struct certbind_growing t = {0};

    put_value(&t, tree, 0);
    if (t.failed) {
        free(t.at);
        return NULL;
    }
    *len = t.len;
    return t.at;
}
