/*
 * policy_file: reads policies, roots and other files that a client's user names.
 */
#ifndef RATLS_POLICY_FILE_H
#define RATLS_POLICY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/policy.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RATLS_FILE_MAX_BYTES = 16 * 1024 * 1024 };

/**
 * Read a whole file; "-" is standard input.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_USAGE with the system's reason, or CERTBIND_E_MEMORY
 * Out:     data  NUL-terminated behind len bytes, to be freed
 */
CERTBIND_MUST_CHECK certbind_status ratls_file_read(const char *path, uint8_t **data, size_t *len,
                                                    struct certbind_error *err);

/**
 * Read a policy file and the compose files that it names, relative to it.
 *
 * Returns: what certbind_policy_parse, certbind_policy_add_compose_file and ratls_file_read return
 * Out:     policy    to be given to certbind_policy_cleanup, also after a refusal
 *          problems  everything that is wrong with the text
 */
CERTBIND_MUST_CHECK certbind_status ratls_policy_load(const char *path,
                                                      struct certbind_policy *policy,
                                                      struct certbind_problems *problems,
                                                      struct certbind_error *err);

/**
 * Read a trusted root: one certificate, PEM or DER.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MALFORMED, or what ratls_file_read returns
 * Out:     der  to be freed
 */
CERTBIND_MUST_CHECK certbind_status ratls_root_load(const char *path, uint8_t **der, size_t *len,
                                                    struct certbind_error *err);

/** Write the path of a file that the policy at policy_path names. Returns: whether it fits. */
bool ratls_policy_relative(const char *policy_path, const char *name, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
