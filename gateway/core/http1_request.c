#include "gateway/core/http1_head.h"

#include <string.h>

#include "gateway/core/http1_message.h"

/* Methods that are passed on. The rest is 501: CONNECT, RTSP's, and what nobody registered. */
static const struct {
    const char *name;
    bool idempotent;
} methods[] = {
    {"GET", true},          {"HEAD", true},     {"POST", false},   {"PUT", true},
    {"DELETE", true},       {"OPTIONS", true},  {"PATCH", false},  {"PROPFIND", true},
    {"PROPPATCH", true},    {"MKCOL", true},    {"COPY", true},    {"MOVE", true},
    {"LOCK", false},        {"UNLOCK", true},   {"SEARCH", true},  {"REPORT", true},
    {"ACL", true},          {"BIND", true},     {"REBIND", true},  {"UNBIND", true},
    {"MKACTIVITY", true},   {"CHECKOUT", true}, {"MERGE", true},   {"MKCALENDAR", true},
    {"LINK", true},         {"UNLINK", true},   {"NOTIFY", false}, {"SUBSCRIBE", false},
    {"UNSUBSCRIBE", false}, {"PURGE", true},
};

bool gw_http_method_read(struct gw_http1_request *out, struct gw_http_refusal *why)
{
    if (!gw_http_is_token(out->method))
        return gw_http_refuse(why, 400, "method");
    if (gw_str_equal(out->method, gw_str("TRACE")))
        return gw_http_refuse(why, 405, "method-not-allowed");
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (!gw_str_equal(out->method, gw_str(methods[i].name)))
            continue;
        out->idempotent = methods[i].idempotent;
        out->is_head = gw_str_equal(out->method, gw_str("HEAD"));
        return true;
    }
    return gw_http_refuse(why, 501, "method-not-implemented");
}

static bool read_version(struct gw_str text, struct gw_http1_request *out,
                         struct gw_http_refusal *why)
{
    if (text.len != 8 || memcmp(text.at, "HTTP/", 5) != 0 || text.at[6] != '.' ||
        text.at[5] < '0' || text.at[5] > '9' || text.at[7] < '0' || text.at[7] > '9')
        return gw_http_refuse(why, 400, "request-line");
    if (text.at[5] != '1' || text.at[7] > '1')
        return gw_http_refuse(why, 505, "http-version");
    out->minor = (unsigned)(text.at[7] - '0');
    return true;
}

bool gw_http_target_check(struct gw_str target, const struct gw_http1_limits *limits,
                          struct gw_http_refusal *why)
{
    if (target.len > limits->max_target_bytes)
        return gw_http_refuse(why, 414, "target-size");
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.at[i];

        if (c <= 0x20 || c >= 0x7f || c == '#')
            return gw_http_refuse(why, 400, "target");
    }
    return true;
}

/* METHOD SP target SP version, single blanks (RFC 9112 section 3). */
static bool read_request_line(struct gw_str line, const struct gw_http1_limits *limits,
                              struct gw_http1_request *out, struct gw_http_refusal *why)
{
    const char *first = memchr(line.at, ' ', line.len);
    const char *end = line.at + line.len;
    const char *second;

    if (first == NULL)
        return gw_http_refuse(why, 400, "request-line");
    out->method = (struct gw_str){line.at, (size_t)(first - line.at)};
    second = memchr(first + 1, ' ', (size_t)(end - first - 1));
    if (second == NULL || second == first + 1)
        return gw_http_refuse(why, 400, "request-line");
    out->target = (struct gw_str){first + 1, (size_t)(second - first - 1)};
    if (!read_version((struct gw_str){second + 1, (size_t)(end - second - 1)}, out, why))
        return false;
    out->is_connect = limits->connect && gw_str_equal(out->method, gw_str("CONNECT"));
    return gw_http_target_check(out->target, limits, why) &&
           (out->is_connect || gw_http_method_read(out, why));
}

static bool is_port(struct gw_str text)
{
    unsigned value = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || text.len > 5)
            return false;
        value = value * 10 + (unsigned)(text.at[i] - '0');
    }
    return value <= 65535;
}

static bool is_host_char(unsigned char c, bool in_brackets)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    if (in_brackets)
        return c == ':' || c == '.';
    return c != 0 && strchr("-._~!$&'()*+,;=%", c) != NULL;
}

bool gw_http_authority_parse(struct gw_str text, struct gw_str *host)
{
    bool literal = text.len > 0 && text.at[0] == '[';
    size_t n = literal ? 1 : 0;

    while (n < text.len && is_host_char((unsigned char)text.at[n], literal))
        n++;
    if (literal) {
        if (n < 3 || n == text.len || text.at[n] != ']')
            return false;
        n++;
    }
    *host = (struct gw_str){text.at, n};
    if (n == 0)
        return false;
    if (n == text.len)
        return true;
    return text.at[n] == ':' && is_port((struct gw_str){text.at + n + 1, text.len - n - 1});
}

static void split_path(struct gw_str rest, struct gw_http1_request *out)
{
    const char *mark = rest.len == 0 ? NULL : memchr(rest.at, '?', rest.len);
    size_t n = mark == NULL ? rest.len : (size_t)(mark - rest.at);

    out->path = (struct gw_str){rest.at, n};
    out->query = (struct gw_str){rest.at + n, rest.len - n};
}

