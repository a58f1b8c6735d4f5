/*
 * files: which files the process may still open, by Landlock. Private to the sandbox.
 */
#ifndef GATEWAY_SANDBOX_FILES_H
#define GATEWAY_SANDBOX_FILES_H

#include <stddef.h>

#include "gateway/sandbox/sandbox.h"

/**
 * Allow what the list says, reading what resolver and certificate authorities need, and nothing
 * else: no file is opened, made, renamed or removed beyond it, no TCP port bound, and no signal or
 * abstract socket reaches out, as far as the kernel's version of Landlock goes.
 *
 * Out: out  the version, and paths that do not exist
 */
void sandbox_files_restrict(const struct sandbox_path *paths, size_t count,
                            struct sandbox_result *out);

#endif
