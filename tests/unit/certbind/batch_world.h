/*
 * batch_world: quotes that answer a nonce, for the evidence of a world: complete and right until a
 * test breaks one thing.
 */
#ifndef TESTS_UNIT_CERTBIND_BATCH_WORLD_H
#define TESTS_UNIT_CERTBIND_BATCH_WORLD_H

#include "certbind/batch_proof.h"
#include "tests/unit/certbind/world.h"

struct batch_knobs {
    const char *log;                   /* NULL: the statement's */
    const char *rtmr3;                 /* hex; NULL: the replay */
    const char *mrtd;                  /* hex; NULL: the statement's */
    struct forge_patch patch;          /* of the quote; no hex: none */
    bool is_unsigned;                  /* break the signature of the quote */
    bool alone;                        /* a tree of one leaf, as report data without a tree is */
    const uint8_t *value;              /* that stands in the tree; NULL: the right one */
    const uint8_t *report_data;        /* that is quoted; NULL: of the tree */
    struct certbind_tree_proof *place; /* written instead of the right one; NULL: the right one */
    struct world_edit edit;            /* of the reply */
    uint64_t sent_at;                  /* 0: now */
};

/** The members of a proof for a value, the second of three leaves; to be freed. */
char *batch_members(struct world *w, const uint8_t value[64], const struct batch_knobs *knobs);

/** A reply of `GET session` in quote form; to be freed. */
char *batch_session_reply(struct world *w, const struct batch_knobs *knobs);

/** Judge such a reply on the world's connection. */
certbind_status batch_session(struct world *w, const struct batch_knobs *knobs);

/** Add `fresh` for a nonce of all 5 to the world's reply, and judge it as an answer to that. */
certbind_status batch_fresh(struct world *w, const struct batch_knobs *knobs);

#endif
