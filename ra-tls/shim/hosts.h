/*
 * hosts: for which Host a local proxy answers. Any other may be a page of somebody else whose name
 * was pointed at this machine (DNS rebinding): 421.
 */
#ifndef SHIM_HOSTS_H
#define SHIM_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/str.h"

enum { SHIM_HOSTS_MAX = 40, SHIM_HOST_ROOM = 280 };

struct shim_hosts {
    size_t count;
    char origin[SHIM_HOSTS_MAX][SHIM_HOST_ROOM]; /* "http://127.0.0.1:8080" */
};

/** Fill in the names for a bound address ("127.0.0.1:8080"): the address, localhost, and names. */
void shim_hosts_init(struct shim_hosts *hosts, const char *bound, const char *const *names,
                     int count);

/** Returns: the local origin of a Host that is answered (as long as hosts lives); empty: none. */
struct gw_str shim_hosts_find(const struct shim_hosts *hosts, struct gw_str authority);

#endif
