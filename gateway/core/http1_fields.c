#include "gateway/core/http1_fields.h"

#include <string.h>

static const struct {
    struct gw_str name;
    enum gw_field_class class;
} known[] = {
#define X(symbol, name, class) {{(name), sizeof(name) - 1}, class},
    GW_FIELD_LIST(X)
#undef X
};

enum gw_field_class gw_field_class(enum gw_field_id id)
{
    return known[id].class;
}

/* Of the names of one length those that are known; a scan of the whole list for each field of each
 * message is what a profile shows first. */
enum { NAME_MAX_LEN = 19, SAME_LENGTH = 4 };

static const uint8_t of_length[NAME_MAX_LEN + 1][SAME_LENGTH] = {
    [2] = {GW_FIELD_TE},
    [3] = {GW_FIELD_VIA},
    [4] = {GW_FIELD_HOST, GW_FIELD_DATE},
    [6] = {GW_FIELD_EXPECT, GW_FIELD_COOKIE, GW_FIELD_ORIGIN},
    [7] = {GW_FIELD_UPGRADE, GW_FIELD_TRAILER, GW_FIELD_REFERER, GW_FIELD_ALT_SVC},
    [8] = {GW_FIELD_LOCATION},
    [9] = {GW_FIELD_FORWARDED, GW_FIELD_X_REAL_IP},
    [10] = {GW_FIELD_CONNECTION, GW_FIELD_KEEP_ALIVE, GW_FIELD_SET_COOKIE, GW_FIELD_TRACESTATE},
    [11] = {GW_FIELD_CLIENT_CERT, GW_FIELD_TRACEPARENT},
    [12] = {GW_FIELD_MAX_FORWARDS, GW_FIELD_X_REQUEST_ID, GW_FIELD_CONTENT_TYPE},
    [13] = {GW_FIELD_AUTHORIZATION},
    [14] = {GW_FIELD_HTTP2_SETTINGS, GW_FIELD_CONTENT_LENGTH},
    [15] = {GW_FIELD_X_FORWARDED_FOR},
    [16] = {GW_FIELD_PROXY_CONNECTION, GW_FIELD_X_FORWARDED_HOST, GW_FIELD_X_FORWARDED_PORT,
            GW_FIELD_CONTENT_ENCODING},
    [17] = {GW_FIELD_TRANSFER_ENCODING, GW_FIELD_X_FORWARDED_PROTO, GW_FIELD_CLIENT_CERT_CHAIN},
    [18] = {GW_FIELD_PROXY_AUTHENTICATE},
    [19] = {GW_FIELD_PROXY_AUTHORIZATION},
};

static bool starts_nocase(struct gw_str text, struct gw_str prefix)
{
    return text.len >= prefix.len &&
           gw_str_equal_nocase((struct gw_str){text.at, prefix.len}, prefix);
}

#define PREFIX(text)                                                                               \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }

enum gw_field_id gw_field_identify(struct gw_str name)
{
    static const struct gw_str ours[] = {PREFIX("x-devproof-"), PREFIX("devproof-"),
                                         PREFIX("x-flashbots-")};

    for (size_t i = 0; name.len <= NAME_MAX_LEN && i < SAME_LENGTH; i++) {
        const uint8_t id = of_length[name.len][i];

        if (id == GW_FIELD_OTHER)
            break;
        if (gw_str_equal_nocase(known[id].name, name))
            return (enum gw_field_id)id;
    }
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (starts_nocase(name, ours[i]))
            return GW_FIELD_ATTESTATION;
    return GW_FIELD_OTHER;
}

/* Are all characters in the set, which has a bit for each of ASCII? */
static bool only_of(const uint64_t set[2], struct gw_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (c >= 0x80 || (set[c >> 6] >> (c & 63) & 1) == 0)
            return false;
    }
    return text.len > 0;
}

/* A letter, a digit, or one of !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2). */
bool gw_http_is_token(struct gw_str text)
{
    static const uint64_t tokens[2] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe};

    return only_of(tokens, text);
}

