/*
 * upstream_config: what the caller says about an upstream: servers, balance, bounds, health, TLS.
 *
 * A configured server is one address, or a name; every address of a name counts as a server of its
 * own ("backend"). Pools, limits, counters and ejections are per loop: nothing is shared between
 * the loops but the results of active checks, which one loop makes and posts to all.
 */
#ifndef GW_CORE_UPSTREAM_CONFIG_H
#define GW_CORE_UPSTREAM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "gateway/core/proof.h"
#include "gateway/core/proxy_protocol.h"

struct gw_loop;

/* TLS towards an upstream. The core does not judge certificates: the context does, or the proof. */
struct gw_upstream_tls {
    /** Make the SSL_CTX (TLS_client_method) of one loop, on its thread. NULL: the server does not
     * start. The context passes to the core, which sets versions and modes. */
    SSL_CTX *(*make_ctx)(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx);
    void *user;
    const char *sni;                  /* server name to send; NULL: none */
    const char *const *alpn;          /* names to offer, NULL at the end; NULL: offer nothing */
    bool alpn_required;               /* refuse a peer that answers none of them */
    bool tls12;                       /* 1.2 is allowed too; else 1.3 only */
    const struct gw_proof_ops *proof; /* NULL: no exchange after the handshake */
    void *proof_user;
};

enum gw_balance {
    GW_BALANCE_ROUND_ROBIN = 0,
    GW_BALANCE_LEAST_CONNECTIONS /* of this loop; equal ones take turns */
};

/* Active checks, made by one loop over a connection of their own each time. */
struct gw_upstream_check {
    uint32_t interval_ms;            /* 0: none */
    uint32_t timeout_ms;             /* of one check, from dialling to its result; 0: 2000 */
    const char *path;                /* GET of it must give a status in range; NULL: being
                                        connected, with TLS and proof where set, is enough */
    const char *host;                /* Host of that request; NULL: "localhost" */
    unsigned status_min, status_max; /* 0: 200, 399 */
    unsigned rise, fall; /* good checks in a row to be up, bad ones to be down; 0: 2, 3 */
};

struct gw_upstream_config {
    const char *name;                  /* for logs */
    const char *const *servers;        /* "127.0.0.1:80", "[::1]:80", "unix:/path", "app:8080" */
    size_t servers_count;              /* 1 to 16 */
    enum gw_balance balance;           /* among the servers that are up and not ejected */
    size_t max_connections;            /* per server and loop; 0: 4096 */
    size_t max_idle;                   /* idle connections kept per server and loop; 0: 256 */
    size_t max_waiting;                /* requests waiting for a connection per loop; 0: 1024 */
    uint32_t connect_ms;               /* 0: the timeout of the configuration */
    uint32_t queue_ms;                 /* 0: the timeout of the configuration */
    unsigned eject_failures;           /* failures in a row after which a server gets nothing for */
    uint32_t eject_ms;                 /* so long, unless there is no other; 0: never ejected */
    struct gw_upstream_check check;    /* zeroed: none */
    const struct gw_upstream_tls *tls; /* NULL: plain */
    enum gw_proxy_version proxy;       /* each connection begins with the address of its client, and
                                          carries nothing of another one */
    bool http2; /* speak HTTP/2: by prior knowledge, or by ALPN with tls, which must offer h2; then
                   neither a proof, which speaks HTTP/1.1, nor streams of plain bytes
                   ("upstream-protocol"); WebSockets where the server offers them */
};

enum gw_backend_change {
    GW_BACKEND_UP = 1,  /* active checks found it good again */
    GW_BACKEND_DOWN,    /* active checks found it bad: it gets nothing */
    GW_BACKEND_EJECTED, /* it failed too often on this loop */
};

struct gw_backend_event {
    enum gw_backend_change change;
    size_t upstream;     /* index */
    const char *address; /* "127.0.0.1:80" or "unix:/path"; borrowed for the call */
    const char *reason;  /* stable code of the last failure; NULL: none */
};

struct gw_upstream_state {
    uint32_t servers; /* addresses known; 0: a name that was not resolved yet */
    uint32_t up;      /* those that no active check calls down */
};

#endif
