/*
 * verify: the ordered checks that turn evidence into a verdict (binding.md 6, attested TLS).
 *
 * Sans-I/O: bytes, this side's own observations of the connection, a policy and a clock value in; a
 * report and a verdict out. A connection is judged in two calls: certbind_verify_binding on what
 * `GET binding` returned (or on the certificate alone when the policy's session is none), then
 * certbind_verify_session on what `GET session` returned for a fresh nonce. A verdict may be kept
 * and used for further connections: certbind_verify_connection, then certbind_verify_session.
 * Only after certbind_report_conclude said CERTBIND_OK may an application byte be sent.
 */
#ifndef CERTBIND_VERIFY_H
#define CERTBIND_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/compose_reader.h"
#include "certbind/dcap/collateral.h"
#include "certbind/event_log.h"
#include "certbind/policy.h"
#include "certbind/report.h"
#include "certbind/session.h"
#include "certbind/statement.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a public authority's chain said; only the caller can check one. */
enum certbind_webpki { CERTBIND_WEBPKI_NOT_TRIED, CERTBIND_WEBPKI_VALID, CERTBIND_WEBPKI_INVALID };

/* What this side saw of its own TLS connection; zero refuses. */
struct certbind_transport {
    bool tls13;          /* TLS 1.3, handshake finished, no early data */
    bool alpn_ok;        /* the ALPN answer is one that the caller offered and can speak */
    bool full_handshake; /* not resumed */
    enum certbind_webpki webpki;
};

/* One connection as this side sees it; all borrowed. */
struct certbind_connection {
    const struct certbind_transport *transport; /* NULL: no connection, a published binding only */
    struct certbind_bytes leaf;                 /* DER of the presented certificate */
    const char *host; /* expected: lowercase name, or an address without brackets */
};

struct certbind_binding_check {
    struct certbind_connection connection;
    struct certbind_bytes reply;      /* body of `GET binding`; empty only when session is none */
    struct certbind_bytes collateral; /* bundle from elsewhere; empty: what is stapled */
    struct certbind_bytes root_der;   /* the one trusted root; empty: Intel's */
    const struct certbind_policy *policy; /* NULL: nobody is expected, which refuses */
    uint64_t now;                         /* seconds since 1970 */
    certbind_compose_reader read_compose; /* certbind_gateway_service_read; NULL: demands on the
                                             compose text refuse */
    const uint8_t *nonce;   /* 32 bytes, sent with `GET binding` and used once; NULL: none was */
    uint64_t nonce_sent_at; /* seconds since 1970, by this side's clock */
    bool go_on;             /* after a failure, for the sake of the report */
    bool certificate;       /* the leaf is judged alone: certbind_verify_certificate sets it */
};

/* A verdict to be kept. Zeroed: none. */
struct certbind_evidence {
    bool verified; /* every step up to freshness held */
    bool has_statement;
    uint8_t statement_sha256[CERTBIND_SHA256_LEN];
    struct certbind_statement statement; /* owned */
    struct certbind_td_report td;
    struct certbind_identity identity;
    struct certbind_collateral *collateral;   /* owned; judges further certificates */
    uint8_t leaf_sha256[CERTBIND_SHA256_LEN]; /* the certificate that was judged */
    uint64_t expires_at;                      /* last second of its use */
    uint64_t statement_expires_at;            /* the same without the certificate's dates */
};

/** Returns: the SNI that belongs to a host: the name itself, empty for an address (borrowed). */
const char *certbind_sni_of(const char *host);

/**
 * Judge a binding, steps transport to freshness; without a session demand also the session step.
 *
 * Returns: CERTBIND_OK, or the code of the first failure; evidence->verified says the same
 * Out:     report    filled; the session step is open unless the policy or the scope leaves it out;
 *                    certbind_report_conclude decides
 *          evidence  to be given to certbind_evidence_cleanup, also after a refusal
 */
CERTBIND_MUST_CHECK certbind_status
certbind_verify_binding(const struct certbind_binding_check *check, struct certbind_report *report,
                        struct certbind_evidence *evidence, struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_evidence_cleanup(struct certbind_evidence *evidence);

/**
 * Judge a further connection by a verdict that was kept: expiry, name, certificate and its
 * evidence, and the tls_keys rule, for the certificate that this connection presents.
 *
 * Returns: CERTBIND_OK or the code of the first failure
 * In:      policy  the one that the verdict was made with
 */
CERTBIND_MUST_CHECK certbind_status certbind_verify_connection(
    const struct certbind_evidence *evidence, const struct certbind_connection *connection,
    const struct certbind_policy *policy, uint64_t now, struct certbind_error *err);

/* What the session proof is judged by; all borrowed. */
struct certbind_session_evidence {
    struct certbind_bytes reply;          /* body of `GET session` */
    const uint8_t *nonce;                 /* 32 bytes, sent on this connection, used once */
    const uint8_t *exporter;              /* 32 bytes; NULL: not available, which refuses */
    const struct certbind_policy *policy; /* that the verdict was made with; NULL: no demands */
    bool quote_form;                      /* what was asked for */
    uint64_t sent_at;   /* when the nonce was sent: seconds since 1970 by this side's clock */
    uint64_t quoted_at; /* when a nonce was sent that a quote has answered for this statement;
                           0: never. Counts for the signature form */
};

/**
 * Judge the session proof of a connection. With evidence that was not verified the step of the
 * report is filled, but the answer is CERTBIND_NOT_CHECKED at best.
 *
 * Returns: CERTBIND_OK; CERTBIND_E_SESSION_STATEMENT_UNKNOWN when it rests on another statement:
 *          read `GET binding` once more; or another code
 * Out:     report  the session step, and expires_at lowered to the end of what the proof rests on;
 *                  may be NULL
 */
CERTBIND_MUST_CHECK certbind_status certbind_verify_session(
    const struct certbind_evidence *evidence, const struct certbind_connection *connection,
    const struct certbind_session_evidence *session, uint64_t now, struct certbind_report *report,
    struct certbind_error *err);

struct certbind_certificate_check {
    const struct certbind_bytes *chain; /* DER, leaf first; the rest only adds (kms_chain.h) */
    size_t chain_count;
    struct certbind_bytes collateral;     /* bundle; empty refuses */
    struct certbind_bytes root_der;       /* empty: Intel's */
    const struct certbind_policy *policy; /* NULL: nobody is expected, and the report says so */
    uint64_t now;
    certbind_compose_reader read_compose; /* as in certbind_binding_check */
};

/**
 * Judge a certificate by its own evidence, offline: the platform's, or DICE's alone. The report is
 * concluded; its scope is `certificate`, so it is never complete: links that only a statement or a
 * connection can show (config, session) are left out and noted. Every step that can be evaluated
 * is.
 *
 * Returns: CERTBIND_OK or the code of the first failure
 */
CERTBIND_MUST_CHECK certbind_status
certbind_verify_certificate(const struct certbind_certificate_check *check,
                            struct certbind_report *report, struct certbind_error *err);

struct certbind_quote_check {
    struct certbind_bytes quote;          /* raw */
    struct certbind_bytes collateral;     /* bundle; empty refuses */
    struct certbind_bytes root_der;       /* empty: Intel's */
    const struct certbind_policy *policy; /* NULL: defaults, no reference values */
    uint64_t now;
};

/**
 * Judge a quote alone: the platform link and the registers that the policy's `os` entries name.
 * The report is concluded; its scope is `platform`.
 *
 * Returns: CERTBIND_OK or the code of the first failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_verify_quote(const struct certbind_quote_check *check,
                                                          struct certbind_report *report,
                                                          struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
