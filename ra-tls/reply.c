#include "ra-tls/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(llhttp_t *parser, certbind_status status, const char *why)
{
    struct ratls_reply *r = parser->data;

    r->status = certbind_fail(r->err, status, "%s", why);
    return -1;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    return c;
}

/* Keep what fits; one byte more than fits tells that it was cut. */
static void append(char *out, size_t room, size_t *len, const char *at, size_t n)
{
    for (size_t i = 0; i < n && *len < room - 1; i++)
        out[(*len)++] = lower(at[i]);
    out[*len] = '\0';
}

static int on_message_begin(llhttp_t *parser)
{
    struct ratls_reply *r = parser->data;

    r->is_json = false;
    r->has_type = false;
    r->has_coding = false;
    r->has_retry = false;
    r->retry = 0;
    r->name_len = 0;
    r->value_len = 0;
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct ratls_reply *r = parser->data;

    append(r->name, sizeof r->name, &r->name_len, at, len);
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct ratls_reply *r = parser->data;

    append(r->value, sizeof r->value, &r->value_len, at, len);
    return 0;
}

/* The media type, parameters ignored. */
static bool is_json(const char *value)
{
    static const char json[] = "application/json";
    size_t n = sizeof json - 1;

    return strncmp(value, json, n) == 0 &&
           (value[n] == '\0' || value[n] == ';' || value[n] == ' ' || value[n] == '\t');
}

/* Returns: seconds of a Retry-After that a client can wait for, 0 for any other. */
static unsigned read_seconds(const char *value)
{
    unsigned seconds = 0;

    for (; *value >= '0' && *value <= '9' && seconds <= RATLS_REPLY_MAX_RETRY_S; value++)
        seconds = seconds * 10 + (unsigned)(*value - '0');
    return *value == '\0' && seconds <= RATLS_REPLY_MAX_RETRY_S ? seconds : 0;
}

/* Two types, or a transfer coding beside chunked, would be read differently by others. */
static int check_field(llhttp_t *parser)
{
    struct ratls_reply *r = parser->data;

    if (strcmp(r->name, "content-encoding") == 0)
        return refuse(parser, CERTBIND_E_EVIDENCE_CONTENT_TYPE, "the reply has a content coding");
    if (strcmp(r->name, "transfer-encoding") == 0 &&
        (r->has_coding || strcmp(r->value, "chunked") != 0))
        return refuse(parser, CERTBIND_E_HTTP_FRAMING, "the reply has another coding than chunked");
    if (strcmp(r->name, "content-type") == 0 && r->has_type)
        return refuse(parser, CERTBIND_E_EVIDENCE_CONTENT_TYPE, "the reply has two types");
    if (strcmp(r->name, "transfer-encoding") == 0)
        r->has_coding = true;
    if (strcmp(r->name, "content-type") == 0) {
        r->has_type = true;
        r->is_json = is_json(r->value);
    }
    if (strcmp(r->name, "retry-after") == 0) {
        r->retry = r->has_retry ? 0 : read_seconds(r->value);
        r->has_retry = true;
    }
    return 0;
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct ratls_reply *r = parser->data;

    if (++r->fields > RATLS_REPLY_MAX_FIELDS)
        return refuse(parser, CERTBIND_E_HTTP_SIZE, "the reply has too many fields");
    r->value[r->value_len] = '\0';
    r->name[r->name_len] = '\0';
    if (check_field(parser) != 0)
        return -1;
    r->name_len = 0;
    r->value_len = 0;
    return 0;
}

