/*
 * answer: what the local proxy says when it does not forward.
 */
#ifndef SHIM_ANSWER_H
#define SHIM_ANSWER_H

#include "gateway/core/exchange.h"

/**
 * Answer with `{"error":{"code":...,"message":...}}`, and Proxy-Status (RFC 9209) with the code as
 * its details.
 *
 * In: code          stable kebab-case (static)
 *     message       for people; escaped here
 *     proxy_status  error token; NULL: no Proxy-Status field
 */
void shim_answer_error(struct gw_exchange *x, unsigned status, const char *code,
                       const char *message, const char *proxy_status);

#endif
