/*
 * archive: everything a verdict on one connection rested on, as one JSON document, so that it can
 * be repeated without the server, years later.
 *
 * What anybody can check anew: certificate, statement, quotes, event log, collateral, and the
 * session's signature over the recorded exporter. What nobody can: that there was such a
 * connection. Transport, host, nonce, exporter and time are the word of whoever made the archive;
 * so are the policy and the root in it, unless the reader brings their own. The digest finds
 * damage, not malice. Form: docs/archive.schema.json.
 */
#ifndef RATLS_ARCHIVE_H
#define RATLS_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/policy.h"
#include "certbind/session.h"
#include "certbind/verify.h"
#include "ra-tls/ratls.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RATLS_ARCHIVE_MAX_BYTES = 16 * 1024 * 1024,
    RATLS_ARCHIVE_MAX_COMPOSE_FILES = 64,
    RATLS_ARCHIVE_HOST_ROOM = 256,
    RATLS_ARCHIVE_TOOL_ROOM = 128,
    RATLS_ARCHIVE_MAX_PARTS = 6 + RATLS_ARCHIVE_MAX_COMPOSE_FILES
};

/* Views are borrowed: from the session or the caller when it is made, from owned when it is read.
 */
struct ratls_archive {
    char tool[RATLS_ARCHIVE_TOOL_ROOM]; /* name and version of what made it */
    uint64_t made_at;                   /* seconds since 1970 */
    char host[RATLS_ARCHIVE_HOST_ROOM];
    uint16_t port;
    struct certbind_transport transport;
    struct certbind_bytes leaf;       /* DER */
    struct certbind_bytes binding;    /* body of GET binding; empty: it was not asked for */
    struct certbind_bytes collateral; /* from another source; empty: the stapled one was used */
    struct certbind_bytes root;       /* DER; empty: Intel's */
    bool has_session;
    struct certbind_bytes session; /* body of GET session */
    uint8_t nonce[CERTBIND_NONCE_LEN];
    uint8_t exporter[CERTBIND_EXPORTER_LEN];
    bool has_policy;
    struct certbind_bytes policy; /* text */
    size_t compose_count;
    struct certbind_bytes compose[RATLS_ARCHIVE_MAX_COMPOSE_FILES]; /* in the policy's order */
    /* private */
    uint8_t *owned[RATLS_ARCHIVE_MAX_PARTS];
    size_t owned_count;
};

/**
 * Take what a session holds, for on_verdict of struct ratls_target: host, port, transport, leaf,
 * binding, collateral, session reply, nonce, exporter. The caller adds the rest.
 *
 * Returns: whether there is evidence to keep
 */
bool ratls_archive_take(const struct ratls_session *session, struct ratls_archive *out);

/**
 * Write an archive.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_USAGE when it would be too large, CERTBIND_E_MEMORY,
 *          CERTBIND_E_INTERNAL
 * Out:     out, len  JSON text, to be given to free(); NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status ratls_archive_encode(const struct ratls_archive *archive,
                                                         char **out, size_t *len,
                                                         struct certbind_error *err);

/**
 * Read an archive. Its form and digest are checked, no evidence is.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MALFORMED, CERTBIND_E_MEMORY
 * Out:     out  to be given to ratls_archive_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status ratls_archive_parse(struct certbind_bytes text,
                                                        struct ratls_archive *out,
                                                        struct certbind_error *err);

/** Free what an archive that was read owns. Accepts a zeroed struct. */
void ratls_archive_cleanup(struct ratls_archive *archive);

/** Returns: whether out holds the digest of everything in an archive. */
bool ratls_archive_digest(const struct ratls_archive *archive,
                          uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/**
 * Repeat the verdict with the checks that a connection gets. The report's scope is `archive`.
 *
 * Returns: CERTBIND_OK or the code of the first failure
 * In:      policy    NULL: nobody is expected, which refuses
 *          root_der  empty: Intel's
 *          now       seconds since 1970 at which it is judged
 * Out:     report    concluded
 */
CERTBIND_MUST_CHECK certbind_status ratls_archive_judge(const struct ratls_archive *archive,
                                                        const struct certbind_policy *policy,
                                                        struct certbind_bytes root_der,
                                                        uint64_t now,
                                                        struct certbind_report *report);

#ifdef __cplusplus
}
#endif

#endif
