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

static bool starts_nocase(struct gw_str text, const char *prefix)
{
    struct gw_str p = gw_str(prefix);

    return text.len >= p.len && gw_str_equal_nocase((struct gw_str){text.at, p.len}, p);
}

enum gw_field_id gw_field_identify(struct gw_str name)
{
    for (unsigned id = GW_FIELD_OTHER + 1; id < GW_FIELD_ID_COUNT; id++)
        if (known[id].name.len == name.len && gw_str_equal_nocase(known[id].name, name))
            return (enum gw_field_id)id;
    if (starts_nocase(name, "x-devproof-") || starts_nocase(name, "devproof-") ||
        starts_nocase(name, "x-flashbots-"))
        return GW_FIELD_ATTESTATION;
    return GW_FIELD_OTHER;
}

static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool gw_http_is_token(struct gw_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_token_char((unsigned char)text.at[i]))
            return false;
    return text.len > 0;
}

const struct gw_http_field *gw_http_fields_find(const struct gw_http_fields *fields,
                                                enum gw_field_id id)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->list[i].id == id)
            return &fields->list[i];
    return NULL;
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

bool gw_http_is_field_value(struct gw_str value)
{
    for (size_t i = 0; i < value.len; i++) {
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
