/*
 * http1_path: what a path means, and whether two readers could disagree on it.
 *
 * Routes match the normal form: percent-encoded unreserved characters decoded, dot segments
 * removed (RFC 3986 section 6.2.2). What is forwarded is the target as received, so a path whose
 * normal form differs in a way that matters is told apart. Pure.
 */
#ifndef GW_CORE_HTTP1_PATH_H
#define GW_CORE_HTTP1_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/str.h"

enum gw_path_form {
    GW_PATH_REFUSED = 0, /* no '/' at the beginning, a bad percent-encoding, or it does not fit */
    GW_PATH_PLAIN,       /* every reader means the same */
    GW_PATH_AMBIGUOUS    /* dot segments, //, backslash, or encoded / \ . */
};

/**
 * Returns: how the path is spelled
 * Out:     out, out_len  its normal form (not with GW_PATH_REFUSED); room of path.len suffices
 */
enum gw_path_form gw_path_normalize(struct gw_str path, char *out, size_t room, size_t *out_len);

/**
 * Read a path as those do who drop `;...` from every segment, before // and dot segments.
 *
 * Returns: whether there was anything to drop
 * In:      path          as received
 * Out:     out, out_len  that reading, percent-decoded; room for path.len bytes
 */
bool gw_path_drop_parameters(struct gw_str path, char *out, size_t *out_len);

/* Bytes of a path that every reading is tried of: each takes its time. */
enum { GW_PATH_CLAIM_MAX = 512 };

enum gw_path_claim {
    GW_PATH_CLAIM_REFUSED = 0, /* a spelling that only some readers take for the prefix: 400 */
    GW_PATH_CLAIMED,           /* the normal form is the prefix or below it */
    GW_PATH_FREE
};

/**
 * Does a path belong to a reserved prefix?
 *
 * REFUSED means: it becomes such a path only after decoding %2f %5c or a backslash, a second
 * decoding, removing `;...`, joining //, or folding case; or it is longer than GW_PATH_CLAIM_MAX,
 * has something of that kind, and names the last segment of the prefix somewhere.
 *
 * In:  path     as received
 *      normal   its normal form, from gw_path_normalize
 *      prefix   lower case, ends in '/'; the prefix without that slash is claimed too
 *      scratch  room for path.len bytes
 */
enum gw_path_claim gw_path_claim(struct gw_str path, struct gw_str normal, struct gw_str prefix,
                                 char *scratch);

#endif
