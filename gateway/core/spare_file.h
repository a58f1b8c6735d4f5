/*
 * spare_file: a descriptor that a server gives up when the process has no other left, so that
 * clients who wait can be taken and closed instead of being left alone.
 *
 * All loops share one. While one of them has given it up, the others give back what they accept:
 * a client who comes at that moment must not cost the next ones their answer. Nobody who is served
 * loses a connection.
 */
#ifndef GATEWAY_CORE_SPARE_FILE_H
#define GATEWAY_CORE_SPARE_FILE_H

#include <stdbool.h>

struct gw_spare_file;

/** Returns: one, to be freed with gw_spare_file_free; NULL when memory ran out. */
struct gw_spare_file *gw_spare_file_new(void);

/**
 * Accepting from listening failed for want of descriptors: close those who wait there, some at a
 * time. Any thread.
 *
 * Returns: false: it did not come back; until it does only waiting helps
 * Out:     turned  how many were closed
 */
bool gw_spare_file_turn_away(struct gw_spare_file *spare, int listening, unsigned *turned);

/** Returns: whether a descriptor that was just accepted has to be closed. Any thread. */
bool gw_spare_file_given_up(const struct gw_spare_file *spare);

/** Returns: whether it is there, perhaps again. Any thread. */
bool gw_spare_file_take_back(struct gw_spare_file *spare);

/** NULL does nothing. */
void gw_spare_file_free(struct gw_spare_file *spare);

#endif
