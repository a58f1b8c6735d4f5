/*
 * cache: verdicts that further connections may rest on, in memory only. Private to libratls.
 *
 * A verdict is kept under server name, port and statement hash; the policy and root are those of
 * the context that owns the cache. It is used until the earliest expiry of what it rests on.
 */
#ifndef RATLS_CACHE_H
#define RATLS_CACHE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "certbind/report.h"
#include "certbind/verify.h"

enum { RATLS_CACHE_MAX = 64, RATLS_HOST_ROOM = 256 };

/* Immutable once it is in the cache, but for quoted_at; reference-counted. */
struct ratls_verdict {
    atomic_uint refs;
    struct ratls_verdict *next;
    char host[RATLS_HOST_ROOM];
    uint16_t port;
    struct certbind_evidence evidence;
    struct certbind_report report; /* of the connection that it was reached on */
    _Atomic uint64_t quoted_at; /* when a nonce was sent that a quote answered for this statement:
                                   seconds since 1970; 0: never */
};

struct ratls_cache {
    pthread_mutex_t lock;
    struct ratls_verdict *newest;
    size_t count;
};

/** Returns: a zeroed verdict with one reference; NULL when memory ran out. */
struct ratls_verdict *ratls_verdict_new(const char *host, uint16_t port);

/** Give back a reference. NULL does nothing. */
void ratls_verdict_unref(struct ratls_verdict *verdict);

/** A quote has answered a nonce that was sent then. */
void ratls_verdict_quoted(struct ratls_verdict *verdict, uint64_t sent_at);

void ratls_cache_init(struct ratls_cache *cache);
void ratls_cache_cleanup(struct ratls_cache *cache);

/** Keep a verdict whose evidence is verified; the cache takes a reference of its own. */
void ratls_cache_put(struct ratls_cache *cache, struct ratls_verdict *verdict, uint64_t now);

/**
 * Returns: the newest verdict for a server that has not expired, with a reference for the caller;
 *          NULL: none
 * In:      statement_sha256  NULL: of any statement
 */
struct ratls_verdict *ratls_cache_find(struct ratls_cache *cache, const char *host, uint16_t port,
                                       const uint8_t *statement_sha256, uint64_t now);

/**
 * Find the verdict that holds longest for the process that another verdict is about: the same
 * server and session key (binding.md 6 step 5). Certificates are not judged here.
 *
 * Returns: the verdict, with a reference for the caller; NULL: none
 * In:      of         has a statement
 *          max_age_s  of the last quote that answered a nonce; 0: any
 * Out:     until      last second of its use; 0: none
 */
struct ratls_verdict *ratls_cache_find_process(struct ratls_cache *cache,
                                               const struct ratls_verdict *of, uint64_t max_age_s,
                                               uint64_t *until);

#endif
