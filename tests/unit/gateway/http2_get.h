/*
 * http2_get: one GET after the other over HTTP/2, blocking, with hand-made frames.
 */
#ifndef TESTS_UNIT_GATEWAY_HTTP2_GET_H
#define TESTS_UNIT_GATEWAY_HTTP2_GET_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

/** Returns: whether the handshake chose it. */
bool http2_get_chosen(SSL *ssl);

/** Send preface and SETTINGS, once. */
void http2_get_begin(SSL *ssl);

/** Returns: the status, of those in the static table. Out: body, NUL-terminated */
unsigned http2_get(SSL *ssl, const char *path, char *body, size_t room);

#endif
