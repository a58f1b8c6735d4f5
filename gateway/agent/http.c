#include "gateway/agent/http.h"

#include <string.h>

#include <openssl/crypto.h>

enum { FIRST_ROOM = 16 * 1024 };

static int refuse(struct gateway_agent_http *http, const char *why)
{
    http->why = why;
    return HPE_USER;
}

static int on_head_bytes(llhttp_t *parser, const char *at, size_t len)
{
    struct gateway_agent_http *http = parser->data;

    (void)at;
    http->head_len += len;
    return http->head_len <= GATEWAY_AGENT_MAX_HEAD ? 0 : refuse(http, "its head is too long");
}

static int on_headers_complete(llhttp_t *parser)
{
    struct gateway_agent_http *http = parser->data;

    /* An interim response would be followed by another one; agents send none. */
    if (parser->status_code < 200)
        return refuse(http, "it is no final response");
    if (parser->content_length > GATEWAY_AGENT_MAX_BODY && (parser->flags & F_CONTENT_LENGTH) != 0)
        return refuse(http, "its body is too long");
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct gateway_agent_http *http = parser->data;

    if (len > GATEWAY_AGENT_MAX_BODY - http->len)
        return refuse(http, "its body is too long");
    if (len > http->room - http->len) {
        size_t room = http->room == 0 ? FIRST_ROOM : http->room;
        uint8_t *grown;

        while (room - http->len < len)
            room *= 2;
        grown = OPENSSL_clear_realloc(http->body, http->room, room);
        if (grown == NULL)
            return refuse(http, "memory ran out");
        http->body = grown;
        http->room = room;
    }
    memcpy(http->body + http->len, at, len);
    http->len += len;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct gateway_agent_http *http = parser->data;

    http->status = parser->status_code;
    http->state = GATEWAY_AGENT_HTTP_COMPLETE;
    return HPE_PAUSED;
}

void gateway_agent_http_init(struct gateway_agent_http *http)
{
    *http = (struct gateway_agent_http){.state = GATEWAY_AGENT_HTTP_MORE};
    llhttp_settings_init(&http->settings);
    http->settings.on_status = on_head_bytes;
    http->settings.on_header_field = on_head_bytes;
    http->settings.on_header_value = on_head_bytes;
    http->settings.on_chunk_extension_name = on_head_bytes;
    http->settings.on_chunk_extension_value = on_head_bytes;
    http->settings.on_headers_complete = on_headers_complete;
    http->settings.on_body = on_body;
    http->settings.on_message_complete = on_message_complete;
    llhttp_init(&http->parser, HTTP_RESPONSE, &http->settings);
    http->parser.data = http;
}

static void failed(struct gateway_agent_http *http)
{
    http->state = GATEWAY_AGENT_HTTP_REFUSED;
    if (http->why == NULL)
        http->why = "it is no HTTP response";
}

enum gateway_agent_http_state gateway_agent_http_feed(struct gateway_agent_http *http,
                                                      const uint8_t *data, size_t len)
{
    if (http->state == GATEWAY_AGENT_HTTP_MORE &&
        llhttp_execute(&http->parser, (const char *)data, len) != HPE_OK &&
        http->state != GATEWAY_AGENT_HTTP_COMPLETE)
        failed(http);
    return http->state;
}

enum gateway_agent_http_state gateway_agent_http_finish(struct gateway_agent_http *http)
{
    if (http->state != GATEWAY_AGENT_HTTP_MORE)
        return http->state;
    (void)llhttp_finish(&http->parser);
    if (http->state != GATEWAY_AGENT_HTTP_COMPLETE) {
        http->why = "it ends early";
        failed(http);
    }
    return http->state;
}

void gateway_agent_http_cleanup(struct gateway_agent_http *http)
{
    OPENSSL_clear_free(http->body, http->room);
    *http = (struct gateway_agent_http){0};
}
