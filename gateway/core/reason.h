/*
 * reason: why the engine refused a message or ended a connection.
 *
 * The codes stand in logs as `reason` and in error answers as `code`. docs/reason-codes.md is made
 * from this list; a test fails when the engine's sources use a code that is not in it.
 */
#ifndef GW_CORE_REASON_H
#define GW_CORE_REASON_H

/* X("stable-name", "what it means to the person reading the log") */
#define GW_REASON_LIST(X)                                                                          \
    X("request-line", "the request line is not METHOD SP target SP version")                       \
    X("method", "the method is no token")                                                          \
    X("method-not-allowed", "the method is never forwarded")                                       \
    X("method-not-implemented", "the method is not one that is passed on")                         \
    X("target", "the request target has no accepted form")                                         \
    X("target-size", "the request target is too long")                                             \
    X("path", "the path cannot be decoded")                                                        \
    X("ambiguous-path", "readers disagree on what the path means")                                 \
    X("connect-body", "a CONNECT request with a body")                                             \
    X("connect-protocol", "an extended CONNECT for something else than a WebSocket")               \
    X("http-version", "the version is neither HTTP/1.0 nor HTTP/1.1")                              \
    X("bare-lf", "a line ends in LF without CR")                                                   \
    X("line-end", "a field line does not end in CRLF")                                             \
    X("empty-lines", "more than one empty line before a request")                                  \
    X("head-size", "the head is too long")                                                         \
    X("field-count", "the head has too many fields, or Connection names too many")                 \
    X("field-folded", "a field line begins with a blank")                                          \
    X("field-without-colon", "a field line has no colon")                                          \
    X("field-name", "a field name is no token")                                                    \
    X("field-name-underscore", "a field name has an underscore")                                   \
    X("field-value", "a field value has a control character")                                      \
    X("host", "Host is no host[:port]")                                                            \
    X("host-missing", "a request without Host")                                                    \
    X("host-repeated", "a request with two Host fields")                                           \
    X("host-differs", "Host differs from the authority of the target")                             \
    X("framing-conflict", "Transfer-Encoding and Content-Length together")                         \
    X("transfer-encoding", "a transfer coding that is not exactly chunked")                        \
    X("transfer-encoding-http10", "Transfer-Encoding in HTTP/1.0")                                 \
    X("transfer-coding-unknown", "a transfer coding before chunked")                               \
    X("content-length", "Content-Length is no number")                                             \
    X("content-length-repeated", "several Content-Length fields")                                  \
    X("expectation", "an expectation other than 100-continue")                                     \
    X("parser-disagrees", "two parsers read the message differently")                              \
    X("chunk-line", "a chunk size line has the wrong form")                                        \
    X("chunk-end", "the data of a chunk are not followed by CRLF")                                 \
    X("trailer-size", "the trailers are too long")                                                 \
    X("body-truncated", "the body ended early")                                                    \
    X("body-size", "the body is too long")                                                         \
    X("status-line", "the status line of the upstream has the wrong form")                         \
    X("head-timeout", "the request head did not arrive in time")                                   \
    X("idle-timeout", "no request came in time")                                                   \
    X("body-timeout", "the request body stopped arriving")                                         \
    X("write-timeout", "the peer stopped reading")                                                 \
    X("handshake-timeout", "the TLS handshake did not end in time")                                \
    X("handshake-eof", "the peer closed during the TLS handshake")                                 \
    X("proxy-protocol", "a relay did not begin with a PROXY protocol header")                      \
    X("client-hello", "a connection that does not begin with a TLS ClientHello of the right form") \
    X("client-hello-size", "the TLS ClientHello is too long")                                      \
    X("server-name", "the server name of the TLS ClientHello is no host name")                     \
    X("acme-challenge", "an authority has seen the certificate of a challenge")                    \
    X("tls-handshake", "the TLS handshake failed")                                                 \
    X("client-revoked", "a revocation list names the client's certificate, or one above it")       \
    X("client-crl", "no revocation list that is valid now for a certificate of the client")        \
    X("tls-error", "a TLS record could not be read or written")                                    \
    X("transport-client-certificate",                                                              \
      "the server wants another certificate of the client, or one at all")                         \
    X("transport-alpn", "the peer and we share no protocol")                                       \
    X("read-error", "reading from the peer failed")                                                \
    X("write-error", "writing to the peer failed")                                                 \
    X("accept-error", "a connection could not be accepted")                                        \
    X("client-eof", "the client closed in order")                                                  \
    X("client-cut", "the client closed in the middle of a message")                                \
    X("client-tls-in-tunnel", "TLS inside a stream for plain bytes")                               \
    X("decision-timeout", "nobody decided about the request in time")                              \
    X("drain-timeout", "the server stopped before the request ended")                              \
    X("tunnel-idle", "a tunnel carried nothing for too long")                                      \
    X("pseudo-field", "a pseudo-field is missing, repeated, unknown or in the wrong place")        \
    X("scheme", "the scheme is not that of the connection")                                        \
    X("connection-field", "a field that HTTP/2 does not have")                                     \
    X("client-reset", "the client cancelled the request")                                          \
    X("http2-stream", "the client broke the rules of a stream")                                    \
    X("http2-protocol", "the client broke the rules of HTTP/2")                                    \
    X("http2-flood", "the client sent too much that carries no request")                           \
    X("http2-header-block", "a header block is many times too long")                               \
    X("http-unsolicited", "bytes came that nobody asked for")                                      \
    X("websocket-version", "a WebSocket of another version than 13")                               \
    X("websocket-key", "a WebSocket key that is not 16 bytes in base64")                           \
    X("websocket-answer", "the upstream's 101 is not the answer to that key")                      \
    X("proxy-loop", "the request has come through this gateway too often")                         \
    X("interim-count", "too many interim answers")                                                 \
    X("unexpected-101", "the upstream switched protocols unasked")                                 \
    X("proof-refused", "the far side did not prove itself")                                        \
    X("proof-expired", "what the far side proved ran out during the exchange")                     \
    X("upstream-resolve", "the upstream's name does not resolve")                                  \
    X("upstream-resolve-timeout", "the upstream's name did not resolve in time")                   \
    X("upstream-down", "active checks call every server of the upstream down")                     \
    X("upstream-check-status", "a check was answered with a status out of range")                  \
    X("upstream-check-timeout", "a check took too long")                                           \
    X("upstream-certificate", "the upstream's certificate is not one that is trusted here")        \
    X("upstream-refused", "the upstream refused the connection")                                   \
    X("upstream-unreachable", "the upstream cannot be reached")                                    \
    X("upstream-connect-timeout", "connecting to the upstream took too long")                      \
    X("upstream-handshake-timeout", "the TLS handshake with the upstream took too long")           \
    X("upstream-proof-timeout", "the far side did not prove itself in time")                       \
    X("upstream-tls", "the TLS handshake with the upstream failed")                                \
    X("upstream-queue-full", "too many requests wait for the upstream")                            \
    X("upstream-queue-timeout", "no connection to the upstream became free in time")               \
    X("upstream-first-byte-timeout", "the upstream did not answer in time")                        \
    X("upstream-timeout", "the upstream stopped in the middle of its answer")                      \
    X("upstream-write-timeout", "the upstream stopped reading")                                    \
    X("upstream-closed", "the upstream closed without an answer")                                  \
    X("upstream-reset", "the upstream reset the connection")                                       \
    X("upstream-truncated", "the upstream's answer ended early")                                   \
    X("upstream-cut", "the answer was cut short because the upstream's was")                       \
    X("upstream-malformed", "the upstream's answer cannot be read")                                \
    X("upstream-head-size", "the head of the upstream's answer is too long")

#endif
