#include "ra-tls/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ratls_verdict *ratls_verdict_new(const char *host, uint16_t port)
{
    struct ratls_verdict *v = calloc(1, sizeof *v);

    if (v == NULL)
        return NULL;
    atomic_init(&v->refs, 1);
    (void)snprintf(v->host, sizeof v->host, "%s", host);
    v->port = port;
    return v;
}

void ratls_verdict_unref(struct ratls_verdict *verdict)
{
    if (verdict == NULL || atomic_fetch_sub(&verdict->refs, 1) != 1)
        return;
    certbind_evidence_cleanup(&verdict->evidence);
    free(verdict);
}

void ratls_verdict_quoted(struct ratls_verdict *verdict, uint64_t sent_at)
{
    uint64_t before = atomic_load(&verdict->quoted_at);

    while (before < sent_at && !atomic_compare_exchange_weak(&verdict->quoted_at, &before, sent_at))
        continue;
}

void ratls_cache_init(struct ratls_cache *cache)
{
    *cache = (struct ratls_cache){.count = 0};
    (void)pthread_mutex_init(&cache->lock, NULL);
}

void ratls_cache_cleanup(struct ratls_cache *cache)
{
    while (cache->newest != NULL) {
        struct ratls_verdict *v = cache->newest;

        cache->newest = v->next;
        ratls_verdict_unref(v);
    }
    (void)pthread_mutex_destroy(&cache->lock);
}

/* Drop what has expired, and the oldest beyond the limit. */
static void sweep(struct ratls_cache *cache, uint64_t now)
{
    struct ratls_verdict **at = &cache->newest;

    cache->count = 0;
    while (*at != NULL) {
        struct ratls_verdict *v = *at;

        if (v->evidence.expires_at < now || cache->count == RATLS_CACHE_MAX) {
            *at = v->next;
            ratls_verdict_unref(v);
        } else {
            cache->count++;
            at = &v->next;
        }
    }
}

void ratls_cache_put(struct ratls_cache *cache, struct ratls_verdict *verdict, uint64_t now)
{
    if (!verdict->evidence.verified)
        return;
    (void)pthread_mutex_lock(&cache->lock);
    atomic_fetch_add(&verdict->refs, 1);
    verdict->next = cache->newest;
    cache->newest = verdict;
    sweep(cache, now);
    (void)pthread_mutex_unlock(&cache->lock);
}

struct ratls_verdict *ratls_cache_find(struct ratls_cache *cache, const char *host, uint16_t port,
                                       const uint8_t *statement_sha256, uint64_t now)
{
    struct ratls_verdict *v;

    (void)pthread_mutex_lock(&cache->lock);
    for (v = cache->newest; v != NULL; v = v->next) {
        const struct certbind_evidence *e = &v->evidence;

        if (v->port == port && strcmp(v->host, host) == 0 && e->has_statement &&
            e->expires_at >= now &&
            (statement_sha256 == NULL ||
             memcmp(e->statement_sha256, statement_sha256, sizeof e->statement_sha256) == 0))
            break;
    }
    if (v != NULL)
        atomic_fetch_add(&v->refs, 1);
    (void)pthread_mutex_unlock(&cache->lock);
    return v;
}

static uint64_t end_of(struct ratls_verdict *v, uint64_t max_age_s)
{
    const uint64_t end = v->evidence.statement_expires_at;
    const uint64_t quoted_at = atomic_load(&v->quoted_at);

    if (max_age_s == 0)
        return end;
    if (quoted_at == 0)
        return 0;
    return quoted_at + max_age_s < end ? quoted_at + max_age_s : end;
}

static bool same_process(const struct ratls_verdict *a, const struct ratls_verdict *b)
{
    const struct certbind_statement *x = &a->evidence.statement;
    const struct certbind_statement *y = &b->evidence.statement;

    return a->port == b->port && strcmp(a->host, b->host) == 0 && a->evidence.has_statement &&
           memcmp(x->session_key, y->session_key, sizeof x->session_key) == 0;
}

struct ratls_verdict *ratls_cache_find_process(struct ratls_cache *cache,
                                               const struct ratls_verdict *of, uint64_t max_age_s,
                                               uint64_t *until)
{
    struct ratls_verdict *found = NULL;

    *until = 0;
    (void)pthread_mutex_lock(&cache->lock);
    for (struct ratls_verdict *v = cache->newest; v != NULL; v = v->next) {
        const uint64_t end = same_process(v, of) ? end_of(v, max_age_s) : 0;

        if (end > *until) {
            *until = end;
            found = v;
        }
    }
    if (found != NULL)
        atomic_fetch_add(&found->refs, 1);
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}
