#include "certbind/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/hex.h"
#include "certbind/json_scan.h"

/* In cJSON's type word, above what cJSON itself uses: a number in plain integer form. */
#define TYPE_INTEGER (1 << 24)

/* The next value in the order of the text, or NULL after the last. Depth is bounded by the scan. */
struct walk {
    cJSON *stack[CERTBIND_JSON_MAX_DEPTH + 1];
    size_t depth;
};

static cJSON *walk_first(struct walk *w, cJSON *root)
{
    w->stack[0] = root;
    w->depth = 1;
    return root;
}

static cJSON *walk_next(struct walk *w)
{
    cJSON *top = w->stack[w->depth - 1];

    if (top->child != NULL && w->depth <= CERTBIND_JSON_MAX_DEPTH)
        return w->stack[w->depth++] = top->child;
    while (w->depth > 1) {
        top = w->stack[w->depth - 1];
        if (top->next != NULL)
            return w->stack[w->depth - 1] = top->next;
        w->depth--;
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static certbind_status check_members(const cJSON *object, certbind_status code,
                                     struct certbind_error *err)
{
    size_t count = 0;
    const char **names;
    certbind_status status = CERTBIND_OK;

    for (const cJSON *m = object->child; m != NULL; m = m->next)
        count++;
    if (count < 2)
        return CERTBIND_OK;
    names = malloc(count * sizeof *names);
    if (names == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    count = 0;
    for (const cJSON *m = object->child; m != NULL; m = m->next)
        names[count++] = m->string;
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 1; i < count && status == CERTBIND_OK; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            status = certbind_fail(err, code, "a member stands twice in one object");
    free(names);
    return status;
}

/*
 * Mark integers and places, and refuse duplicates unless the rules allow them. A place goes into
 * valueint, which says nothing that valuedouble does not say better.
 */
static certbind_status finish_tree(cJSON *root, const struct json_places *places,
                                   const struct certbind_json_rules *rules,
                                   struct certbind_error *err)
{
    struct walk w;
    size_t i = 0;

    for (cJSON *item = walk_first(&w, root); item != NULL; item = walk_next(&w), i++) {
        if (i == places->count)
            return certbind_fail(err, rules->syntax, "the tree has more values than the text");
        if ((places->at[i] & JSON_PLACE_INTEGER) != 0)
            item->type |= TYPE_INTEGER;
        item->valueint = (int)(places->at[i] & ~JSON_PLACE_INTEGER);
        if (cJSON_IsObject(item) && !rules->allow_duplicates) {
            certbind_status status = check_members(item, rules->syntax, err);

            if (status != CERTBIND_OK)
                return status;
        }
    }
    return i == places->count
               ? CERTBIND_OK
               : certbind_fail(err, rules->syntax, "the tree lacks values of the text");
}

static certbind_status scan(char *copy, size_t len, const struct certbind_json_rules *rules,
                            struct json_places *places, size_t *stopped, struct certbind_error *err)
{
    const char *what = NULL;
    enum json_scan_result result = json_scan(copy, len, places, stopped, &what);

    if (result == JSON_SCAN_OK)
        return CERTBIND_OK;
    if (result == JSON_SCAN_MEMORY)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    return certbind_fail(err, result == JSON_SCAN_ENCODING ? rules->encoding : rules->syntax,
                         "%s at byte %zu", what, *stopped);
}

static certbind_status parse_copy(char *copy, size_t len, const struct certbind_json_rules *rules,
                                  struct certbind_json *out, struct certbind_error *err)
{
    struct json_places places = {0};
    certbind_status status = scan(copy, len, rules, &places, &out->stopped, err);

    if (status == CERTBIND_OK) {
        out->root = cJSON_ParseWithLengthOpts(copy, len + 1, NULL, 1);
        status = out->root != NULL ? finish_tree(out->root, &places, rules, err)
                                   : certbind_fail(err, rules->syntax, "the text cannot be read");
    }
    free(places.at);
    return status;
}

certbind_status certbind_json_parse(struct certbind_bytes text,
                                    const struct certbind_json_rules *rules,
                                    struct certbind_json *out, struct certbind_error *err)
{
    certbind_status status;
    size_t stopped;
    char *copy;

    *out = (struct certbind_json){0};
    if (text.len > rules->max_bytes || text.len >= INT32_MAX)
        return certbind_fail(err, rules->size, "%zu bytes, at most %zu are taken", text.len,
                             rules->max_bytes);
    copy = malloc(text.len + 1);
    if (copy == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    status = parse_copy(copy, text.len, rules, out, err);
    OPENSSL_cleanse(copy, text.len);
    free(copy);
    if (status != CERTBIND_OK) {
        stopped = out->stopped;
        certbind_json_cleanup(out);
        out->stopped = stopped;
    }
    return status;
}

void certbind_json_cleanup(struct certbind_json *json)
{
    struct walk w;

    if (json->root != NULL)
        for (cJSON *item = walk_first(&w, json->root); item != NULL; item = walk_next(&w))
            if (item->valuestring != NULL)
                OPENSSL_cleanse(item->valuestring, strlen(item->valuestring));
    cJSON_Delete(json->root);
    *json = (struct certbind_json){0};
}

const cJSON *certbind_json_get(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *certbind_json_string(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(certbind_json_get(object, name));
}

bool certbind_json_integer(const cJSON *item, int64_t min, int64_t max, int64_t *value)
{
    *value = 0;
    if (!cJSON_IsNumber(item) || (item->type & TYPE_INTEGER) == 0)
        return false;
    if (!(fabs(item->valuedouble) <= 9007199254740991.0))
        return false;
    *value = (int64_t)item->valuedouble;
    return *value >= min && *value <= max;
}

bool certbind_json_hex(const cJSON *object, const char *name, uint8_t *out, size_t len)
{
    const char *text = certbind_json_string(object, name);

    return text != NULL && certbind_hex_decode(certbind_text(text), out, len);
}

size_t certbind_json_place(const cJSON *item)
{
    return (size_t)item->valueint;
}

void certbind_json_set_place(cJSON *item, size_t place)
{
    struct walk w;

    for (cJSON *at = walk_first(&w, item); at != NULL; at = walk_next(&w))
        at->valueint = (int)place;
}
