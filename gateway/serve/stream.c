#include "gateway/serve/stream.h"

#include "gateway/serve/answer.h"
#include "gateway/config/names.h"
#include "gateway/config/route.h"

#define UPGRADE "devproof-tcp"

void gateway_stream_begin(const struct gateway_config *config, struct gw_exchange *x,
                          const char *reply)
{
    const struct gw_conn_info *conn = gw_exchange_conn(x);
    const struct gateway_listener *l = &config->listeners[conn->listener];
    const struct gateway_route *route =
        gateway_route_stream(config, conn->passed ? GATEWAY_MODE_PASSTHROUGH : l->mode, conn->sni);

    /* The handshake has taken names of every listener. */
    if (!gateway_listener_serves(l, gw_str(conn->sni != NULL ? conn->sni : "")) || route == NULL) {
        gateway_answer_error(x, 421, "misdirected", "this name is not served here", NULL);
        return;
    }
    gw_exchange_tunnel(x, &(struct gw_tunnel){.upstream = route->upstream,
                                              .route = route->name,
                                              .reply = reply,
                                              .idle_ms = config->timeouts_ms.tunnel});
}

bool gateway_stream_passes(const struct gateway_config *config, const struct gw_client_hello *hello,
                           const struct gw_conn_info *conn)
{
    const struct gateway_listener *l = &config->listeners[conn->listener];

    /* Whoever answers a challenge for a name gets certificates for it, so none is passed on; what
     * this listener does not serve is refused by our own TLS. */
    return gateway_route_passes(config, gw_str(hello->name)) &&
           gateway_listener_serves(l, gw_str(hello->name)) &&
           !gw_client_hello_asks(hello, GATEWAY_ACME_ALPN);
}

/* GET, both fields, no query, no body (binding.md 4). */
static bool asks_for_stream(const struct gw_http1_request *r)
{
    const struct gw_http_field *upgrade = gw_http_fields_find(&r->fields, GW_FIELD_UPGRADE);

    return gw_str_equal(r->method, gw_str("GET")) && r->minor == 1 && r->query.len == 0 &&
           (r->framing == GW_FRAMING_NONE ||
            (r->framing == GW_FRAMING_LENGTH && r->content_length == 0)) &&
           upgrade != NULL && gw_str_equal_nocase(upgrade->value, gw_str(UPGRADE)) &&
           gw_http_fields_list_has(&r->fields, GW_FIELD_CONNECTION, "upgrade");
}

void gateway_stream_request(const struct gateway_config *config, struct gw_exchange *x)
{
    static const char reply[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                                "Upgrade: " UPGRADE "\r\n\r\n";

    if (!asks_for_stream(gw_exchange_request(x)))
        gateway_answer_error(x, 400, "bad-query",
                             "a stream begins with GET, Connection: Upgrade and Upgrade: " UPGRADE,
                             NULL);
    else if (gw_exchange_conn(x)->resumed)
        gateway_answer_error(x, 409, "session-resumed",
                             "a resumed connection gets no stream; connect without a ticket", NULL);
    else
        gateway_stream_begin(config, x, reply);
}
