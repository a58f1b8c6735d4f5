/*
 * accept: takes the clients who wait at the listeners of a loop, as far as it has room for them.
 * Private.
 *
 * Not through uv_listen: that asks again without end when descriptors run out, and cannot leave a
 * client in the kernel's queue, where another process that shares the socket may take it.
 */
#ifndef GW_CORE_ACCEPT_H
#define GW_CORE_ACCEPT_H

#include <uv.h>

struct gw_deadline;
struct gw_loop;

/** Somebody waits at a listener, which is the handle's data: a uv_poll_cb. */
void gw_accept_ready(uv_poll_t *poll, int status, int events);

/** A place is free, or a moment has passed: go on where accepting stopped. */
void gw_accept_resume(struct gw_loop *loop);

/** The same, when the loop's accept_again expires. */
void gw_accept_again(struct gw_deadline *again);

#endif
