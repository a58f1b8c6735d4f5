/*
 * http1_refuse: the answer to a request head that cannot be read. Private.
 */
#ifndef GW_CORE_HTTP1_REFUSE_H
#define GW_CORE_HTTP1_REFUSE_H

#include <stdbool.h>

#include "gateway/core/http1_fields.h"

struct gw_conn;

/** Such a head has no exchange: answer, tell the log, end the connection. */
void gw_http1_refuse_head(struct gw_conn *c, const struct gw_http_refusal *why, bool is_head);

#endif
