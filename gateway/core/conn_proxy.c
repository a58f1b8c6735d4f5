/*
 * conn_proxy: the header in which a relay tells who it relays, before anything else of a
 * connection.
 */
#include <string.h>

#include "gateway/core/conn.h"
#include "gateway/core/network.h"
#include "gateway/core/proxy_protocol.h"

bool gw_conn_is_relayed(struct gw_conn *c)
{
    const struct gw_listener_config *l = &c->loop->config->listeners[c->info.listener];
    struct sockaddr_storage peer = {0};
    int len = sizeof(peer);

    if (l->proxy_from_count == 0 ||
        uv_tcp_getpeername(&c->link.io.tcp, (struct sockaddr *)&peer, &len) != 0)
        return false;
    return gw_networks_have(l->proxy_from, l->proxy_from_count, (struct sockaddr *)&peer);
}

/* The header and what follows it come in one read or in many. */
void gw_conn_proxy_data(struct gw_conn *c, const uint8_t *data, size_t len)
{
    uint8_t head[GW_PROXY_MAX];
    struct gw_proxy_header header;
    size_t before = 0;
    const uint8_t *held = gw_bufq_peek(&c->pending, &before);
    size_t n = sizeof(head) - before < len ? sizeof(head) - before : len;

    if (before > 0)
        memcpy(head, held, before);
    memcpy(head + before, data, n);
    switch (gw_proxy_read(head, before + n, &header)) {
    case GW_PROXY_MORE:
        if (!gw_bufq_append(&c->pending, data, len))
            gw_conn_close(c, "memory");
        return;
    case GW_PROXY_COMPLETE:
        break;
    default:
        gw_conn_close(c, "proxy-protocol");
        return;
    }
    gw_bufq_clear(&c->pending);
    if (header.addresses) {
        c->peer = header.from;
        c->relayed_to = header.to;
        c->info.told = true;
    }
    if (!gw_conn_admit(c, GW_ADMIT_CLIENT))
        return;
    gw_conn_begin(c);
    gw_link_feed(&c->link, data + (header.len - before), len - (header.len - before));
}
