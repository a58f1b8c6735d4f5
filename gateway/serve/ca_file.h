/*
 * ca_file: authorities that the configuration names by a file and its SHA-256, so that whoever
 * reads the published configuration knows what is trusted.
 */
#ifndef GATEWAY_SERVE_CA_FILE_H
#define GATEWAY_SERVE_CA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

struct gateway_ca_file {
    uint8_t *pem; /* owned; NULL: none */
    size_t len;
};

/**
 * Read a file.
 *
 * Returns: false with a text in err: it cannot be read, has another hash, or is no PEM file of
 *          certificates
 * In:      sha256  32 bytes: of the file
 * Out:     out     to be given to gateway_ca_file_cleanup, also after a failure
 */
bool gateway_ca_file_load(struct gateway_ca_file *out, const char *file, const uint8_t *sha256,
                          char *err, size_t err_len);

/** Add every certificate to a store. Returns: how many there are; 0 when one cannot be added.
 * In: store  NULL: they are only counted */
size_t gateway_ca_file_add(const struct gateway_ca_file *ca, X509_STORE *store,
                           OSSL_LIB_CTX *libctx);

/** Accepts a zeroed struct. */
void gateway_ca_file_cleanup(struct gateway_ca_file *ca);

#endif
