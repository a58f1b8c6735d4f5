/*
 * upstream_resolve: a configured server, and the addresses that its name has. Private.
 *
 * A name is looked up when it is first needed, when its addresses have grown old, and when one of
 * them cannot be connected: containers move. While that runs, this address is not used, and for a
 * moment none of its name is: they may all have moved. Old addresses that no longer come up get
 * nothing new; what runs there ends in its time.
 */
#ifndef GW_CORE_UPSTREAM_RESOLVE_H
#define GW_CORE_UPSTREAM_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>
#include <uv.h>

#include "gateway/core/deadline.h"

struct gw_backend;
struct gw_upstream;

enum { GW_SOURCE_ADDRESSES = 8 };

enum gw_source_kind {
    GW_SOURCE_ADDRESS, /* numeric */
    GW_SOURCE_UNIX,
    GW_SOURCE_NAME /* to be resolved */
};

struct gw_source {
    struct gw_upstream *upstream;
    enum gw_source_kind kind;
    const char *unix_path;
    char host[256], port[8];
    struct sockaddr_storage address; /* of a numeric one */
    uv_getaddrinfo_t resolve;
    bool resolving;
    bool stale;                  /* one of its addresses refused just now; being looked up again */
    struct gw_deadline patience; /* how long it is called stale */
    uint64_t resolved_at, due;
};

/** Read a server's text. Returns: false when it is none of the documented forms. */
bool gw_source_parse(struct gw_source *source, const char *text);

/** Look up every name that is due. */
void gw_source_refresh(struct gw_upstream *u, uint64_t now);

/** A connection to one of its addresses could not be made. */
void gw_source_refused(struct gw_backend *backend);

/** Cancel what is under way. */
void gw_source_close(struct gw_source *source);

#endif
