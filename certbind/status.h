/*
 * status: what every function of certbind returns, with its stable name and its step.
 *
 * One list per module. A code, its kebab-case name, the step of the verdict it belongs to and the
 * sentence for people stand on one line, so they cannot drift apart. docs/reason-codes.md is
 * generated from these lists.
 */
#ifndef CERTBIND_STATUS_H
#define CERTBIND_STATUS_H

#include <stddef.h>

#include "certbind/status_binding.h"
#include "certbind/status_dcap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CERTBIND_MUST_CHECK __attribute__((warn_unused_result))

/* The ordered steps of a verdict. The order of the list is the order of evaluation. */
#define CERTBIND_STEP_LIST(X)                                                                      \
    X(CERTBIND_STEP_NONE, "none")                                                                  \
    X(CERTBIND_STEP_TRANSPORT, "transport")                                                        \
    X(CERTBIND_STEP_NAME, "name")                                                                  \
    X(CERTBIND_STEP_CERTIFICATE, "certificate")                                                    \
    X(CERTBIND_STEP_EVIDENCE, "evidence")                                                          \
    X(CERTBIND_STEP_QUOTE, "quote")                                                                \
    X(CERTBIND_STEP_COLLATERAL, "collateral")                                                      \
    X(CERTBIND_STEP_TCB, "tcb")                                                                    \
    X(CERTBIND_STEP_TD_ATTRIBUTES, "td-attributes")                                                \
    X(CERTBIND_STEP_REPORT_DATA, "report-data")                                                    \
    X(CERTBIND_STEP_EVENT_LOG, "event-log")                                                        \
    X(CERTBIND_STEP_IDENTITY, "identity")                                                          \
    X(CERTBIND_STEP_FRESHNESS, "freshness")                                                        \
    X(CERTBIND_STEP_SESSION, "session")

enum certbind_step {
#define X(symbol, name) symbol,
    CERTBIND_STEP_LIST(X)
#undef X
        CERTBIND_STEP_COUNT
};

/* X(symbol, "stable-name", step, "what it means to the person reading the log") */
#define CERTBIND_STATUS_CORE_LIST(X)                                                               \
    X(CERTBIND_NOT_CHECKED, "not-checked", CERTBIND_STEP_NONE, "nothing was checked yet")          \
    X(CERTBIND_OK, "ok", CERTBIND_STEP_NONE, "no error")                                           \
    X(CERTBIND_E_USAGE, "usage", CERTBIND_STEP_NONE,                                               \
      "the caller passed something the function does not take")                                    \
    X(CERTBIND_E_MEMORY, "memory", CERTBIND_STEP_NONE, "memory ran out")                           \
    X(CERTBIND_E_INTERNAL, "internal", CERTBIND_STEP_NONE,                                         \
      "a cryptographic library failed in a way that says nothing about the evidence")              \
    X(CERTBIND_E_MALFORMED, "malformed", CERTBIND_STEP_NONE,                                       \
      "the bytes do not have the documented form")

#define CERTBIND_STATUS_LIST(X)                                                                    \
    CERTBIND_STATUS_CORE_LIST(X) CERTBIND_STATUS_DCAP_LIST(X) CERTBIND_STATUS_BINDING_LIST(X)

/* Zero is "not checked", which refuses: zeroed memory never reads as success. */
typedef enum certbind_status {
#define X(symbol, name, step, text) symbol,
    CERTBIND_STATUS_LIST(X)
#undef X
        CERTBIND_STATUS_COUNT
} certbind_status;

/* Caller-owned; filled where the failure is detected. */
struct certbind_error {
    certbind_status status;
    char detail[200]; /* no key material; peer-made text is escaped and cut */
};

/** Returns: the stable kebab-case name of a status; "unknown" for a number that is none. Static. */
const char *certbind_status_name(certbind_status status);

/** Returns: the sentence that explains a status to a person. Static. */
const char *certbind_status_text(certbind_status status);

/** Returns: the step of the verdict that a status belongs to. */
enum certbind_step certbind_status_step(certbind_status status);

/** Returns: the stable name of a step, as in reports. Static. */
const char *certbind_step_name(enum certbind_step step);

/**
 * Record a failure.
 *
 * Returns: status, so that a caller can write `return certbind_fail(...)`
 * In:      status  why it failed; fmt and what follows it: the detail, as for printf
 * Out:     err     filled; may be NULL
 */
certbind_status certbind_fail(struct certbind_error *err, certbind_status status, const char *fmt,
                              ...) __attribute__((format(printf, 3, 4)));

/**
 * Record a failure of a library call: the first reason of OpenSSL's error queue goes into the
 * detail and the queue is emptied.
 *
 * Returns: status
 */
certbind_status certbind_fail_crypto(struct certbind_error *err, certbind_status status,
                                     const char *what);

#ifdef __cplusplus
}
#endif

#endif
