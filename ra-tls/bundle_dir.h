/*
 * bundle_dir: a folder of collateral bundles, one file for each family of platforms. Private to
 * libratls.
 */
#ifndef RATLS_BUNDLE_DIR_H
#define RATLS_BUNDLE_DIR_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/dcap/pcs.h"
#include "certbind/status.h"

enum { RATLS_BUNDLE_NAME_ROOM = 40 };

/** Write the name of a family's file: "tdx-b0c06f000000-platform.json". */
void ratls_bundle_name(const struct certbind_pck_info *info, char out[RATLS_BUNDLE_NAME_ROOM]);

/**
 * Read a bundle from a folder (name as above) or, with name NULL, from the file at path.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_COLLATERAL_MISSING with the system's reason, CERTBIND_E_MEMORY
 * Out:     out, len  to be given to free(); NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status ratls_bundle_read(const char *path, const char *name,
                                                      char **out, size_t *len,
                                                      struct certbind_error *err);

/**
 * Put a bundle into a folder, which is made (0700, with the folders above it) when it is missing:
 * written beside its place with mode 0600, then renamed, so that no reader meets half of it.
 *
 * Returns: whether it is there
 */
bool ratls_bundle_write(const char *dir, const char *name, const char *bundle, size_t len);

#endif
