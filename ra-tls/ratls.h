/*
 * libratls: an attested TLS client.
 *
 * It connects to a server, demands the proof which code holds the server's keys, and releases the
 * connection to the application only when every link that the policy demands has held. Nothing of
 * the application's is sent before. docs/client.md has worked examples.
 *
 * Two ways to use it:
 *   ratls_connect()   blocking; gives a connection to read from and write to
 *   ratls_session     sans-I/O; for programs with an event loop of their own: it takes the SSL
 *                     object after the handshake and received bytes, gives bytes to send and, in
 *                     the end, a verdict
 *
 * Every function that can refuse returns a certbind_status; names and meanings: reason-codes.md.
 */
#ifndef RATLS_H
#define RATLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "certbind/bytes.h"
#include "certbind/policy.h"
#include "certbind/report.h"
#include "certbind/status.h"
#include "ra-tls/sources.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A policy with its root and the verdicts reached so far. May be shared by threads. */
struct ratls_ctx;

struct ratls_options {
    const struct certbind_policy *policy; /* borrowed while the context lives; NULL: nothing is
                                             pinned, every verdict is identity-not-pinned */
    struct certbind_bytes root_der;       /* trusted root; empty: Intel's */
    bool keep_going; /* evaluate what can be evaluated after a failure, for the report */
};

/**
 * Make a context.
 *
 * Returns: CERTBIND_OK, or CERTBIND_E_MEMORY
 * In:      options  root_der is copied
 * Out:     out      to be given to ratls_ctx_free
 */
CERTBIND_MUST_CHECK certbind_status ratls_ctx_new(const struct ratls_options *options,
                                                  struct ratls_ctx **out,
                                                  struct certbind_error *err);

/**
 * Show a certificate to servers that ask their clients for one, on every connection of an SSL_CTX
 * that is made from now on. The handshake shows it, so the server has not proven anything then.
 * Before the context is shared by threads.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_USAGE when a file cannot be read, CERTBIND_E_MALFORMED when it
 *          does not hold what it must, CERTBIND_E_MEMORY
 * In:      chain_file  PEM: the client's certificate, then those between it and its authority
 *          key_file    PEM, not encrypted; NULL: it stands in chain_file
 */
CERTBIND_MUST_CHECK certbind_status ratls_ctx_use_certificate(struct ratls_ctx *ctx,
                                                              const char *chain_file,
                                                              const char *key_file,
                                                              struct certbind_error *err);

/** Free a context; no session of it may be left. NULL does nothing. */
void ratls_ctx_free(struct ratls_ctx *ctx);

/**
 * Make the SSL_CTX for connections of a context: TLS 1.3 alone, ALPN http/1.1, no tickets, no early
 * data, the certificate of ratls_ctx_use_certificate. The server's certificate is judged by the
 * session, not by the handshake.
 *
 * Returns: the context, to be given to SSL_CTX_free; NULL when OpenSSL fails
 * In:      libctx  NULL: the default one
 */
SSL_CTX *ratls_ssl_ctx_new(const struct ratls_ctx *ctx, OSSL_LIB_CTX *libctx);

/**
 * The certificate callback of ratls_ssl_ctx_new, for programs that bring their own SSL_CTX
 * (SSL_CTX_set_cert_verify_callback). With a policy that demands a public chain it builds and
 * checks the chain and leaves the result in SSL_get_verify_result().
 *
 * Returns: exactly 1 when the peer sent a certificate that can be judged, else exactly 0
 */
int ratls_verify_callback(X509_STORE_CTX *store, void *ctx);

/** Set SNI for server_name before the handshake; none for IP addresses. Returns: whether it did. */
bool ratls_ssl_set_name(SSL *ssl, const char *server_name);

/* What a session wants next. Zero means refused. */
enum ratls_want {
    RATLS_REFUSED = 0,     /* close the connection; report and code say why */
    RATLS_WANT_BYTES,      /* send what there is to send, then step with the peer's next bytes */
    RATLS_WANT_COLLATERAL, /* fetch collateral for ratls_session_quote(), give it, step again */
    RATLS_ACCEPTED,        /* the connection may carry application bytes */
    RATLS_WANT_TIME        /* the server is busy: step without bytes after out->wait_ms; what the
                              peer sends before refuses */
};

struct ratls_session;

struct ratls_output {
    const uint8_t *send; /* borrowed until the next step */
    size_t send_len;
    unsigned wait_ms; /* with RATLS_WANT_TIME; it counts into the time to the verdict */
};

/**
 * Begin the proof exchange on a connection whose handshake is complete.
 *
 * Returns: the session, to be given to ratls_session_free before ssl and ctx go; NULL when memory
 *          ran out
 * In:      ctx, ssl      borrowed while the session lives
 *          server_name   the name that was asked for (a host name or an IP address)
 *          port          of the server
 */
struct ratls_session *ratls_session_new(struct ratls_ctx *ctx, SSL *ssl, const char *server_name,
                                        uint16_t port);