static bool is_interim(const llhttp_t *parser)
{
    return parser->status_code >= 100 && parser->status_code < 200;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct ratls_reply *r = parser->data;
    char why[64];

    if (parser->http_major != 1 || parser->http_minor != 1)
        return refuse(parser, CERTBIND_E_HTTP_SYNTAX, "the reply is not HTTP/1.1");
    if (is_interim(parser) && parser->status_code != 101)
        return 0;
    parser->upgrade = 0;
    (void)snprintf(why, sizeof why, "the reply has status %u", (unsigned)parser->status_code);
    if (parser->status_code == 429)
        r->retry_after = r->retry;
    if (parser->status_code != 200 && r->retry_after == 0)
        return refuse(parser, CERTBIND_E_EVIDENCE_HTTP_STATUS, why);
    if (!r->is_json)
        return refuse(parser, CERTBIND_E_EVIDENCE_CONTENT_TYPE,
                      "the reply is not application/json");
    if ((parser->flags & (F_CHUNKED | F_CONTENT_LENGTH)) == 0)
        return refuse(parser, CERTBIND_E_HTTP_FRAMING, "the reply has no length");
    if ((parser->flags & F_CONTENT_LENGTH) != 0 && parser->content_length > r->max_body)
        return refuse(parser, CERTBIND_E_HTTP_SIZE, "the reply is too long");
    r->in_body = true;
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct ratls_reply *r = parser->data;

    if (len > r->max_body - r->len)
        return refuse(parser, CERTBIND_E_HTTP_SIZE, "the reply is too long");
    if (len > r->room - r->len) {
        size_t room = 2 * r->room + len + 1024;
        uint8_t *grown = realloc(r->body, room);

        if (grown == NULL)
            return refuse(parser, CERTBIND_E_MEMORY, "memory ran out");
        r->body = grown;
        r->room = room;
    }
    memcpy(r->body + r->len, at, len);
    r->len += len;
    return 0;
}

static int on_chunk_header(llhttp_t *parser)
{
    struct ratls_reply *r = parser->data;

    if (++r->chunks > RATLS_REPLY_MAX_CHUNKS)
        return refuse(parser, CERTBIND_E_HTTP_SIZE, "the reply has too many chunks");
    if (parser->content_length > 0)
        return 0;
    r->in_body = false; /* what follows are trailers, which count as head */
    return HPE_PAUSED;
}

static int on_chunk_extension(llhttp_t *parser, const char *at, size_t len)
{
    (void)at;
    (void)len;
    return refuse(parser, CERTBIND_E_HTTP_FRAMING, "the reply has chunk extensions");
}

static int on_message_complete(llhttp_t *parser)
{
    struct ratls_reply *r = parser->data;

    if (is_interim(parser))
        return 0;
    r->done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_message_begin,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_chunk_extension,
    .on_message_complete = on_message_complete,
};

void ratls_reply_init(struct ratls_reply *reply, size_t max_body)
{
    *reply = (struct ratls_reply){.max_body = max_body};
    llhttp_init(&reply->parser, HTTP_RESPONSE, &settings);
    reply->parser.data = reply;
}

/* While a head is read, feed byte by byte so that its size is counted exactly. */
static certbind_status feed_some(struct ratls_reply *r, const uint8_t *data, size_t len,
                                 size_t *used)
{
    size_t n = r->in_body ? len : 1;
    llhttp_errno_t rc;

    if (!r->in_body && ++r->head_bytes > RATLS_REPLY_MAX_HEAD)
        return certbind_fail(r->err, CERTBIND_E_HTTP_SIZE, "the heads of the reply are too long");
    rc = llhttp_execute(&r->parser, (const char *)data, n);
    *used = n;
    if (rc == HPE_OK)
        return CERTBIND_OK;
    if (rc == HPE_PAUSED) {
        *used = (size_t)(llhttp_get_error_pos(&r->parser) - (const char *)data);
        llhttp_resume(&r->parser);
        return CERTBIND_OK;
    }
    if (r->status != CERTBIND_NOT_CHECKED)
        return r->status;
    if (rc == HPE_UNEXPECTED_CONTENT_LENGTH || rc == HPE_INVALID_CONTENT_LENGTH ||
        rc == HPE_INVALID_CHUNK_SIZE || rc == HPE_INVALID_TRANSFER_ENCODING || r->in_body)
        return certbind_fail(r->err, CERTBIND_E_HTTP_FRAMING, "the reply is framed wrongly: %s",
                             llhttp_errno_name(rc));
    return certbind_fail(r->err, CERTBIND_E_HTTP_SYNTAX, "the reply is no HTTP/1.1: %s",
                         llhttp_errno_name(rc));
}

certbind_status ratls_reply_feed(struct ratls_reply *reply, const uint8_t *data, size_t len,
                                 struct certbind_error *err)
{
    size_t at = 0;

    reply->err = err;
    while (at < len && !reply->done) {
        size_t used = 0;
        certbind_status status = feed_some(reply, data + at, len - at, &used);

        if (status != CERTBIND_OK)
            return status;
        at += used;
    }
    if (at < len)
        return certbind_fail(err, CERTBIND_E_HTTP_UNSOLICITED, "bytes follow the reply");
    return CERTBIND_OK;
}

void ratls_reply_cleanup(struct ratls_reply *reply)
{
    free(reply->body);
    reply->body = NULL;
    reply->len = 0;
}
