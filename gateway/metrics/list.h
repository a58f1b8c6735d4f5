/*
 * list: the metrics of GET /metrics. docs/metrics.md is generated from this list.
 */
#ifndef GATEWAY_METRICS_LIST_H
#define GATEWAY_METRICS_LIST_H

#define GATEWAY_METRIC_PREFIX "devproof_gateway_"

/* X(symbol, "name", type, "labels", "what it counts"); a name without a prefix of its own gets
 * GATEWAY_METRIC_PREFIX. */
#define GATEWAY_METRIC_LIST(X)                                                                     \
    X(BUILD_INFO, "build_info", GAUGE, "version, revision", "Always 1")                            \
    X(READY, "ready", GAUGE, "", "1 when /readyz answers 200, else 0")                             \
    X(HTTP_REQUESTS, "http_requests_total", COUNTER, "route, code, protocol",                      \
      "Requests that ended; route none: not forwarded; code 0: no answer was sent; protocol tcp: " \
      "a stream of bytes")                                                                         \
    X(HTTP_DURATION, "http_request_duration_seconds", HISTOGRAM, "route, protocol",                \
      "From the first byte of a head to the last byte of the answer; streams and WebSockets are "  \
      "left out")                                                                                  \
    X(HTTP_BODY_IN, "http_request_body_bytes_total", COUNTER, "route",                             \
      "Bytes of request bodies, and from clients in streams")                                      \
    X(HTTP_BODY_OUT, "http_response_body_bytes_total", COUNTER, "route",                           \
      "Bytes of answer bodies, and to clients in streams")                                         \
    X(HTTP_ERRORS, "http_errors_total", COUNTER, "reason",                                         \
      "Requests and streams that did not end well, by reason code (docs/reason-codes.md); other: " \
      "the far side's proof was refused")                                                          \
    X(CONNECTIONS, "connections", GAUGE, "state", "Open client connections")                       \
    X(CONNECTIONS_MAX, "connections_max", GAUGE, "", "limits.max_connections")                     \
    X(CONNECTIONS_ACCEPTED, "connections_accepted_total", COUNTER, "", "Client connections")       \
    X(CONNECTIONS_REFUSED, "connections_refused_total", COUNTER, "",                               \
      "Connections that were closed because a client, a name or the memory was at its limit")      \
    X(ACCEPT_PAUSES, "accept_pauses_total", COUNTER, "",                                           \
      "Times that a worker stopped accepting because it was full")                                 \
    X(ACCEPT_ERRORS, "accept_errors_total", COUNTER, "", "Connections that could not be accepted") \
    X(MEMORY_LIMIT, "memory_limit_bytes", GAUGE, "",                                               \
      "limits.max_memory_bytes; absent without one")                                               \
    X(MEMORY_LEVEL, "memory_level", GAUGE, "",                                                     \
      "0: enough; 1: requests get 503; 2: connections are closed too")                             \
    X(HANDSHAKES, "tls_handshakes_total", COUNTER, "result",                                       \
      "TLS handshakes of clients: full, resumed, failed")                                          \
    X(HANDSHAKE_DURATION, "tls_handshake_duration_seconds", HISTOGRAM, "",                         \
      "From accepting to the end of the handshake; counted when the connection ends")              \
    X(TIMEOUTS, "timeouts_total", COUNTER, "", "Waits that ran out, on either side")               \
    X(RECEIVED, "received_bytes_total", COUNTER, "", "Bytes from clients, on the wire")            \
    X(SENT, "sent_bytes_total", COUNTER, "", "Bytes to clients, on the wire")                      \
    X(QUEUE_PEAK, "write_queue_peak_bytes", GAUGE, "",                                             \
      "The longest that any one write queue ever was")                                             \
    X(UPSTREAM_SERVERS, "upstream_servers", GAUGE, "upstream", "Addresses known")                  \
    X(UPSTREAM_UP, "upstream_servers_up", GAUGE, "upstream",                                       \
      "Those that no active check calls down")                                                     \
    X(UPSTREAM_FAILURES, "upstream_failures_total", COUNTER, "upstream",                           \
      "Forwarded requests that got no answer")                                                     \
    X(UPSTREAM_EJECTIONS, "upstream_ejections_total", COUNTER, "upstream",                         \
      "Servers that a worker left out for a while because they failed too often")                  \
    X(UPSTREAM_FIRST_BYTE, "upstream_first_byte_seconds", HISTOGRAM, "upstream",                   \
      "From the first byte of a request's head to the first byte of the upstream's answer")        \
    X(UPSTREAM_CONNECTIONS, "upstream_connections", GAUGE, "",                                     \
      "Open connections to upstreams, pooled ones too")                                            \
    X(UPSTREAM_CONNECTS, "upstream_connects_total", COUNTER, "",                                   \
      "Requests that got a new connection")                                                        \
    X(UPSTREAM_REUSES, "upstream_reuses_total", COUNTER, "", "Requests that got a pooled one")     \
    X(UPSTREAM_RETRIES, "upstream_retries_total", COUNTER, "", "Requests that were sent again")    \
    X(UPSTREAM_WAITING, "upstream_waiting", GAUGE, "", "Requests that wait for a connection")      \
    X(UPSTREAM_PROOFS, "upstream_proofs_total", COUNTER, "result",                                 \
      "Proofs of attested upstreams: accepted, refused")                                           \
    X(AGENT_CALLS, "agent_calls_total", COUNTER, "result", "Calls of the guest agent")             \
    X(QUOTE_DURATION, "quote_duration_seconds", HISTOGRAM, "",                                     \
      "From asking the guest agent for a quote to its answer")                                     \
    X(NONCES_WAITING, "nonces_waiting", GAUGE, "", "Nonces that wait for a quote")                 \
    X(NONCES_MAX, "nonces_waiting_max", GAUGE, "", "How many may wait: more get 429")              \
    X(NONCES_QUOTED, "nonces_quoted_total", COUNTER, "", "Nonces that a quote was made for")       \
    X(NONCES_FAILED, "nonces_failed_total", COUNTER, "",                                           \
      "Nonces that no quote could be made for: they got 503")                                      \
    X(EVIDENCE_ROUNDS, "evidence_rounds_total", COUNTER, "result",                                 \
      "Makings of evidence: ok, failed")                                                           \
    X(EVIDENCE_AGE, "evidence_age_seconds", GAUGE, "", "Age of the statement that is served")      \
    X(EVIDENCE_EXPIRY, "evidence_expiry_timestamp_seconds", GAUGE, "",                             \
      "When it expires; from then on none is served")                                              \
    X(CERTIFICATE_EXPIRY, "certificate_expiry_timestamp_seconds", GAUGE, "name",                   \
      "When a certificate expires; name empty: the RA-TLS certificate, else that of a public "     \
      "authority (tls.certificates)")                                                              \
    X(CERTIFICATE_FILE_ERRORS, "certificate_file_errors_total", COUNTER, "",                       \
      "Times that a chain file of tls.certificates was read and could not be used")                \
    X(CLIENT_CRL_ERRORS, "client_crl_file_errors_total", COUNTER, "",                              \
      "Times that a file of client_crl_file was read and could not be used")                       \
    X(CLIENT_CRL_REFUSED, "client_crl_memory_refusals_total", COUNTER, "",                         \
      "Clients refused because memory for revocation lists ran out")                               \
    X(CLIENT_CRL_EXPIRY, "client_crl_expiry_timestamp_seconds", GAUGE, "",                         \
      "When the first revocation list expires, and refuses clients; absent without any")           \
    X(ACME_TRIES, "acme_tries_total", COUNTER, "result",                                           \
      "Tries to get a certificate of an authority: ok, or the code of acme-failed; agent: the "    \
      "account key could not be had; no samples without acme")                                     \
    X(ACME_ISSUED, "acme_last_issued_timestamp_seconds", GAUGE, "",                                \
      "When the last one was issued; absent before the first since the start")                     \
    X(ACME_NEXT, "acme_next_try_timestamp_seconds", GAUGE, "",                                     \
      "When the next one is asked for, as a renewal or again; absent while that is being done")    \
    X(COLLATERAL_FETCHES, "collateral_fetches_total", COUNTER, "result",                           \
      "Fetches of collateral: ok, failed")                                                         \
    X(COLLATERAL_EXPIRY, "collateral_expiry_timestamp_seconds", GAUGE, "",                         \
      "When the collateral that is served expires; absent without any")                            \
    X(SELF_CHECK, "self_check_ok", GAUGE, "",                                                      \
      "1 when the own quote is accepted with that collateral, else 0")                             \
    X(TCB_STATUS, "tcb_status", GAUGE, "status",                                                   \
      "1 for the TCB status of the own platform, 0 for the others; absent without collateral")     \
    X(SIMULATED, "simulated", GAUGE, "", "1 when the own quote is not rooted in Intel's")          \
    X(LOG_LINES_LOST, "log_lines_lost_total", COUNTER, "log",                                      \
      "Lines that could not be written: access (stdout), diagnostics (stderr)")                    \
    X(TAKEOVERS, "takeover_events_total", COUNTER, "state", "Log events takeover, by their state") \
    X(WORKERS_STUCK, "workers_stuck", GAUGE, "",                                                   \
      "Workers that did not answer the watchdog in time; 0 without --watchdog-usec")               \
    X(SANDBOX, "sandbox_on", GAUGE, "layer",                                                       \
      "1 when this layer of the sandbox holds, 0 when it is off or was refused")                   \
    X(PROCESS_CPU, "process_cpu_seconds_total", COUNTER, "", "CPU time of the process")            \
    X(PROCESS_RESIDENT, "process_resident_memory_bytes", GAUGE, "", "Resident memory")             \
    X(PROCESS_VIRTUAL, "process_virtual_memory_bytes", GAUGE, "", "Virtual memory")                \
    X(PROCESS_FDS, "process_open_fds", GAUGE, "", "Open files")                                    \
    X(PROCESS_MAX_FDS, "process_max_fds", GAUGE, "", "How many may be open")                       \
    X(PROCESS_START, "process_start_time_seconds", GAUGE, "", "When the process started")

enum gateway_metric {
#define X(symbol, name, type, labels, help) GATEWAY_METRIC_##symbol,
    GATEWAY_METRIC_LIST(X)
#undef X
        GATEWAY_METRIC_COUNT
};

enum gateway_metric_type {
    GATEWAY_METRIC_COUNTER = 1,
    GATEWAY_METRIC_GAUGE,
    GATEWAY_METRIC_HISTOGRAM
};

struct gateway_metric_info {
    const char *prefix; /* of the name */
    const char *name;
    enum gateway_metric_type type;
    const char *labels; /* their names, ", " between */
    const char *help;
};

/** Returns: what the list says. Static. */
const struct gateway_metric_info *gateway_metric_info(enum gateway_metric metric);

/** Returns: "counter", "gauge", "histogram". Static. */
const char *gateway_metric_type_name(enum gateway_metric_type type);

#endif
