/*
 * crl_file: revocation lists (RFC 5280) of the authorities of clients.
 *
 * The file is no part of the published configuration: what it says is signed by the authorities
 * that are. Whoever can write it can at most hold back a newer list until the next one is due, when
 * the one at hand refuses every client.
 */
#ifndef GATEWAY_SERVE_CRL_FILE_H
#define GATEWAY_SERVE_CRL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

enum { GATEWAY_CRL_MAX_BYTES = 1024 * 1024, GATEWAY_CRL_MAX_COUNT = 64 };

struct gateway_crl_file {
    uint8_t *pem; /* owned; NULL: none */
    size_t len;
    size_t count;
    int64_t next_updates[GATEWAY_CRL_MAX_COUNT]; /* of the lists, first to last; Unix seconds */
};

/**
 * Read a PEM text of `X509 CRL` blocks.
 *
 * Returns: false with a text in err: it is too long, has no list, too many or a malformed one, or
 *          one that does not say when the next is due
 * In:      pem  becomes out's when it is good
 */
bool gateway_crl_file_parse(uint8_t *pem, size_t len, struct gateway_crl_file *out, char *err,
                            size_t err_len);

/** The same of a file. Out: out  to be given to gateway_crl_file_cleanup, also after a failure */
bool gateway_crl_file_load(struct gateway_crl_file *out, const char *file, char *err,
                           size_t err_len);

/**
 * Add every list to a store, which from then on takes a certificate only with a list of its issuer
 * that is valid now and does not name it, and the same of each certificate above it.
 *
 * Returns: false when that could not be done; the store must not be used
 */
bool gateway_crl_file_add(const struct gateway_crl_file *crl, X509_STORE *store,
                          OSSL_LIB_CTX *libctx);

/** Accepts a zeroed struct. */
void gateway_crl_file_cleanup(struct gateway_crl_file *crl);

#endif
