/*
 * ready_file: tells whoever started the gateway where it serves.
 */
#ifndef GATEWAY_LIFETIME_READY_FILE_H
#define GATEWAY_LIFETIME_READY_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { GATEWAY_ADDRESS_ROOM = 64 };

/**
 * Write {"listeners":[...],"admin":"...","pid":N}, so that a reader sees all of it or nothing.
 *
 * Returns: false with errno set
 */
bool gateway_ready_file_write(const char *path, char (*listeners)[GATEWAY_ADDRESS_ROOM],
                              size_t count, const char *admin);

#endif
