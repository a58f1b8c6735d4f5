#include "gateway/core/http1_body.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/core/http1_message.h"

enum phase { PHASE_DATA, PHASE_CHUNK_LINE, PHASE_CHUNK_DATA, PHASE_CHUNK_END, PHASE_TRAILERS };

static int on_headers_complete(llhttp_t *parser)
{
    struct gw_http1_body *b = parser->data;
    bool chunked = (parser->flags & F_CHUNKED) != 0;
    bool length = (parser->flags & F_CONTENT_LENGTH) != 0;
    bool agrees = true;

    parser->upgrade = 0; /* upgrades are not forwarded, so no bytes belong to another protocol */
    if (b->no_body)
        return 1;
    if (b->framing == GW_FRAMING_CHUNKED)
        agrees = chunked && !length;
    else if (b->framing == GW_FRAMING_LENGTH)
        agrees = length && !chunked && parser->content_length == b->left;
    else
        agrees = !chunked && !length;
    return agrees ? 0 : -1;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct gw_http1_body *b = parser->data;

    b->on_data(b->ctx, at, len);
    return 0;
}

static int on_chunk_header(llhttp_t *parser)
{
    struct gw_http1_body *b = parser->data;

    return parser->content_length == b->left ? 0 : -1;
}

static int on_message_complete(llhttp_t *parser)
{
    struct gw_http1_body *b = parser->data;

    b->complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_message_complete,
};

static void refuse(struct gw_http1_body *b, unsigned status, const char *code)
{
    b->state = GW_BODY_REFUSED;
    (void)gw_http_refuse(&b->why, status, code);
}

/* Let llhttp read bytes that passed the grammar here. */
static void execute(struct gw_http1_body *b, const char *data, size_t len)
{
    llhttp_errno_t rc = llhttp_execute(&b->parser, data, len);

    if (rc != HPE_OK && !(rc == HPE_PAUSED && b->complete))
        refuse(b, 400, "parser-disagrees");
    else if (b->complete)
        b->state = GW_BODY_DONE;
}

static void begin(struct gw_http1_body *b, llhttp_type_t type, struct gw_str head)
{
    llhttp_init(&b->parser, type, &settings);
    b->parser.data = b;
    b->state = GW_BODY_READING;
    b->phase = b->framing == GW_FRAMING_CHUNKED ? PHASE_CHUNK_LINE : PHASE_DATA;
    execute(b, head.at, head.len);
    if (b->state == GW_BODY_READING && (b->no_body || b->framing == GW_FRAMING_NONE))
        refuse(b, 400, "parser-disagrees");
}

void gw_http1_body_begin_request(struct gw_http1_body *body, const struct gw_http1_request *request,
                                 void (*on_data)(void *, const char *, size_t), void *ctx)
{
    *body = (struct gw_http1_body){
        .on_data = on_data,
        .ctx = ctx,
        .framing = request->framing,
        .left = request->framing == GW_FRAMING_LENGTH ? request->content_length : 0,
    };
    begin(body, HTTP_REQUEST, request->head);
}

void gw_http1_body_begin_response(struct gw_http1_body *body,
                                  const struct gw_http1_response *response,
                                  void (*on_data)(void *, const char *, size_t), void *ctx)
{
    *body = (struct gw_http1_body){
        .on_data = on_data,
        .ctx = ctx,
        .framing = response->framing,
        .no_body = response->framing == GW_FRAMING_NONE,
        .left = response->framing == GW_FRAMING_LENGTH ? response->content_length : 0,
    };
    begin(body, HTTP_RESPONSE, response->head);
}

