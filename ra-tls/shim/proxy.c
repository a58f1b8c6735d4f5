#include "ra-tls/shim/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/server_name.h"
#include "ra-tls/shim/answer.h"
#include "ra-tls/shim/target.h"

struct shim_proxy_far {
    struct shim_target target;
    struct ratls_target ratls;
    char host[256], address[256];
    char local[310]; /* the origin that clients see: "http://" and the authority */
    bool stream;
    size_t upstream;
};

/* host[:port] as the client wrote it. Returns: false when the host is no name and no address. */
static bool read_authority(const struct gw_http1_request *r, char host[256], uint16_t *port)
{
    struct gw_str name = r->host;
    unsigned value = 0;

    if (name.len > 1 && name.at[0] == '[')
        name = (struct gw_str){name.at + 1, name.len - 2};
    if (name.len == 0 || name.len > 255)
        return false;
    for (size_t i = 0; i < name.len; i++)
        host[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] + 32 : name.at[i]);
    host[name.len] = '\0';
    for (size_t i = r->host.len + 1; i < r->authority.len; i++)
        value = value * 10 + (unsigned)(r->authority.at[i] - '0');
    *port = (uint16_t)(r->host.len + 1 < r->authority.len ? value : 443);
    return *port != 0 &&
           (certbind_is_ip_address(host) || certbind_server_name_ok(certbind_text(host)));
}

static struct shim_proxy_far *find(const struct shim_proxy *proxy, const char *host, uint16_t port,
                                   bool stream)
{
    for (size_t i = 0; i < proxy->count; i++) {
        struct shim_proxy_far *f = proxy->list[i];

        if (f->ratls.port == port && f->stream == stream && strcmp(f->host, host) == 0)
            return f;
    }
    return NULL;
}

/* Returns: a far side that is new; NULL when it cannot be made. */
static struct shim_proxy_far *add(struct shim_proxy *proxy, struct gw_loop *loop, const char *host,
                                  uint16_t port, bool stream)
{
    const struct shim_options *o = proxy->options;
    struct shim_proxy_far *f = calloc(1, sizeof *f);
    char err[200] = "";

    if (f == NULL)
        return NULL;
    (void)snprintf(f->host, sizeof f->host, "%s", host);
    f->stream = stream;
    f->ratls = *o->target;
    f->ratls.host = f->host;
    f->ratls.port = port;
    if (o->resolve != NULL &&
        o->resolve(o->user, host, port, f->address, sizeof f->address, &f->ratls.address_port))
        f->ratls.address = f->address;
    if (!shim_target_init(&f->target, o->ctx, &f->ratls, stream) ||
        !gw_loop_add_upstream(loop, &f->target.upstream, &f->upstream, err, sizeof err)) {
        (void)fprintf(stderr, "cannot use %s:%u: %s\n", host, (unsigned)port, err);
        free(f);
        return NULL;
    }
    (void)snprintf(f->local, sizeof f->local, "http://%s", f->target.authority);
    proxy->list[proxy->count++] = f;
    return f;
}

static void refuse_form(struct gw_exchange *x)
{
    shim_answer_error(x, 400, "proxy-form",
                      "this is a proxy for http://HOST[:PORT]/ and CONNECT HOST:PORT; it makes the "
                      "connection to HOST the verified one itself",
                      NULL);
}

static bool is_plain_form(const struct gw_http1_request *r)
{
    return r->is_connect ||
           (r->absolute_form &&
            gw_str_equal_nocase((struct gw_str){r->target.at, 7}, gw_str("http://")));
}

static void forward(struct gw_exchange *x, const struct shim_proxy_far *f)
{
    gw_exchange_forward(x, &(struct gw_forward){
                               .upstream = f->upstream,
                               .route = "target",
                               .no_forwarded = true,
                               .host = gw_str(f->target.authority),
                               .origin_from = gw_str(f->local),
                               .origin_to = gw_str(f->target.origin),
                               .strip_alt_svc = true,
                               .websocket = true,
                           });
}

void shim_proxy_request(struct shim_proxy *proxy, struct gw_exchange *x,
                        const struct gw_http1_request *request, const struct gw_conn_info *conn)
{
    struct shim_proxy_far *f;
    uint16_t port;
    char host[256];

    if (!is_plain_form(request) || !read_authority(request, host, &port)) {
        refuse_form(x);
        return;
    }
    f = find(proxy, host, port, request->is_connect);
    if (f == NULL && proxy->count == SHIM_PROXY_MAX) {
        shim_answer_error(x, 503, "proxy-hosts", "too many hosts were asked for; start it anew",
                          NULL);
        return;
    }
    if (f == NULL)
        f = add(proxy, conn->loop, host, port, request->is_connect);
    if (f == NULL)
        shim_answer_error(x, 503, "memory", "the far side cannot be prepared", NULL);
    else if (request->is_connect)
        gw_exchange_tunnel(x, &(struct gw_tunnel){
                                  .upstream = f->upstream,
                                  .route = "stream",
                                  .reply = "HTTP/1.1 200 Connection Established\r\n\r\n",
                                  .refuse_tls = true,
                              });
    else
        forward(x, f);
}

void shim_proxy_cleanup(struct shim_proxy *proxy)
{
    while (proxy->count > 0)
        free(proxy->list[--proxy->count]);
}
