/*
 * privileges: the user and the capabilities of the process. Private to the sandbox.
 */
#ifndef GATEWAY_SANDBOX_PRIVILEGES_H
#define GATEWAY_SANDBOX_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "gateway/sandbox/sandbox.h"

/**
 * Read "UID:GID".
 *
 * Returns: whether it is that: two decimal numbers that are ids, and no more
 */
bool sandbox_user_parse(const char *text, uid_t *uid, gid_t *gid);

/**
 * Become another user for good: ids, groups, and no way back.
 *
 * Returns: false with a text in err when that was asked for and is not so
 * In:      user  NULL: stay; the result then says whether that is root
 */
bool sandbox_user_change(const char *user, struct sandbox_result *out, char *err, size_t err_len);

/** Give up every capability, in every set that can be emptied. */
void sandbox_capabilities_drop(struct sandbox_result *out);

#endif
