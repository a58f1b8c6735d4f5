#include "gateway/core/http1_message.h"

#include <string.h>

bool gw_http_refuse(struct gw_http_refusal *why, unsigned status, const char *code)
{
    *why = (struct gw_http_refusal){.status = status, .code = code};
    return false;
}

bool gw_http1_first_line(struct gw_str head, struct gw_str *line, struct gw_str *rest)
{
    const char *lf = head.len < 4 ? NULL : memchr(head.at, '\n', head.len);
    size_t used;

    if (lf == NULL || lf == head.at || lf[-1] != '\r' ||
        memcmp(head.at + head.len - 4, "\r\n\r\n", 4) != 0)
        return false;
    used = (size_t)(lf + 1 - head.at);
    *line = (struct gw_str){head.at, used - 2};
    *rest = (struct gw_str){head.at + used, head.len - used - 2};
    return true;
}

/* 1*DIGIT up to 2^63 - 1. */
static bool parse_length(struct gw_str text, uint64_t *value)
{
    *value = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.at[i] - '0');

        if (text.at[i] < '0' || text.at[i] > '9' || *value > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

/* A transfer coding that is not exactly `chunked`: unknown ones are 501, senseless ones 400. */
static bool refuse_coding(struct gw_str value, struct gw_http_refusal *why)
{
    struct gw_str rest = value;
    struct gw_str element = {0};
    size_t chunked = 0;
    size_t count = 0;
    bool last = false;

    while (gw_str_next_element(&rest, &element)) {
        last = gw_str_equal_nocase(element, gw_str("chunked"));
        chunked += last;
        count++;
    }
    if (last && chunked == 1 && count > 1)
        return gw_http_refuse(why, 501, "transfer-coding-unknown");
    return gw_http_refuse(why, 400, "transfer-encoding");
}

bool gw_http1_framing_read(const struct gw_http_fields *fields, unsigned minor,
                           struct gw_http1_framing_fields *out, struct gw_http_refusal *why)
{
    *out = (struct gw_http1_framing_fields){0};
    for (size_t i = 0; i < fields->count; i++) {
        const struct gw_http_field *f = &fields->list[i];

        if (f->id == GW_FIELD_TRANSFER_ENCODING) {
            if (out->chunked)
                return gw_http_refuse(why, 400, "transfer-encoding");
            if (!gw_str_equal_nocase(f->value, gw_str("chunked")))
                return refuse_coding(f->value, why);
            out->chunked = true;
        } else if (f->id == GW_FIELD_CONTENT_LENGTH) {
            if (out->has_length)
                return gw_http_refuse(why, 400, "content-length-repeated");
            if (!parse_length(f->value, &out->length))
                return gw_http_refuse(why, 400, "content-length");
            out->has_length = true;
        }
    }
    if (out->chunked && out->has_length)
        return gw_http_refuse(why, 400, "framing-conflict");
    if (out->chunked && minor == 0)
        return gw_http_refuse(why, 400, "transfer-encoding-http10");
    return true;
}

bool gw_http1_options_check(const struct gw_http_fields *fields, struct gw_http_refusal *why)
{
    struct gw_str options[GW_HTTP1_MAX_OPTIONS];
    size_t commas = 0;

    /* Empty elements are skipped, but each is looked at: a reasonable number of them is fine (RFC
     * 9110 section 5.6.1). */
    for (size_t i = 0; i < fields->count; i++)
        for (size_t k = 0;
             fields->list[i].id == GW_FIELD_CONNECTION && k < fields->list[i].value.len; k++)
            commas += fields->list[i].value.at[k] == ',';
    if (commas <= 2 * (size_t)GW_HTTP1_MAX_OPTIONS &&
        gw_http1_options_read(fields, options) <= GW_HTTP1_MAX_OPTIONS)
        return true;
    return gw_http_refuse(why, 431, "field-count");
}

bool gw_http1_persistent(const struct gw_http_fields *fields, unsigned minor)
{
    if (gw_http_fields_list_has(fields, GW_FIELD_CONNECTION, "close"))
        return false;
    return minor > 0 || gw_http_fields_list_has(fields, GW_FIELD_CONNECTION, "keep-alive");
}
