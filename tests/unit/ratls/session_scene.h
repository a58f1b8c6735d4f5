/*
 * session_scene: the fixture of the session tests: a world, a context that knows its policy, and
 * one connection.
 */
#ifndef TESTS_UNIT_RATLS_SESSION_SCENE_H
#define TESTS_UNIT_RATLS_SESSION_SCENE_H

#include "tests/unit/ratls/session_side.h"

struct scene {
    struct world world;
    struct ratls_ctx *ctx;
    struct side side;
};

/** Set up with an edit of the policy. */
int scene_open_edited(void **state, struct world_edit edit);

/** The same for members of its beginning: members stands for {"os" in its text. */
int scene_open_with(void **state, const char *members);

int scene_open(void **state);
int scene_close(void **state);

/** The session ended with this code, and in no way is to be used. */
void assert_refused(struct side *s, certbind_status code);

#endif
