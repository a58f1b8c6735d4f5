#include "ra-tls/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_EXPIRED_S = 60 };

void ratls_keep_init(struct ratls_keep *keep)
{
    *keep = (struct ratls_keep){.count = 0};
    (void)pthread_mutex_init(&keep->lock, NULL);
}

static void drop(struct ratls_kept *k)
{
    free(k->bundle);
    free(k->quote);
    *k = (struct ratls_kept){.bundle = NULL};
}

void ratls_keep_cleanup(struct ratls_keep *keep)
{
    for (size_t i = 0; i < keep->count; i++)
        drop(&keep->list[i]);
    (void)pthread_mutex_destroy(&keep->lock);
}

static struct ratls_kept *find(struct ratls_keep *keep, const char *name)
{
    for (size_t i = 0; i < keep->count; i++)
        if (strcmp(keep->list[i].name, name) == 0)
            return &keep->list[i];
    return NULL;
}

/* The place for a family: its own, a new one, or the oldest. */
static struct ratls_kept *place(struct ratls_keep *keep, const char *name)
{
    struct ratls_kept *k = find(keep, name);

    if (k != NULL)
        return k;
    if (keep->count < RATLS_KEEP_MAX)
        return &keep->list[keep->count++];
    k = &keep->list[keep->oldest];
    keep->oldest = (keep->oldest + 1) % RATLS_KEEP_MAX;
    return k;
}

/* With a NUL behind it. */
static void *copy(const void *data, size_t len)
{
    char *out = malloc(len + 1);

    if (out == NULL)
        return NULL;
    memcpy(out, data, len);
    out[len] = '\0';
    return out;
}

/* Half of what is left, but never at once: a service that is down is not asked in a circle. */
static uint64_t next_try(uint64_t now, uint64_t until)
{
    if (now >= until)
        return now + RETRY_EXPIRED_S;
    return now + (until - now) / 2 + (until - now < 2);
}

void ratls_keep_put(struct ratls_keep *keep, const char *name, struct certbind_bytes bundle,
                    struct certbind_bytes quote, uint64_t now, uint64_t until)
{
    struct ratls_kept fresh = {
        .bundle = copy(bundle.data, bundle.len),
        .bundle_len = bundle.len,
        .quote = copy(quote.data, quote.len),
        .quote_len = quote.len,
        .until = until,
        .refresh_at = next_try(now, until),
    };
    struct ratls_kept *k;

    if (fresh.bundle == NULL || fresh.quote == NULL) {
        drop(&fresh);
        return;
    }
    (void)snprintf(fresh.name, sizeof fresh.name, "%s", name);
    (void)pthread_mutex_lock(&keep->lock);
    k = place(keep, name);
    drop(k);
    *k = fresh;
    (void)pthread_mutex_unlock(&keep->lock);
}

char *ratls_keep_get(struct ratls_keep *keep, const char *name, uint64_t now, size_t *len)
{
    struct ratls_kept *k;
    char *out = NULL;

    (void)pthread_mutex_lock(&keep->lock);
    k = find(keep, name);
    if (k != NULL && now <= k->until) {
        out = copy(k->bundle, k->bundle_len);
        *len = out == NULL ? 0 : k->bundle_len;
    }
    (void)pthread_mutex_unlock(&keep->lock);
    return out;
}

uint64_t ratls_keep_refresh_at(struct ratls_keep *keep)
{
    uint64_t at = UINT64_MAX;

    (void)pthread_mutex_lock(&keep->lock);
    for (size_t i = 0; i < keep->count; i++)
        if (keep->list[i].refresh_at < at)
            at = keep->list[i].refresh_at;
    (void)pthread_mutex_unlock(&keep->lock);
    return at;
}

uint8_t *ratls_keep_take_due(struct ratls_keep *keep, uint64_t now, size_t *len)
{
    uint8_t *out = NULL;

    (void)pthread_mutex_lock(&keep->lock);
    for (size_t i = 0; i < keep->count && out == NULL; i++) {
        struct ratls_kept *k = &keep->list[i];

        if (k->refresh_at > now)
            continue;
        k->refresh_at = next_try(now, k->until);
        out = copy(k->quote, k->quote_len);
        *len = out == NULL ? 0 : k->quote_len;
    }
    (void)pthread_mutex_unlock(&keep->lock);
    return out;
}