/* http://authority[/path][?query], RFC 9112 section 3.2.2. */
static bool read_absolute(size_t scheme_len, struct gw_http1_request *out,
                          struct gw_http_refusal *why)
{
    struct gw_str rest = {out->target.at + scheme_len, out->target.len - scheme_len};
    size_t n = 0;

    while (n < rest.len && rest.at[n] != '/' && rest.at[n] != '?')
        n++;
    out->absolute_form = true;
    out->authority = (struct gw_str){rest.at, n};
    split_path((struct gw_str){rest.at + n, rest.len - n}, out);
    if (out->path.len == 0)
        out->path =
            gw_str(gw_str_equal(out->method, gw_str("OPTIONS")) && out->query.len == 0 ? "*" : "/");
    return gw_http_authority_parse(out->authority, &out->host) ||
           gw_http_refuse(why, 400, "target");
}

bool gw_http_origin_form_read(struct gw_http1_request *out)
{
    if (out->target.len > 0 && out->target.at[0] == '/') {
        split_path(out->target, out);
        return true;
    }
    if (!gw_str_equal(out->target, gw_str("*")) || !gw_str_equal(out->method, gw_str("OPTIONS")))
        return false;
    out->path = out->target;
    return true;
}

static bool read_target(struct gw_http1_request *out, struct gw_http_refusal *why)
{
    static const char *const schemes[] = {"http://", "https://"};

    if (out->is_connect) {
        out->authority = out->target;
        return (gw_http_authority_parse(out->target, &out->host) &&
                out->host.len + 1 < out->target.len) ||
               gw_http_refuse(why, 400, "target");
    }
    if (gw_http_origin_form_read(out))
        return true;
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);

        if (out->target.len > n &&
            gw_str_equal_nocase((struct gw_str){out->target.at, n}, (struct gw_str){schemes[i], n}))
            return read_absolute(n, out, why);
    }
    return gw_http_refuse(why, 400, "target");
}

static bool read_host(struct gw_http1_request *out, struct gw_http_refusal *why)
{
    const struct gw_http_field *host = NULL;
    struct gw_str name;

    for (size_t i = 0; i < out->fields.count; i++) {
        if (out->fields.list[i].id != GW_FIELD_HOST)
            continue;
        if (host != NULL)
            return gw_http_refuse(why, 400, "host-repeated");
        host = &out->fields.list[i];
    }
    if (host == NULL)
        return out->minor == 0 || gw_http_refuse(why, 400, "host-missing");
    if (!gw_http_authority_parse(host->value, &name))
        return gw_http_refuse(why, 400, "host");
    if (out->absolute_form || out->is_connect)
        return gw_str_equal_nocase(host->value, out->authority) ||
               gw_http_refuse(why, 400, "host-differs");
    out->authority = host->value;
    out->host = name;
    return true;
}

bool gw_http_expect_read(struct gw_http1_request *out, struct gw_http_refusal *why)
{
    for (size_t i = 0; i < out->fields.count; i++) {
        const struct gw_http_field *f = &out->fields.list[i];

        if (f->id != GW_FIELD_EXPECT || out->minor == 0)
            continue;
        if (!gw_str_equal_nocase(f->value, gw_str("100-continue")))
            return gw_http_refuse(why, 417, "expectation");
        out->expect_continue = true;
    }
    return true;
}

bool gw_http_names_check(const struct gw_http_fields *fields, struct gw_http_refusal *why)
{
    for (size_t i = 0; i < fields->count; i++)
        if (memchr(fields->list[i].name.at, '_', fields->list[i].name.len) != NULL)
            return gw_http_refuse(why, 400, "field-name-underscore");
    return true;
}

bool gw_http1_request_parse(struct gw_str head, const struct gw_http1_limits *limits,
                            struct gw_http1_request *out, struct gw_http_refusal *why)
{
    struct gw_http_fields fields = out->fields;
    struct gw_http1_framing_fields framing;
    struct gw_str line;
    struct gw_str rest;

    *out = (struct gw_http1_request){.head = head, .fields = fields};
    out->fields.count = 0;
    if (head.len > limits->max_head_bytes)
        return gw_http_refuse(why, 431, "head-size");
    if (!gw_http1_first_line(head, &line, &rest))
        return gw_http_refuse(why, 400, "request-line");
    if (!read_request_line(line, limits, out, why) || !read_target(out, why) ||
        !gw_http1_fields_parse(rest, &out->fields, why) ||
        !gw_http_names_check(&out->fields, why) || !read_host(out, why) ||
        !gw_http1_framing_read(&out->fields, out->minor, &framing, why) ||
        !gw_http1_options_check(&out->fields, why) || !gw_http_expect_read(out, why))
        return false;
    out->framing = framing.chunked      ? GW_FRAMING_CHUNKED
                   : framing.has_length ? GW_FRAMING_LENGTH
                                        : GW_FRAMING_NONE;
    out->content_length = framing.length;
    if (out->is_connect && out->framing != GW_FRAMING_NONE)
        return gw_http_refuse(why, 400, "connect-body");
    out->keep_alive = gw_http1_persistent(&out->fields, out->minor);
    return true;
}
