#include "gateway/core/http2_fields.h"

#include <string.h>

static uint8_t *bytes(const char *text)
{
    return (uint8_t *)(uintptr_t)text; /* the library reads only */
}

static nghttp2_nv pair(struct gw_str name, struct gw_str value)
{
    nghttp2_nv nv = {.name = bytes(name.at),
                     .value = bytes(value.at),
                     .namelen = name.len,
                     .valuelen = value.len};

    /* What is new in each message would only push useful fields out of the table. */
    if (gw_str_equal_nocase(name, gw_str("x-request-id")))
        nv.flags = NGHTTP2_NV_FLAG_NO_INDEX;
    return nv;
}

/* Cut one line off, without its CRLF. Returns: false at the empty line or the end. */
static bool next_line(struct gw_str *rest, struct gw_str *line)
{
    const char *cr = rest->len == 0 ? NULL : memchr(rest->at, '\r', rest->len);

    if (cr == NULL || cr == rest->at)
        return false;
    *line = (struct gw_str){rest->at, (size_t)(cr - rest->at)};
    rest->at = cr + 2;
    rest->len -= line->len + 2;
    return true;
}

static bool is_connection_field(struct gw_str name)
{
    return gw_str_equal(name, gw_str("Connection")) ||
           gw_str_equal(name, gw_str("Transfer-Encoding"));
}

/* Returns: how many there are then, 0 when room is too small. */
static size_t add_lines(struct gw_str rest, nghttp2_nv *out, size_t n, size_t room)
{
    struct gw_str line;

    while (next_line(&rest, &line)) {
        const char *colon = memchr(line.at, ':', line.len);
        size_t name_len = colon != NULL ? (size_t)(colon - line.at) : 0;
        struct gw_str name = {line.at, name_len};

        if (colon == NULL || n == room)
            return 0;
        if (!is_connection_field(name))
            out[n++] = pair(name, gw_str_trim((struct gw_str){colon + 1, line.len - name_len - 1}));
    }
    return n;
}

size_t gw_http2_fields_of_answer(struct gw_str head, nghttp2_nv *out, size_t room)
{
    static const size_t version = sizeof("HTTP/1.1 ") - 1;
    struct gw_str line;

    if (!next_line(&head, &line) || line.len < version + 3 || room == 0)
        return 0;
    out[0] = pair(gw_str(":status"), (struct gw_str){line.at + version, 3});
    return add_lines(head, out, 1, room);
}

size_t gw_http2_fields_of_request(struct gw_str head, const char *scheme, nghttp2_nv *out,
                                  size_t room)
{
    static const size_t version = sizeof(" HTTP/1.1") - 1;
    static const size_t host = sizeof("Host: ") - 1;
    struct gw_str line;
    struct gw_str authority;
    const char *blank;
    size_t n = 4;

    /* Host is always the first field (gw_http1_forward_request). */
    if (room < 5 || !next_line(&head, &line) || line.len < version || !next_line(&head, &authority))
        return 0;
    line.len -= version;
    blank = memchr(line.at, ' ', line.len);
    if (blank == NULL || !gw_str_starts(authority, gw_str("Host: ")))
        return 0;
    out[0] = pair(gw_str(":method"), (struct gw_str){line.at, (size_t)(blank - line.at)});
    out[1] = pair(gw_str(":scheme"), gw_str(scheme));
    out[2] = pair(gw_str(":authority"), (struct gw_str){authority.at + host, authority.len - host});
    out[3] =
        pair(gw_str(":path"), (struct gw_str){blank + 1, line.len - (size_t)(blank + 1 - line.at)});
    if (gw_str_starts(line, gw_str("CONNECT ")))
        out[n++] = pair(gw_str(":protocol"), gw_str("websocket"));
    return add_lines(head, out, n, room);
}

size_t gw_http2_fields_of_trailers(struct gw_str text, nghttp2_nv *out, size_t room)
{
    struct gw_str line;

    return next_line(&text, &line) ? add_lines(text, out, 0, room) : 0;
}
