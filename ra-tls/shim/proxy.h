/*
 * proxy: the local proxy whose clients name the far side: requests in absolute form, and CONNECT.
 * Far sides are made on demand, one policy for all.
 */
#ifndef SHIM_PROXY_H
#define SHIM_PROXY_H

#include "gateway/core/exchange.h"
#include "ra-tls/shim/shim.h"

enum { SHIM_PROXY_MAX = 128 }; /* far sides; one host counts twice when it is used both ways */

struct shim_proxy_far; /* one far side */

struct shim_proxy {
    const struct shim_options *options;
    struct shim_proxy_far *list[SHIM_PROXY_MAX];
    size_t count;
};

/** Decide about a request: forward it, make it a stream, or answer why not. Of one loop only. */
void shim_proxy_request(struct shim_proxy *proxy, struct gw_exchange *x,
                        const struct gw_http1_request *request, const struct gw_conn_info *conn);

/** After the server is gone. */
void shim_proxy_cleanup(struct shim_proxy *proxy);

#endif
