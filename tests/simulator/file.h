/*
 * file: whole files in and out.
 */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

/** Append a whole file of at most max bytes. Returns: whether it was read; errno says why not. */
bool sim_file_read(const char *path, size_t max, struct sim_buffer *out);

/** Write a file under another name and rename it, so that readers see all or nothing. */
bool sim_file_write(const char *path, struct certbind_bytes content);

#endif
