/*
 * report: the verdict as a list of steps, for programs (JSON) and for people (text).
 *
 * A zeroed report is a refusal. What was not checked is said as plainly as what was.
 */
#ifndef CERTBIND_REPORT_H
#define CERTBIND_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/dcap/verify.h"
#include "certbind/event_log.h"
#include "certbind/policy.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum certbind_result {
    CERTBIND_STEP_NOT_EVALUATED,
    CERTBIND_STEP_PASS,
    CERTBIND_STEP_FAIL,
    CERTBIND_STEP_SKIPPED
};

/* How far a verdict reaches. */
enum certbind_scope {
    CERTBIND_SCOPE_NONE,
    CERTBIND_SCOPE_PLATFORM,    /* a quote alone */
    CERTBIND_SCOPE_CERTIFICATE, /* a certificate's own evidence, without a connection */
    CERTBIND_SCOPE_BINDING,     /* a published binding, without a connection */
    CERTBIND_SCOPE_CONNECTION,  /* one TLS connection */
    CERTBIND_SCOPE_ARCHIVE      /* one TLS connection, as the keeper of an archive tells it */
};

enum { CERTBIND_REPORT_NOTES = 24, CERTBIND_REPORT_TEXT_ROOM = 200 };

struct certbind_report_step {
    enum certbind_result result;
    certbind_status code; /* of a failure, or why a step was skipped */
    char detail[CERTBIND_REPORT_TEXT_ROOM];
};

struct certbind_report {
    bool accepted;  /* set by certbind_report_conclude alone */
    bool complete;  /* accepted, for a connection, and no link was waived */
    bool simulated; /* the root that anchored the quote is not Intel's */
    bool has_quote; /* dcap came from a quote that verified, or failed to */
    bool has_identity;
    bool has_statement;
    bool unchecked[CERTBIND_LINK_COUNT]; /* links that were waived and not checked */
    enum certbind_scope scope;
    certbind_status code; /* of the first failure; CERTBIND_NOT_CHECKED until concluded */
    char detail[CERTBIND_REPORT_TEXT_ROOM];
    struct certbind_report_step steps[CERTBIND_STEP_COUNT];
    size_t note_count;
    char notes[CERTBIND_REPORT_NOTES]
              [CERTBIND_REPORT_TEXT_ROOM]; /* what was not checked, and why */

    char target[256];
    char software[CERTBIND_REPORT_TEXT_ROOM];
    char os_name[CERTBIND_REPORT_TEXT_ROOM];
    uint8_t statement_sha256[CERTBIND_SHA256_LEN];
    uint8_t config_sha256[CERTBIND_SHA256_LEN];
    uint64_t expires_at; /* seconds since 1970; 0: unknown */
    struct certbind_identity identity;
    struct certbind_dcap_report dcap;
};

/** Mark a step; fmt as for printf. A step that failed stays failed. */
void certbind_report_pass(struct certbind_report *report, enum certbind_step step, const char *fmt,
                          ...) __attribute__((format(printf, 3, 4)));
void certbind_report_skip(struct certbind_report *report, enum certbind_step step,
                          certbind_status code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Mark the step of err->status as failed, or fallback when the status belongs to no step. */
void certbind_report_fail(struct certbind_report *report, enum certbind_step fallback,
                          const struct certbind_error *err);

/** Add something that was not checked, or that a reader should know. */
void certbind_report_note(struct certbind_report *report, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Decide, after the last step: accepted if and only if no step failed and none is left open.
 * Skipped steps are those that the scope or the policy left out.
 *
 * Returns: CERTBIND_OK, or the code of the first failure; CERTBIND_NOT_CHECKED for an open step
 */
CERTBIND_MUST_CHECK certbind_status certbind_report_conclude(struct certbind_report *report);

/** Returns: the JSON of `--json` (design: command line), to be freed; NULL without memory. */
char *certbind_report_to_json(const struct certbind_report *report);

/**
 * Returns: the text for people, to be freed; NULL without memory. The first lines say verdict,
 * whose, why and what was not checked; the steps follow
 */
char *certbind_report_to_text(const struct certbind_report *report);

#ifdef __cplusplus
}
#endif

#endif
