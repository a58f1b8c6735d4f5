/*
 * config: the gateway's configuration. Parsed, checked as a whole, then fixed for the life of the
 * process.
 *
 * One table (config_table.c) drives parser, checker, --help, conf/gateway.schema.json and
 * docs/configuration.md. The effective configuration, defaults filled in, is published in
 * canonical form (RFC 8785) and its hash stands in the binding statement.
 */
#ifndef GATEWAY_CONFIG_CONFIG_H
#define GATEWAY_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "certbind/bytes.h"
#include "certbind/json_shape.h"
#include "gateway/core/network.h"
#include "gateway/core/proxy_protocol.h"

/* Keys of the configuration; the last entry has no path. */
extern const struct certbind_shape gateway_config_table[];

/* Certificates of clients. */
enum gateway_client_auth {
    GATEWAY_CLIENT_AUTH_NONE = 0,
    GATEWAY_CLIENT_AUTH_OPTIONAL,
    GATEWAY_CLIENT_AUTH_REQUIRED
};

/* Of one client prefix or name, on each worker; 0: no limit. */
struct gateway_bound {
    uint32_t connections, requests_per_s, burst;
};

/* What a listener speaks, and what a route is for. */
enum gateway_mode {
    GATEWAY_MODE_HTTP = 0,
    GATEWAY_MODE_TCP, /* TLS ends here, the bytes inside go to the upstream of the server name */
    GATEWAY_MODE_PASSTHROUGH, /* of routes: TLS does not end here, on no listener */
    GATEWAY_MODE_CHALLENGE    /* of a listener in clear: answers challenges of ACME alone */
};

struct gateway_listener {
    const char *address; /* "0.0.0.0:8443", "[::]:8443" */
    enum gateway_mode mode;
    const char **names; /* lowercase A-labels, or "*" */
    size_t names_count;
    bool h2; /* HTTP/2 is offered */
    enum gateway_client_auth client_auth;
    const char *client_ca_file; /* not empty unless client_auth is none */
    uint8_t client_ca_sha256[32];
    const char *client_crl_file; /* "": none */
    struct gw_network *relays;   /* peers that tell whom they relay; owned */
    size_t relays_count;
    struct gw_network *trusted; /* peers whose X-Request-Id and X-Forwarded-For count; owned */
    size_t trusted_count;
    bool direct; /* a peer's address is its client's */
};

/* A chain of a public authority for one server name. */
struct gateway_certificate_config {
    const char *name;       /* "a.test", or "*.a.test" for one label below it */
    const char *chain_file; /* PEM, the leaf first */
};

struct gateway_acme_config {
    const char *directory, *contact, *challenge, *ca_file;
    const char **names; /* owned */
    size_t names_count; /* 0: there is no ACME */
    uint32_t retry_s;
};

struct gateway_upstream_check {
    const char *path; /* "": to be connected is enough */
    const char *host;
    uint32_t status_min, status_max, interval_ms, timeout_ms, rise, fall;
};

struct gateway_upstream_tls_config {
    const char *name;      /* "": none */
    const char *ca_file;   /* "": none; then pins are not empty, or the server is attested */
    uint8_t ca_sha256[32]; /* of ca_file */
    uint8_t (*pins)[32];   /* SHA-256 of accepted keys; owned */
    size_t pins_count;
};

struct gateway_upstream {
    const char *name;
    const char **servers; /* "host:port" or "unix:/path" */
    size_t servers_count;
    const char *host; /* sent in place of the client's; "": that stays */
    bool least_connections;
    enum gw_proxy_version proxy;
    uint32_t max_connections, max_idle, max_waiting, queue_ms;
    uint32_t connect_ms;                      /* 0: the general one */
    uint32_t first_byte_ms, between_bytes_ms; /* UINT32_MAX: no limit */
    uint32_t eject_failures, eject_ms;
    bool has_check, has_tls;
    bool stream; /* routes of mode tcp lead to it */
    struct gateway_upstream_check check;
    struct gateway_upstream_tls_config tls;
    char *policy;            /* JSON text; owned; NULL: not attested */
    uint8_t root_sha256[32]; /* of the policy's root_file, if it has one */
    bool h2;                 /* HTTP/2 is spoken to it */
};

struct gateway_route {
    enum gateway_mode mode;
    const char *host;                         /* lower case, or "*" */
    const char *path;                         /* a normalised path; "/" matches every path */
    size_t upstream;                          /* index */
    uint32_t first_byte_ms, between_bytes_ms; /* UINT32_MAX: no limit */
    char *name;                               /* "host path", for logs; owned */
};

enum gateway_log_format { GATEWAY_LOG_TEXT = 1, GATEWAY_LOG_JSON };

struct gateway_config {
    struct gateway_listener *listeners;
    size_t listeners_count;
    const char *admin_address;
    const char *insecure_agent_endpoint; /* "" : the platform's well-known sockets */
    uint32_t agent_timeout_ms;
    bool tls_key_process; /* random, made at start; else derived */
    const char *tls_label;
    uint32_t tls_epoch;
    struct gateway_certificate_config *certificates; /* owned */
    size_t certificates_count;
    struct gateway_acme_config acme;
    uint32_t evidence_lifetime_s;
    const char *collateral_url; /* "": none */
    bool publish_compose;
    bool nonce_quotes; /* answer nonces with quotes */
    struct gateway_upstream *upstreams;
    size_t upstreams_count;
    struct gateway_route *routes;
    size_t routes_count;
    const char *via; /* "": no Via field */
    struct {
        uint32_t max_connections, max_head_bytes, max_fields, max_discard_bytes;
        uint64_t max_body_bytes, max_requests_per_connection;
        uint64_t max_memory_bytes; /* 0: auto */
        struct gateway_bound per_client, per_name;
    } limits;
    struct {
        uint32_t handshake, head, idle, body, connect, first_byte, between_bytes, write_stuck,
            tunnel, drain;
    } timeouts_ms;
    enum gateway_log_format log_format;
    bool log_access, log_path, log_client_address;
    uint32_t threads; /* 0: auto */
    char *canonical;  /* the text of GET config; owned */
    size_t canonical_len;
    uint8_t sha256[32]; /* of the canonical text */

    struct certbind_shape_document document; /* owns the texts above */
};

/**
 * Parse, check and freeze a configuration.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MALFORMED (problems lists everything that is wrong),
 *          CERTBIND_E_MEMORY or CERTBIND_E_INTERNAL
 * In:      text  JSON with comments (borrowed)
 * Out:     config  to be given to gateway_config_cleanup, also after a refusal
 */
CERTBIND_MUST_CHECK certbind_status gateway_config_parse(struct certbind_bytes text,
                                                         struct gateway_config *config,
                                                         struct certbind_problems *problems);

/** Free a configuration. Accepts a zeroed one. */
void gateway_config_cleanup(struct gateway_config *config);

/**
 * Write a JSON tree in canonical form (RFC 8785). Numbers must be integers.
 *
 * Returns: the text, to be freed; NULL when memory ran out or a number is none
 */
char *gateway_config_canonical(const cJSON *tree, size_t *len);

/** Returns: whether the address is numeric, with a port: "127.0.0.1:8443", "[::1]:8443". */
bool gateway_address_is_numeric(const char *address);

/** Returns: whether this can be a server of an upstream: a numeric address or a name, each with a
 * port from 1 on ("app:80", "[::1]:80"), or "unix:/path" of at most 107 bytes. */
bool gateway_server_is_valid(const char *server);

/** Returns: whether clear text to this server stays inside: loopback, a unix socket, or a bare
 * service name of the container network. */
bool gateway_server_is_local(const char *server);

#endif
