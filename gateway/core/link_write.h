/*
 * link_write: the writing half of a link: gather, stage, flush, queue. Private to link.
 */
#ifndef GW_CORE_LINK_WRITE_H
#define GW_CORE_LINK_WRITE_H

#include "gateway/core/link.h"

void gw_link_write_init(struct gw_link *l);

/** Where the TLS engine's records go. ctx is the link. */
void gw_link_tls_sink(void *ctx, const uint8_t *data, size_t len);

/** Before the handle closes: close_notify and what is staged, if it can go at once. */
void gw_link_write_last(struct gw_link *l);

/** Report links whose writing failed since the last call. */
void gw_link_report_failed(struct gw_loop *loop);

#endif
