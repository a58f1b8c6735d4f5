/*
 * conn_hello: the first TLS message of a client, looked at before anybody answers it: TLS ends
 * here, or the client's bytes are passed on unread.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/core/client_hello.h"
#include "gateway/core/conn.h"

enum { ALERT_DECODE_ERROR = 50, ALERT_UNRECOGNIZED_NAME = 112 };

_Static_assert((int)GW_HELLO_MAX <= (int)GW_PLAIN_BYTES,
               "a hello is put together in the loop's buffer");

/* Of a hello that did not come in one read, or of a connection that is passed through. */
struct gw_hello_begin {
    struct gw_hello_scan scan;
    uint8_t *data; /* what has come; NULL once it is complete */
    size_t len, room;
    char name[GW_HELLO_NAME_ROOM]; /* once it is complete */
};

void gw_conn_hello_free(struct gw_conn *c)
{
    if (c->hello != NULL)
        free(c->hello->data);
    free(c->hello);
    c->hello = NULL;
}

void gw_conn_end_tls(struct gw_conn *c, const uint8_t *data, size_t len)
{
    struct gw_loop *loop = c->loop;
    const struct gw_listener_config *l = &loop->config->listeners[c->info.listener];
    struct gw_listener *listener = &loop->listeners[c->info.listener];

    if (!gw_listener_renew_clients(listener) || !gw_link_use_tls(&c->link, loop->tls->ctx, true) ||
        (listener->clients != NULL &&
         !gw_client_auth_ask(c->link.tls.ssl, listener->clients, l->client_auth->required))) {
        gw_conn_close(c, "memory");
        return;
    }
    c->link.tls.h2 = l->h2;
    c->link.tls.no_tickets = listener->clients != NULL;
    if (l->mode == GW_LISTENER_TCP)
        c->link.tls.stream_alpn = l->stream_alpn;
    c->tls_context = gw_tls_context_ref(loop->tls);
    c->info.identity = c->tls_context->identity;
    c->info.ssl = c->link.tls.ssl;
    gw_conn_enter(c, GW_CONN_HANDSHAKE);
    gw_link_feed(&c->link, data, len);
}

/* A fatal alert in clear, which is all that a client without a server can be told. */
static void refuse(struct gw_conn *c, const char *code)
{
    uint8_t alert[] = {21, 3, 3, 0, 2, 2, ALERT_DECODE_ERROR};

    if (strcmp(code, "server-name") == 0)
        alert[sizeof(alert) - 1] = ALERT_UNRECOGNIZED_NAME;
    gw_link_write(&c->link, alert, sizeof(alert));
    c->linger = true; /* else what was not read takes the alert with it */
    gw_conn_finish(c, code);
}

/* Returns: false when memory ran out. */
static bool have_begin(struct gw_conn *c)
{
    if (c->hello == NULL)
        c->hello = calloc(1, sizeof(*c->hello));
    return c->hello != NULL;
}

/* Add to what has come before. Returns: false when memory ran out. */
static bool keep(struct gw_conn *c, const uint8_t *data, size_t len)
{
    struct gw_hello_begin *h;
    uint8_t *grown;

    if (!have_begin(c))
        return false;
    h = c->hello;
    if (h->data == NULL || h->room - h->len < len) {
        grown = realloc(h->data, 2 * (h->len + len));
        if (grown == NULL)
            return false;
        h->data = grown;
        h->room = 2 * (h->len + len);
    }
    memcpy(h->data + h->len, data, len);
    h->len += len;
    return true;
}

static void pass(struct gw_conn *c, const struct gw_client_hello *hello, const uint8_t *data,
                 size_t len)
{
    if (!have_begin(c)) {
        gw_conn_close(c, "memory");
        return;
    }
    memcpy(c->hello->name, hello->name, sizeof(c->hello->name));
    c->protocol = &gw_protocol_stream;
    c->info.protocol = "tls";
    c->info.passed = true;
    c->info.sni = hello->name[0] != '\0' ? c->hello->name : NULL;
    if (c->loop->stopping) {
        gw_conn_finish(c, "drained");
        return;
    }
    gw_conn_enter(c, GW_CONN_IDLE);
    if (!gw_conn_admit(c, GW_ADMIT_NAME))
        return;
    c->protocol->opened(c);
    if (c->state == GW_CONN_EXCHANGE)
        c->protocol->on_data(c, data, len);
}

static void decide(struct gw_conn *c, const struct gw_client_hello *hello, const uint8_t *data,
                   size_t len)
{
    const struct gw_config *config = c->loop->config;
    uint8_t *owned = c->hello != NULL ? c->hello->data : NULL;

    if (owned != NULL)
        c->hello->data = NULL;
    if (config->exchange.on_hello(config->user, hello, &c->info)) {
        pass(c, hello, data, len);
    } else {
        gw_conn_hello_free(c);
        gw_conn_end_tls(c, data, len);
    }
    free(owned);
}

/* It comes in one read, or in many: then no more than one read beyond its longest is kept. */
void gw_conn_hello_data(struct gw_conn *c, const uint8_t *data, size_t len)
{
    struct gw_hello_scan first = {0};
    struct gw_hello_scan *scan = &first;
    struct gw_client_hello hello;
    const char *code;

    if (c->hello != NULL) {
        if (!keep(c, data, len)) {
            gw_conn_close(c, "memory");
            return;
        }
        scan = &c->hello->scan;
        data = c->hello->data;
        len = c->hello->len;
    }
    /* Nothing of TLS is under way on this loop now, so the buffer is free. */
    switch (gw_client_hello_read(scan, data, len, c->loop->plain_buf, &hello, &code)) {
    case GW_HELLO_MORE:
        if (c->hello == NULL && !keep(c, data, len))
            gw_conn_close(c, "memory");
        else
            c->hello->scan = *scan;
        return;
    case GW_HELLO_COMPLETE:
        decide(c, &hello, data, len);
        return;
    default:
        refuse(c, code);
    }
}
