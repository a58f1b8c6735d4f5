/*
 * keep: the collateral that a context holds in memory for new statements. Private to libratls.
 *
 * One bundle for each family of platforms, with a quote of it to ask for the next. What was put in
 * had been authenticated then; whoever takes it out has it judged anew.
 */
#ifndef RATLS_KEEP_H
#define RATLS_KEEP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"

enum { RATLS_KEEP_MAX = 8, RATLS_KEEP_NAME_ROOM = 40 };

struct ratls_kept {
    char name[RATLS_KEEP_NAME_ROOM]; /* of the family */
    char *bundle;                    /* owned */
    size_t bundle_len;
    uint8_t *quote; /* owned */
    size_t quote_len;
    uint64_t until;      /* last second in which it may be used */
    uint64_t refresh_at; /* when the next is to be fetched */
};

struct ratls_keep {
    pthread_mutex_t lock;
    size_t count;
    size_t oldest; /* the next to make room */
    struct ratls_kept list[RATLS_KEEP_MAX];
};

void ratls_keep_init(struct ratls_keep *keep);
void ratls_keep_cleanup(struct ratls_keep *keep);

/** Keep copies; what was kept of that family is replaced. Without memory nothing changes. */
void ratls_keep_put(struct ratls_keep *keep, const char *name, struct certbind_bytes bundle,
                    struct certbind_bytes quote, uint64_t now, uint64_t until);

/** Returns: a copy of what is kept of a family and usable, with a NUL behind it, to be given to
 * free(); NULL: none. */
char *ratls_keep_get(struct ratls_keep *keep, const char *name, uint64_t now, size_t *len);

/** Returns: the earliest refresh_at; UINT64_MAX: nothing is kept. */
uint64_t ratls_keep_refresh_at(struct ratls_keep *keep);

/** Returns: a copy of the quote of one entry that is due, to be given to free(), and the entry's
 * next try set; NULL: none is due. */
uint8_t *ratls_keep_take_due(struct ratls_keep *keep, uint64_t now, size_t *len);

#endif
