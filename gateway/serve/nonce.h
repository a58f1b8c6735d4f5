/*
 * nonce: answers that wait for a quote, on a worker's loop: `GET session` in quote form and
 * `GET binding?nonce=` (binding.md 4 and 5).
 */
#ifndef GATEWAY_SERVE_NONCE_H
#define GATEWAY_SERVE_NONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/session.h"
#include "gateway/core/exchange.h"
#include "gateway/limits/limits.h"
#include "gateway/evidence/quote_desk.h"

/**
 * Let an exchange wait for a quote over its nonce; it is answered later, or at once when it may not
 * wait.
 *
 * In: limits   of this worker; NULL: connections alone are limited
 *     session  the proof of this session, else a fresh binding
 */
void gateway_nonce_wait(struct gateway_quote_desk *desk, struct gateway_limits *limits,
                        struct gw_exchange *x, bool session,
                        const uint8_t nonce[CERTBIND_NONCE_LEN]);

/** An exchange that nobody decided is over. */
void gateway_nonce_gone(struct gw_exchange *x);

/**
 * Observe what S commits to, except for the statement.
 *
 * Returns: false when the connection has no exporter
 * Out:     out  server_name is borrowed from the connection
 */
bool gateway_session_observe(const struct gw_conn_info *conn,
                             const uint8_t nonce[CERTBIND_NONCE_LEN],
                             struct certbind_session_inputs *out);

#endif
