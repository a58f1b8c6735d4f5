/*
 * spare_file: a descriptor that a loop gives up when the process has no other left, so that clients
 * who wait can be taken and closed instead of asked for without end.
 *
 * libuv has one of its own, but gets it back by opening "/", which a sandbox may deny; without it
 * it accepts in a loop that ends for nobody.
 */
#ifndef GATEWAY_CORE_SPARE_FILE_H
#define GATEWAY_CORE_SPARE_FILE_H

#include "gateway/core/deadline.h"

struct gw_loop;

struct gw_spare_file {
    int fd; /* -1: given up, and not back yet */
    struct gw_deadline back;
};

void gw_spare_file_init(struct gw_loop *loop);

/** Accepting from listening failed for want of descriptors: close everybody who waits there. When
 * the spare one is not back, the newest connection of the loop has to make room. */
void gw_spare_file_use(struct gw_loop *loop, int listening);

void gw_spare_file_cleanup(struct gw_loop *loop);

#endif
