/*
 * upstream_check: active checks. One loop makes them for all, over a connection of its own each
 * time, with TLS and proof as a request would have them; what changes is posted to every loop as a
 * verdict, so that no loop shares anything with another. Private.
 *
 * A check does not wait for the bound on connections, and says nothing about ejection.
 */
#ifndef GW_CORE_UPSTREAM_CHECK_H
#define GW_CORE_UPSTREAM_CHECK_H

#include <stdbool.h>
#include <stddef.h>

enum { GW_CHECKS_LOOP = 0 /* index of the loop that makes them */ };

struct gw_backend;
struct gw_check;
struct gw_upconn;
struct gw_upstream;

/** Begin, if the configuration wants checks and this is the loop that makes them.
 * Returns: false when memory ran out */
bool gw_checks_start(struct gw_upstream *u);

/** No more checks; those under way end without a word. */
void gw_checks_stop(struct gw_upstream *u);

/** Free what gw_checks_start made. */
void gw_checks_free(struct gw_upstream *u);

/** A backend goes away: what was found out about it is forgotten on all loops. */
void gw_check_forget(struct gw_backend *b);

/** The connection of a check is connected, secured and proven. May close it. */
void gw_check_connected(struct gw_check *check);

/** Bytes on the connection of a check. May close it. */
void gw_check_data(struct gw_upconn *up, const char *data, size_t len);

/** A check is over. The caller closes its connection. In: code  NULL: it was good; else static */
void gw_check_ended(struct gw_check *check, const char *code);

#endif
