/*
 * sources: where collateral is looked for when a server sends none that helps.
 *
 * The order: what is kept in memory, the cache on disk while it is fresh, the services, the cache
 * as long as it is valid, the folder, the file. Nothing of these is trusted: each bundle is
 * authenticated under the context's root whenever it is taken from somewhere, must suit the quote
 * and the policy's limits, and must not be older than what was seen before. A source that fails is
 * passed over with its reason; when all fail, every reason is told.
 *
 * The folder and the cache have one file for each family of platforms:
 *   {tdx|sgx}-FMSPC-{platform|processor}.json    "tdx-b0c06f000000-platform.json"
 * Each holds one bundle. A file of the cache is written beside its place and renamed.
 */
#ifndef RATLS_SOURCES_H
#define RATLS_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/report.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ratls_ctx;
struct ratls_session;

enum {
    RATLS_SOURCE_URLS_MAX = 8,
    RATLS_SOURCES_MAX = RATLS_SOURCE_URLS_MAX + 3 /* with cache, folder and file */
};

/* All borrowed; a zeroed struct has no source. */
struct ratls_sources {
    const char *urls[RATLS_SOURCE_URLS_MAX]; /* PCS or PCCS, asked in this order */
    size_t url_count;
    const char *cache_dir; /* read and written, made when it is missing; NULL: none */
    const char *dir;       /* read; NULL: none */
    const char *file;      /* one bundle; NULL: none */
};

/* The sources that were tried in vain, and why. */
struct ratls_tried {
    size_t count;
    char text[RATLS_SOURCES_MAX][CERTBIND_REPORT_TEXT_ROOM];
};

/* What is looked for; borrowed. */
struct ratls_search {
    const struct ratls_sources *sources;
    struct certbind_bytes quote; /* that the collateral is for */
    uint64_t now;                /* seconds since 1970 */
    long timeout_ms;             /* for all services together */
};

/**
 * Look for collateral. It reads files and asks services: never call it on an event loop; threads
 * may call it at the same time.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_COLLATERAL_MISSING  no source has any that suits; err has the first reasons
 *          CERTBIND_E_MEMORY, or what certbind_quote_parse and certbind_pck_info return
 * Out:     out, len    JSON text, to be given to free(); NULL on failure
 *          tried       filled either way; may be NULL
 */
CERTBIND_MUST_CHECK certbind_status ratls_collateral_find(struct ratls_ctx *ctx,
                                                          const struct ratls_search *search,
                                                          char **out, size_t *len,
                                                          struct ratls_tried *tried,
                                                          struct certbind_error *err);

/**
 * Give a session the collateral that the context keeps in memory, if it keeps some that suits. No
 * I/O: for event loops, before they have ratls_collateral_find called elsewhere.
 *
 * Returns: whether it gave some
 */
bool ratls_collateral_give_kept(struct ratls_ctx *ctx, struct ratls_session *session, uint64_t now);

/** Returns: the second since 1970 at which something that is kept is to be fetched anew, at half of
 * the time that is left of it; UINT64_MAX: nothing is kept. */
uint64_t ratls_collateral_refresh_at(struct ratls_ctx *ctx);

/**
 * Fetch anew what is kept and due, from the services alone. Like ratls_collateral_find it blocks.
 * What cannot be had stays as it is and is tried again after half of the time that is still left.
 */
void ratls_collateral_refresh(struct ratls_ctx *ctx, const struct ratls_sources *sources,
                              uint64_t now, long timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