bool gw_http_is_lower_token(struct gw_str text)
{
    static const uint64_t tokens[2] = {0x03ff6cfa00000000, 0x57ffffffc0000000};

    return only_of(tokens, text);
}

const struct gw_http_field *gw_http_fields_find(const struct gw_http_fields *fields,
                                                enum gw_field_id id)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->list[i].id == id)
            return &fields->list[i];
    return NULL;
}

size_t gw_http1_options_read(const struct gw_http_fields *fields,
                             struct gw_str options[GW_HTTP1_MAX_OPTIONS])
{
    size_t count = 0;

    for (size_t i = 0; i < fields->count; i++) {
        struct gw_str rest = fields->list[i].value;
        struct gw_str element;

        if (fields->list[i].id != GW_FIELD_CONNECTION)
            continue;
        while (count <= GW_HTTP1_MAX_OPTIONS && gw_str_next_element(&rest, &element)) {
            if (count < GW_HTTP1_MAX_OPTIONS)
                options[count] = element;
            count++;
        }
    }
    return count;
}

bool gw_http_fields_list_has(const struct gw_http_fields *fields, enum gw_field_id id,
                             const char *token)
{
    for (size_t i = 0; i < fields->count; i++) {
        struct gw_str rest = fields->list[i].value;
        struct gw_str element;

        if (fields->list[i].id != id)
            continue;
        while (gw_str_next_element(&rest, &element))
            if (gw_str_equal_nocase(element, gw_str(token)))
                return true;
    }
    return false;
}

static bool refuse(struct gw_http_refusal *why, unsigned status, const char *code)
{
    *why = (struct gw_http_refusal){.status = status, .code = code};
    return false;
}

/* Is one of eight bytes below 0x20, or 0x7f? */
static bool has_control(uint64_t bytes)
{
    const uint64_t each = 0x0101010101010101;
    const uint64_t del = bytes ^ each * 0x7f;

    return (((bytes - each * 0x20) & ~bytes) | ((del - each) & ~del)) & each * 0x80;
}

bool gw_http_is_field_value(struct gw_str value)
{
    size_t i = 0;

    /* Nearly all values have no control character at all; a tab among eight is looked at below. */
    for (uint64_t bytes; value.len - i >= sizeof(bytes); i += sizeof(bytes)) {
        memcpy(&bytes, value.at + i, sizeof(bytes));
        if (has_control(bytes))
            break;
    }
    for (; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* One line without its CRLF. */
static bool parse_line(struct gw_str line, struct gw_http_field *field, struct gw_http_refusal *why)
{
    const char *colon;

    if (line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
        return refuse(why, 400, "field-folded");
    colon = line.len == 0 ? NULL : memchr(line.at, ':', line.len);
    if (colon == NULL)
        return refuse(why, 400, "field-without-colon");
    field->name = (struct gw_str){line.at, (size_t)(colon - line.at)};
    if (!gw_http_is_token(field->name))
        return refuse(why, 400, "field-name");
    field->value = gw_str_trim((struct gw_str){colon + 1, line.len - field->name.len - 1});
    if (!gw_http_is_field_value(field->value))
        return refuse(why, 400, "field-value");
    field->id = gw_field_identify(field->name);
    return true;
}

bool gw_http1_fields_parse(struct gw_str text, struct gw_http_fields *fields,
                           struct gw_http_refusal *why)
{
    const char *at = text.at;
    const char *end = text.at + text.len;

    fields->count = 0;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));

        if (lf == NULL || lf == at || lf[-1] != '\r')
            return refuse(why, 400, "line-end");
        if (fields->count == fields->room)
            return refuse(why, 431, "field-count");
        if (!parse_line((struct gw_str){at, (size_t)(lf - 1 - at)}, &fields->list[fields->count],
                        why))
            return false;
        fields->count++;
        at = lf + 1;
    }
    return true;
}