/**
 * The server must have chosen exactly this ALPN name, else the session is refused (transport-alpn).
 * Before the first step. For streams of bytes: "devproof-tcp/1". Without this call: http/1.1, or no
 * answer.
 *
 * In: name  borrowed while the session lives
 */
void ratls_session_demand_alpn(struct ratls_session *session, const char *name);

/**
 * Take received bytes (none at the first call) and say what to do next. All bytes are consumed.
 * The caller keeps the time (10 s for each request with its reply, 30 s to the verdict, as totals:
 * a peer that sends a byte now and then must not stretch them), and looks at what it has received
 * before it sends a request and before it releases a byte of the application: what came unasked
 * ends in ratls_session_fail(CERTBIND_E_HTTP_UNSOLICITED).
 *
 * In:  now  seconds since 1970
 * Out: out  bytes to send
 */
enum ratls_want ratls_session_step(struct ratls_session *session, const uint8_t *data, size_t len,
                                   uint64_t now, struct ratls_output *out);

/** Returns: the quote that collateral is wanted for (borrowed). */
struct certbind_bytes ratls_session_quote(const struct ratls_session *session);

/** Give collateral (copied), or say that there is none: an empty bundle. */
void ratls_session_give_collateral(struct ratls_session *session, struct certbind_bytes bundle);

/** Tell which sources of collateral failed (ratls_collateral_find); a refusal for want of it names
 * them. */
void ratls_session_tell_tried(struct ratls_session *session, const struct ratls_tried *tried);

/** The peer closed, or time ran out: the session is refused with that code. */
void ratls_session_fail(struct ratls_session *session, certbind_status code, const char *why);

/** Returns: the report, complete once the session was accepted or refused (borrowed). */
const struct certbind_report *ratls_session_report(const struct ratls_session *session);

/** Returns: whether an accepted connection may carry one more request at this time. */
bool ratls_session_usable(const struct ratls_session *session, uint64_t now);

/**
 * Returns: the last second since 1970 in which an accepted connection may carry bytes: the earliest
 *          end of its verdict and its certificate; 0: it was not accepted
 */
uint64_t ratls_session_expires_at(const struct ratls_session *session);

/**
 * A connection may go on as long as any verified statement of the same process is in the context:
 * one that another connection has met counts too. For connections that no longer speak HTTP, or
 * are busy with an exchange; what has ended stays ended.
 *
 * Returns: whether the connection may carry bytes at this time; ratls_session_expires_at may be
 *          later than before
 */
bool ratls_session_extend(struct ratls_session *session, uint64_t now);

/**
 * Prove an accepted connection once more, between two exchanges: it is not accepted until
 * ratls_session_step says so again.
 *
 * Returns: what ratls_session_step returns
 * Out:     out  bytes to send
 */
enum ratls_want ratls_session_renew(struct ratls_session *session, uint64_t now,
                                    struct ratls_output *out);

/** Returns: the reply of GET binding that was judged (borrowed); empty with a cached verdict. */
struct certbind_bytes ratls_session_binding(const struct ratls_session *session);

/** NULL does nothing. */
void ratls_session_free(struct ratls_session *session);

/* A verified, blocking connection. */
struct ratls_conn;

struct ratls_target {
    const char *host; /* name or address, without brackets */
    uint16_t port;
    const char *address;   /* connect to this address instead of resolving host; NULL: resolve */
    uint16_t address_port; /* 0: port */
    const struct ratls_sources *sources; /* of collateral, when the server sends none that helps;
                                            NULL: none */
    unsigned timeout_ms;                 /* to the verdict as a total; 0: 30000 */
    unsigned request_timeout_ms;         /* of each evidence request with its reply; 0: 10000 */
    /* Called once with the session, accepted or refused, while it lives; NULL: not. */
    void (*on_verdict)(void *user, const struct ratls_session *session);
    void *user; /* of on_verdict */
};

/**
 * Connect, demand the proof, judge it.
 *
 * Returns: CERTBIND_OK and a connection, or the code of the refusal; no application byte was sent
 * Out:     out     to be given to ratls_close; NULL when refused
 *          report  filled either way; may be NULL
 */
CERTBIND_MUST_CHECK certbind_status ratls_connect(struct ratls_ctx *ctx,
                                                  const struct ratls_target *target,
                                                  struct ratls_conn **out,
                                                  struct certbind_report *report,
                                                  struct certbind_error *err);

/** Returns: number of bytes read, 0 at the end of the stream, -1 on an error, after 60 s, or when
 * the proof has ended (ratls_session_extend; ratls_session_usable tells). */
long ratls_read(struct ratls_conn *conn, void *data, size_t len);

/** Returns: len when all was written, else -1, as ratls_read. */
long ratls_write(struct ratls_conn *conn, const void *data, size_t len);

/** Returns: the TLS object (borrowed). */
SSL *ratls_conn_ssl(const struct ratls_conn *conn);

/** Returns: the session whose proof this connection carries (borrowed). */
const struct ratls_session *ratls_conn_session(const struct ratls_conn *conn);

/** Send close_notify, close, free. NULL does nothing. */
void ratls_close(struct ratls_conn *conn);

#ifdef __cplusplus
}
#endif

#endif
