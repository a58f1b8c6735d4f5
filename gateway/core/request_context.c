#include "gateway/core/request_context.h"

#include <string.h>

enum { PARENT_LEN = 55, TRACE_AT = 3, TRACE_LEN = 32, SPAN_AT = 36, SPAN_LEN = 16, FLAGS_AT = 53 };

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_id_char(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~:@=+/", c) != NULL);
}

/* Returns: the only field with this id; NULL for none and for several. */
static const struct gw_http_field *find_one(const struct gw_http_fields *fields,
                                            enum gw_field_id id)
{
    const struct gw_http_field *found = NULL;

    for (size_t i = 0; i < fields->count; i++) {
        if (fields->list[i].id != id)
            continue;
        if (found != NULL)
            return NULL;
        found = &fields->list[i];
    }
    return found;
}

bool gw_request_id_read(const struct gw_http_fields *fields, char id[GW_REQUEST_ID_MAX + 1])
{
    const struct gw_http_field *field = find_one(fields, GW_FIELD_X_REQUEST_ID);

    if (field == NULL || field->value.len == 0 || field->value.len > GW_REQUEST_ID_MAX)
        return false;
    for (size_t i = 0; i < field->value.len; i++)
        if (!is_id_char(field->value.at[i]))
            return false;
    memcpy(id, field->value.at, field->value.len);
    id[field->value.len] = '\0';
    return true;
}

/* Lower case hex digits. Out: zero  whether all are 0 */
static bool is_hex(const char *at, size_t len, bool *zero)
{
    *zero = true;
    for (size_t i = 0; i < len; i++) {
        if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f')))
            return false;
        *zero = *zero && at[i] == '0';
    }
    return true;
}

/* version "-" trace-id "-" parent-id "-" flags; a version to come may add "-" and more (3.2.2). */
static bool is_parent(struct gw_str v)
{
    bool is_first, no_trace, no_span, any;

    if (v.len < PARENT_LEN || v.len > GW_TRACE_PARENT_MAX_BYTES || !is_hex(v.at, 2, &is_first) ||
        memcmp(v.at, "ff", 2) == 0 || v.at[TRACE_AT - 1] != '-' || v.at[SPAN_AT - 1] != '-' ||
        v.at[FLAGS_AT - 1] != '-')
        return false;
    if (!is_hex(v.at + TRACE_AT, TRACE_LEN, &no_trace) || no_trace ||
        !is_hex(v.at + SPAN_AT, SPAN_LEN, &no_span) || no_span || !is_hex(v.at + FLAGS_AT, 2, &any))
        return false;
    return v.len == PARENT_LEN || (!is_first && v.at[PARENT_LEN] == '-');
}

/* A key, or one half of tenant@system (3.3.1.3.1). */
static bool is_key_part(struct gw_str k, size_t most)
{
    if (k.len == 0 || k.len > most || !is_lower_alnum(k.at[0]))
        return false;
    for (size_t i = 1; i < k.len; i++)
        if (!is_lower_alnum(k.at[i]) && (k.at[i] == '\0' || strchr("_-*/", k.at[i]) == NULL))
            return false;
    return true;
}

static bool is_key(struct gw_str k)
{
    const char *at = memchr(k.at, '@', k.len);
    size_t tenant = at != NULL ? (size_t)(at - k.at) : 0;

    if (at == NULL)
        return is_key_part(k, 256) && k.at[0] >= 'a';
    return is_key_part((struct gw_str){k.at, tenant}, 241) &&
           is_key_part((struct gw_str){at + 1, k.len - tenant - 1}, 14) && at[1] >= 'a';
}

/* key "=" value; a value is printable and holds neither "," nor "=" (3.3.1.3.2). */
static bool is_member(struct gw_str m, struct gw_str *key)
{
    const char *equals = memchr(m.at, '=', m.len);
    struct gw_str value;

    if (equals == NULL)
        return false;
    *key = (struct gw_str){m.at, (size_t)(equals - m.at)};
    value = (struct gw_str){equals + 1, m.len - key->len - 1};
    if (value.len == 0 || value.len > 256 || !is_key(*key))
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < 0x20 || value.at[i] > 0x7e || value.at[i] == '=')
            return false;
    return true;
}

/* All tracestate fields make one list, in which no key is repeated. */
static bool is_state(const struct gw_http_fields *fields)
{
    struct gw_str keys[GW_TRACE_STATE_MEMBERS];
    size_t count = 0, bytes = 0;

    for (size_t i = 0; i < fields->count; i++) {
        struct gw_str rest = fields->list[i].value;
        struct gw_str member;

        if (fields->list[i].id != GW_FIELD_TRACESTATE)
            continue;
        bytes += rest.len;
        while (gw_str_next_element(&rest, &member)) {
            if (bytes > GW_TRACE_STATE_MAX_BYTES || count == GW_TRACE_STATE_MEMBERS ||
                !is_member(member, &keys[count]))
                return false;
            for (size_t k = 0; k < count; k++)
                if (gw_str_equal(keys[k], keys[count]))
                    return false;
            count++;
        }
    }
    return count > 0;
}

static void remove_all(struct gw_http_fields *fields, enum gw_field_id id)
{
    size_t kept = 0;

    for (size_t i = 0; i < fields->count; i++)
        if (fields->list[i].id != id)
            fields->list[kept++] = fields->list[i];
    fields->count = kept;
}

void gw_trace_context_filter(struct gw_http_fields *fields)
{
    const struct gw_http_field *parent = find_one(fields, GW_FIELD_TRACEPARENT);
    const bool traced = parent != NULL && is_parent(parent->value);

    if (!traced || !is_state(fields))
        remove_all(fields, GW_FIELD_TRACESTATE);
    if (!traced)
        remove_all(fields, GW_FIELD_TRACEPARENT);
}
