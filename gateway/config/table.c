#include "gateway/config/config.h"

/* Shorthands: one line says path, default, bounds and meaning. */
#define OBJECT(path, meaning)                                                                      \
    {                                                                                              \
        path, CERTBIND_SHAPE_OBJECT, "{}", false, 0, 0, NULL, meaning                              \
    }
#define TEXT(path, fallback, min, max, meaning)                                                    \
    {                                                                                              \
        path, CERTBIND_SHAPE_STRING, fallback, false, min, max, NULL, meaning                      \
    }
#define NUMBER(path, fallback, min, max, meaning)                                                  \
    {                                                                                              \
        path, CERTBIND_SHAPE_INTEGER, fallback, false, min, max, NULL, meaning                     \
    }
#define AUTO(path, min, max, meaning)                                                              \
    {                                                                                              \
        path, CERTBIND_SHAPE_AUTO_INTEGER, "\"auto\"", false, min, max, NULL, meaning              \
    }
/* Absent: off. */
#define PART(path, meaning)                                                                        \
    {                                                                                              \
        path, CERTBIND_SHAPE_OBJECT, NULL, false, 0, 0, NULL, meaning                              \
    }
#define HASH(path, fallback, min, meaning)                                                         \
    {                                                                                              \
        path, CERTBIND_SHAPE_HEX, fallback, false, min, 32, NULL, meaning                          \
    }
#define CHOICE(path, fallback, choices, meaning)                                                   \
    {                                                                                              \
        path, CERTBIND_SHAPE_ENUM, fallback, false, 0, 0, choices, meaning                         \
    }
#define SWITCH(path, fallback, meaning)                                                            \
    {                                                                                              \
        path, CERTBIND_SHAPE_BOOLEAN, fallback, false, 0, 0, NULL, meaning                         \
    }
#define LIST(path, fallback, min, max, meaning)                                                    \
    {                                                                                              \
        path, CERTBIND_SHAPE_ARRAY, fallback, false, min, max, NULL, meaning                       \
    }

enum { MAX_MS = 86400000 };