static bool hold(struct gw_http1_body *b, const char *data, size_t len, size_t max)
{
    if (len > max - b->held_len)
        return false;
    if (b->held_len + len > b->held_room) {
        size_t room = b->held_len + len + 256;
        char *grown = realloc(b->held, room);

        if (grown == NULL)
            return false;
        b->held = grown;
        b->held_room = room;
    }
    memcpy(b->held + b->held_len, data, len);
    b->held_len += len;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 1*16HEXDIG [";" anything printable] CRLF */
static bool check_chunk_line(struct gw_http1_body *b, struct gw_str line, size_t *digits)
{
    size_t n = 0;

    b->left = 0;
    if (line.len < 3 || line.at[line.len - 2] != '\r')
        return false;
    for (; n < 16 && n < line.len && hex_value(line.at[n]) >= 0; n++)
        b->left = b->left << 4 | (unsigned)hex_value(line.at[n]);
    if (n == 0 || b->left > INT64_MAX || (line.at[n] != ';' && n != line.len - 2))
        return false;
    for (size_t i = n; i < line.len - 2; i++)
        if (((unsigned char)line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
            return false;
    *digits = n;
    b->extension_bytes += line.len - 2 - n;
    return b->extension_bytes <= GW_HTTP1_MAX_EXTENSION_BYTES;
}

static void end_chunk_line(struct gw_http1_body *b, struct gw_str line)
{
    size_t digits = 0;

    if (!check_chunk_line(b, line, &digits)) {
        refuse(b, 400, "chunk-line");
        return;
    }
    /* Extensions are ignored, and versions of llhttp differ in which of them they take. */
    execute(b, line.at, digits);
    if (b->state == GW_BODY_READING)
        execute(b, "\r\n", 2);
    b->phase = b->left == 0 ? PHASE_TRAILERS : PHASE_CHUNK_DATA;
}

static void end_chunk(struct gw_http1_body *b, struct gw_str line)
{
    if (line.len != 2 || line.at[0] != '\r') {
        refuse(b, 400, "chunk-end");
        return;
    }
    execute(b, line.at, line.len);
    b->phase = PHASE_CHUNK_LINE;
}

/* The trailer section is complete in held. */
static void end_trailers(struct gw_http1_body *b)
{
    struct gw_str text = {b->held, b->held_len - 2};

    if (text.len > 0) {
        b->trailers.room = GW_HTTP1_MAX_TRAILER_FIELDS;
        b->trailers.list = calloc(b->trailers.room, sizeof *b->trailers.list);
        if (b->trailers.list == NULL) {
            refuse(b, 500, "memory");
            return;
        }
        if (!gw_http1_fields_parse(text, &b->trailers, &b->why)) {
            b->state = GW_BODY_REFUSED;
            return;
        }
    }
    /* Framing fields mean nothing here and are dropped; versions of llhttp differ in which of them
     * they refuse. */
    execute(b, "\r\n", 2);
    if (b->state == GW_BODY_READING)
        refuse(b, 400, "parser-disagrees");
}

static void end_line(struct gw_http1_body *b, struct gw_str line)
{
    if (b->phase == PHASE_CHUNK_LINE)
        end_chunk_line(b, line);
    else
        end_chunk(b, line);
    b->held_len = 0;
}

/* Take bytes up to the end of the line under way; act when the line is complete. */
static size_t feed_line(struct gw_http1_body *b, const char *data, size_t len)
{
    size_t max = b->phase == PHASE_CHUNK_LINE  ? (size_t)GW_HTTP1_MAX_CHUNK_LINE
                 : b->phase == PHASE_CHUNK_END ? 2
                                               : (size_t)GW_HTTP1_MAX_TRAILER_BYTES;
    const char *lf = memchr(data, '\n', len);
    size_t n = lf == NULL ? len : (size_t)(lf + 1 - data);

    if (b->phase != PHASE_TRAILERS && lf != NULL && b->held_len == 0 && n <= max) {
        end_line(b, (struct gw_str){data, n});
        return n;
    }
    if (!hold(b, data, n, max)) {
        refuse(b, b->phase == PHASE_TRAILERS ? 431 : 400,
               b->phase == PHASE_TRAILERS    ? "trailer-size"
               : b->phase == PHASE_CHUNK_END ? "chunk-end"
                                             : "chunk-line");
        return 0;
    }
    if (lf == NULL)
        return n;
    if (b->phase != PHASE_TRAILERS)
        end_line(b, (struct gw_str){b->held, b->held_len});
    else if (b->held_len < 2 || b->held[b->held_len - 2] != '\r')
        refuse(b, 400, "line-end");
    else if (b->held_len == 2 ||
             (b->held_len >= 4 && memcmp(b->held + b->held_len - 4, "\r\n\r\n", 4) == 0))
        end_trailers(b);
    return n;
}

static size_t feed_data(struct gw_http1_body *b, const char *data, size_t len)
{
    size_t n = len;

    if (b->framing != GW_FRAMING_CLOSE) {
        n = b->left < len ? (size_t)b->left : len;
        b->left -= n;
    }
    execute(b, data, n);
    if (b->phase == PHASE_CHUNK_DATA && b->left == 0)
        b->phase = PHASE_CHUNK_END;
    return n;
}

size_t gw_http1_body_feed(struct gw_http1_body *body, const char *data, size_t len)
{
    size_t used = 0;

    while (body->state == GW_BODY_READING && used < len) {
        if (body->phase == PHASE_DATA || body->phase == PHASE_CHUNK_DATA)
            used += feed_data(body, data + used, len - used);
        else
            used += feed_line(body, data + used, len - used);
    }
    return used;
}

bool gw_http1_body_finish(struct gw_http1_body *body)
{
    if (body->state != GW_BODY_READING)
        return body->state == GW_BODY_DONE;
    if (body->framing == GW_FRAMING_CLOSE) {
        llhttp_errno_t rc = llhttp_finish(&body->parser);

        if ((rc == HPE_OK || rc == HPE_PAUSED) && body->complete) {
            body->state = GW_BODY_DONE;
            return true;
        }
    }
    refuse(body, 400, "body-truncated");
    return false;
}

void gw_http1_body_cleanup(struct gw_http1_body *body)
{
    free(body->held);
    free(body->trailers.list);
    body->held = NULL;
    body->trailers = (struct gw_http_fields){0};
    body->state = GW_BODY_REFUSED;
}
