/* tls_side: keys and certificates for the TLS of schedules, made once per process. */
#ifndef TESTS_SCHEDULE_TLS_SIDE_H
#define TESTS_SCHEDULE_TLS_SIDE_H

#include <openssl/ssl.h>

#include "gateway/core/identity.h"

void tls_side_open(void);
void tls_side_close(void);

/** Returns: a new identity for TLS listeners, with one reference. */
struct gw_identity *tls_side_identity(void);

/** The scripted peers' contexts; borrowed. */
SSL_CTX *tls_side_client(void);
SSL_CTX *tls_side_client_http2(void);
SSL_CTX *tls_side_server(void);
SSL_CTX *tls_side_server_http2(void);

#endif