const struct certbind_shape gateway_config_table[] = {
    OBJECT("", "The configuration of devproof-gateway."),
    LIST("listeners", "[{}]", 1, 16, "Where clients connect."),
    OBJECT("listeners[]", "One listener."),
    TEXT("listeners[].address", "\"0.0.0.0:8443\"", 3, 64,
         "Numeric address and port; port 0 lets the kernel choose."),
    CHOICE("listeners[].mode", "\"http\"", "http|tcp",
           "What is spoken inside TLS: http forwards HTTP requests; tcp forwards bytes, to the "
           "upstream of the server name."),
    OBJECT("listeners[].proxy_protocol", "Relays in front that tell the address of their client."),
    LIST("listeners[].proxy_protocol.from", "[]", 0, 64,
         "Their addresses: what connects from there must begin with a PROXY protocol header, "
         "version 1 or 2; nobody else may."),
    TEXT("listeners[].proxy_protocol.from[]", NULL, 2, 64, "ADDRESS or ADDRESS/BITS."),
    LIST("listeners[].trusted_proxies", "[]", 0, 64,
         "Clients that are proxies to be believed: their X-Request-Id is kept, and "
         "X-Forwarded-For is continued."),
    TEXT("listeners[].trusted_proxies[]", NULL, 2, 64, "ADDRESS or ADDRESS/BITS."),
    SWITCH("listeners[].direct", "false",
           "No relay stands in front: a peer's address is its client's. Needed for "
           "limits.per_client, unless relays tell addresses."),
    LIST("listeners[].names", "[\"*\"]", 1, 64,
         "Server names that are served here; * serves any name, and clients that send none."),
    TEXT("listeners[].names[]", NULL, 1, 253, "A lowercase A-label name, or *."),
    LIST("listeners[].protocols", "[\"h2\",\"http/1.1\"]", 1, 2,
         "What is offered by ALPN; http/1.1 must be there, since verifying clients speak it."),
    CHOICE("listeners[].protocols[]", NULL, "h2|http/1.1", "A protocol of HTTP."),
    CHOICE("listeners[].client_auth", "\"none\"", "none|optional|required",
           "Whether clients are asked for a certificate, and must show one; a bad one is never let "
           "in. The app hears of it in Client-Cert and Client-Cert-Chain (RFC 9440)."),
    TEXT("listeners[].client_ca_file", "\"\"", 0, 4096,
         "PEM file of the authorities whose certificates clients may show."),
    HASH("listeners[].client_ca_sha256", "\"\"", 0, "SHA-256 of that file; needed with it."),
    TEXT("listeners[].client_crl_file", "\"\"", 0, 4096,
         "PEM file of revocation lists: each certificate of a client needs a list of its issuer "
         "that "
         "is valid now; empty: none is asked. Read again on SIGHUP and when it changes."),
    OBJECT("admin", "The listener for health checks and metrics; of the traffic it shows counts."),
    TEXT("admin.address", "\"127.0.0.1:8480\"", 3, 64,
         "Numeric address and port of /livez, /readyz, /metrics."),
    TEXT("insecure_agent_endpoint", "\"\"", 0, 200,
         "Guest agent elsewhere than at the platform's sockets: a socket path or http:// URL. "
         "Clients see it, since it is part of the published configuration."),
    OBJECT("agent", "The guest agent."),
    NUMBER("agent.timeout_ms", "30000", 100, 600000, "Longest wait for one answer of the agent."),
    OBJECT("tls", "The TLS key."),
    CHOICE("tls.key", "\"getkey\"", "getkey|process",
           "Where the key comes from: getkey derives it from the app's key, the same on every "
           "replica; process makes a random one at each start, so that the certificate alone names "
           "the code."),
    TEXT("tls.label", "\"default\"", 1, 64, "Part of the derivation path: [a-z0-9.-]."),
    NUMBER("tls.epoch", "1", 1, 64, "Raised to replace a leaked key."),
    LIST("tls.certificates", "[]", 0, 64,
         "Chains of public authorities for the derived key, shown in place of the RA-TLS "
         "certificate. Files are read again on SIGHUP and when they change."),
    OBJECT("tls.certificates[]", "One chain."),
    {"tls.certificates[].name", CERTBIND_SHAPE_STRING, NULL, true, 1, 253, NULL,
     "The server name it is shown for; *.NAME stands for one label below NAME."},
    {"tls.certificates[].chain_file", CERTBIND_SHAPE_STRING, NULL, true, 1, 4096, NULL,
     "PEM file, the leaf first. It holds nothing secret."},
    PART("acme", "Certificates of an authority that speaks ACME (RFC 8555); absent: none."),
    TEXT("acme.directory", "\"https://acme-v02.api.letsencrypt.org/directory\"", 9, 1000,
         "URL of the authority's directory."),
    SWITCH("acme.terms_agreed", "false",
           "Must be true: you agree to the authority's terms of service."),
    TEXT("acme.contact", "\"\"", 0, 200, "mailto: address for the authority; empty: none."),
    {"acme.names", CERTBIND_SHAPE_ARRAY, NULL, true, 1, 16, NULL,
     "Names to have certificates for, each with an entry in tls.certificates: its chain_file is "
     "written."},
    TEXT("acme.names[]", NULL, 1, 253, "A lowercase A-label name."),
    CHOICE("acme.challenge", "\"tls-alpn-01\"", "http-01|tls-alpn-01",
           "How the authority sees that the name is ours."),
    TEXT("acme.ca_file", "\"\"", 0, 4096,
         "PEM file of the authorities trusted for the directory's own TLS; empty: the system's."),
    TEXT("acme.http_listener", "\"\"", 0, 64,
         "Numeric address and port in clear, for http-01: answers challenges and sends everything "
         "else to https; empty: none."),
    NUMBER("acme.retry_s", "60", 1, 86400,
           "First pause after a failure; doubled with each one, up to a day."),
    OBJECT("evidence", "What is published about this process."),
    NUMBER("evidence.lifetime_s", "3600", 60, 86400,
           "How long a statement is valid; it is renewed at half of it."),
    TEXT("evidence.collateral_url", "\"https://api.trustedservices.intel.com\"", 0, 200,
         "PCS or PCCS that the collateral served to clients is fetched from; empty: none."),
    SWITCH(
        "evidence.publish_compose", "true",
        "Serve the app-compose text with the binding. Off: the text of Info is not used at all."),
    SWITCH("evidence.nonce_quotes", "true",
           "Answer nonces with quotes: session?assurance=quote and binding?nonce=; else 400."),
    {"upstreams", CERTBIND_SHAPE_MAP, NULL, true, 0, 0, NULL, "The app's containers, by name."},
    {"upstreams.*", CERTBIND_SHAPE_OBJECT, NULL, false, 0, 0, NULL, "One upstream."},
    {"upstreams.*.servers", CERTBIND_SHAPE_ARRAY, NULL, true, 1, 16, NULL,
     "Its servers; every address of a name counts as one."},
    TEXT("upstreams.*.servers[]", NULL, 3, 200, "host:port, [IPv6]:port or unix:/path."),
    TEXT("upstreams.*.host", "\"\"", 0, 253,
         "Host that it is sent; empty: the client's. X-Forwarded-Host has the client's always."),
    CHOICE("upstreams.*.balance", "\"round-robin\"", "round-robin|least-connections",
           "Which server gets the next request, on each worker."),
    CHOICE("upstreams.*.proxy_protocol", "\"none\"", "none|v1|v2",
           "Begin each connection with the client's address; then none is shared or kept."),
    NUMBER("upstreams.*.max_connections", "4096", 1, 65536, "Connections per server and worker."),
    NUMBER("upstreams.*.max_idle", "256", 1, 65536, "Idle ones kept per server and worker."),
    NUMBER("upstreams.*.max_waiting", "1024", 1, 1000000,
           "Requests that wait for a connection, per worker: else 503."),
    NUMBER("upstreams.*.queue_ms", "5000", 10, MAX_MS, "How long they wait: else 503."),
    AUTO("upstreams.*.connect_ms", 10, MAX_MS, "auto: timeouts.connect_ms."),
    AUTO("upstreams.*.first_byte_ms", 0, MAX_MS, "auto: timeouts.first_byte_ms; 0: no limit."),
    AUTO("upstreams.*.between_bytes_ms", 0, MAX_MS,
         "auto: timeouts.between_bytes_ms; 0: no limit."),
    NUMBER("upstreams.*.eject_failures", "3", 0, 1000,
           "Failures in a row after which a server gets nothing, if there is another; 0: never."),
    NUMBER("upstreams.*.eject_ms", "10000", 10, MAX_MS, "For how long."),
    PART("upstreams.*.check", "Active checks, over a connection of their own; absent: none."),
    TEXT("upstreams.*.check.path", "\"\"", 0, 1024,
         "GET of it must give a status in range; empty: to be connected is enough."),
    TEXT("upstreams.*.check.host", "\"localhost\"", 1, 253, "Host of that request."),
    NUMBER("upstreams.*.check.status_min", "200", 200, 599, "Lowest good status."),
    NUMBER("upstreams.*.check.status_max", "399", 200, 599, "Highest good status."),
    NUMBER("upstreams.*.check.interval_ms", "5000", 100, MAX_MS, "From one check to the next."),
    NUMBER("upstreams.*.check.timeout_ms", "2000", 10, MAX_MS, "A whole check."),
    NUMBER("upstreams.*.check.rise", "2", 1, 100, "Good checks in a row to be up again."),
    NUMBER("upstreams.*.check.fall", "3", 1, 100, "Bad checks in a row to be down."),
    PART("upstreams.*.tls", "TLS 1.2 or 1.3 to its servers; absent: clear text."),
    TEXT("upstreams.*.tls.name", "\"\"", 0, 253,
         "DNS name or IP address that the certificate must have as a SAN; sent as SNI."),
    TEXT("upstreams.*.tls.ca_file", "\"\"", 0, 4096, "PEM file of the trusted authorities."),
    HASH("upstreams.*.tls.ca_sha256", "\"\"", 0,
         "SHA-256 of that file, so that clients see what is trusted; needed with it."),
    LIST("upstreams.*.tls.pin_spki_sha256", "[]", 0, 16,
         "Accepted keys; alone or together with ca_file."),
    HASH("upstreams.*.tls.pin_spki_sha256[]", NULL, 32,
         "SHA-256 of the certificate's SubjectPublicKeyInfo."),
    PART("upstreams.*.attested", "Its servers are attested apps; needs tls.name and nothing else "
                                 "of tls. Not a byte is forwarded before the policy holds."),
    {"upstreams.*.attested.policy", CERTBIND_SHAPE_DOCUMENT, NULL, true, 0, 0, NULL,
     "A client's policy (docs/client.md), inline, so that clients see what is demanded."},
    HASH("upstreams.*.attested.root_sha256", "\"\"", 0,
         "SHA-256 of the policy's root_file; needed with it."),
    CHOICE("upstreams.*.protocol", "\"http/1.1\"", "http/1.1|h2",
           "h2: HTTP/2, by prior knowledge or ALPN: requests share connections; gRPC needs it."),
    SWITCH("upstreams.*.insecure_plain", "false",
           "Allow clear text to a server that is neither loopback, a unix socket nor a bare "
           "service name."),
    LIST("routes", "[]", 0, 256,
         "Which requests go where; the longest path wins. Empty: all to the only upstream."),
    OBJECT("routes[]", "One route."),
    CHOICE("routes[].mode", "\"http\"", "http|tcp|passthrough",
           "The listeners that it is for; passthrough, on all: TLS of this name does not end here. "
           "Outside http, host is the server name of the handshake."),
    TEXT("routes[].host", "\"*\"", 1, 253, "Host of the request without port, or *."),
    TEXT("routes[].path", "\"/\"", 1, 1024, "Path prefix, matched at whole segments."),
    {"routes[].upstream", CERTBIND_SHAPE_STRING, NULL, true, 1, 64, NULL, "Name of an upstream."},
    AUTO("routes[].first_byte_ms", 0, MAX_MS, "auto: the upstream's; 0: no limit."),
    AUTO("routes[].between_bytes_ms", 0, MAX_MS, "auto: the upstream's; 0: no limit."),
    TEXT("via", "\"devproof-gateway\"", 0, 64, "Pseudonym in Via fields; empty: no Via."),
    OBJECT("limits", "Bounds of what a peer can ask for."),
    NUMBER("limits.max_connections", "8192", 1, 1000000, "Open client connections."),
    NUMBER("limits.max_head_bytes", "16384", 1024, 65536, "Bytes of a request head: else 431."),
    NUMBER("limits.max_fields", "100", 10, 1000, "Fields of a request head: else 431."),
    NUMBER("limits.max_body_bytes", "0", 0, 9007199254740991,
           "Bytes of a request body: else 413; 0: no limit."),
    NUMBER("limits.max_requests_per_connection", "0", 0, 9007199254740991, "0: no limit."),
    NUMBER("limits.max_discard_bytes", "65536", 0, 16777216,
           "Bytes of an unwanted body that are read and dropped to keep a connection."),
    AUTO("limits.max_memory_bytes", 16777216, 9007199254740991,
         "Resident memory: from 90 % of it requests get 503, from 97 % connections are closed; "
         "auto: "
         "four fifths of what the control group allows, without one no limit."),
    OBJECT("limits.per_client", "Of one client, /32 of IPv4 or /64 of IPv6, on each worker, where "
                                "clients' addresses are known."),
    NUMBER("limits.per_client.connections", "0", 0, 1000000,
           "Open connections: more are closed; 0: no limit."),
    NUMBER("limits.per_client.requests_per_s", "0", 0, 1000000, "Requests: else 429; 0: no limit."),
    NUMBER("limits.per_client.burst", "100", 1, 1000000, "How many of them at once."),
    OBJECT(
        "limits.per_name",
        "Of one server name, on each worker; names that no listener lists and no route passes on, "
        "and none, count as one."),
    NUMBER("limits.per_name.connections", "0", 0, 1000000,
           "Open connections: more are closed; 0: no limit."),
    NUMBER("limits.per_name.requests_per_s", "0", 0, 1000000, "Requests: else 429; 0: no limit."),
    NUMBER("limits.per_name.burst", "1000", 1, 1000000, "How many of them at once."),
    OBJECT("timeouts", "Every wait has an end; milliseconds."),
    NUMBER("timeouts.handshake_ms", "10000", 10, MAX_MS, "TLS handshake."),
    NUMBER("timeouts.head_ms", "10000", 10, MAX_MS, "Whole request head, from its first byte."),
    NUMBER("timeouts.idle_ms", "75000", 10, MAX_MS, "Keep-alive between requests."),
    NUMBER("timeouts.body_ms", "30000", 10, MAX_MS, "Between reads of a request body."),
    NUMBER("timeouts.connect_ms", "5000", 10, MAX_MS, "Connecting to an upstream: else 504."),
    NUMBER("timeouts.first_byte_ms", "60000", 10, MAX_MS, "First byte of an answer: else 504."),
    NUMBER("timeouts.between_bytes_ms", "60000", 10, MAX_MS, "Between bytes of an answer."),
    NUMBER("timeouts.write_ms", "60000", 10, MAX_MS, "No progress in writing to a peer."),
    NUMBER("timeouts.tunnel_ms", "600000", 10, MAX_MS,
           "Without a byte either way in a stream of bytes."),
    NUMBER("timeouts.drain_ms", "30000", 0, MAX_MS, "Ending requests after SIGTERM."),
    OBJECT("log", "Diagnostics go to stderr, the access log to stdout."),
    CHOICE("log.format", "\"text\"", "text|json", "Form of the diagnostics."),
    SWITCH("log.access", "true", "Write the access log: JSON, one line a request."),
    SWITCH("log.path", "false", "Add path, query and user agent to the access log."),
    SWITCH("log.client_address", "false", "Add the client's address to the logs."),
    {"threads", CERTBIND_SHAPE_AUTO_INTEGER, "\"auto\"", false, 1, 256, NULL,
     "Worker loops; auto: as many as CPUs may be used."},
    {NULL, CERTBIND_SHAPE_OBJECT, NULL, false, 0, 0, NULL, NULL},
};
