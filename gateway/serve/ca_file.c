#include "gateway/serve/ca_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "gateway/serve/pem_file.h"

enum { CA_MAX_BYTES = 4 * 1024 * 1024, CA_MAX_COUNT = 1024 };

size_t gateway_ca_file_add(const struct gateway_ca_file *ca, X509_STORE *store,
                           OSSL_LIB_CTX *libctx)
{
    BIO *bio = BIO_new_mem_buf(ca->pem, (int)ca->len);
    size_t count = 0;
    bool good = bio != NULL;

    while (good && count <= CA_MAX_COUNT) {
        X509 *one = X509_new_ex(libctx, NULL);

        if (one == NULL || PEM_read_bio_X509(bio, &one, NULL, NULL) == NULL) {
            X509_free(one);
            break;
        }
        good = store == NULL || X509_STORE_add_cert(store, one) == 1;
        count++;
        X509_free(one);
    }
    good = good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return good && count <= CA_MAX_COUNT ? count : 0;
}

bool gateway_ca_file_load(struct gateway_ca_file *out, const char *file, const uint8_t *sha256,
                          char *err, size_t err_len)
{
    uint8_t hash[CERTBIND_SHA256_LEN];
    char hex[2 * CERTBIND_SHA256_LEN + 1];

    *out = (struct gateway_ca_file){0};
    if (!gateway_pem_file_read(file, CA_MAX_BYTES, &out->pem, &out->len, err, err_len))
        return false;
    if (!certbind_sha256(certbind_bytes(out->pem, out->len), hash)) {
        (void)snprintf(err, err_len, "'%s' cannot be hashed", file);
        return false;
    }
    if (memcmp(hash, sha256, sizeof hash) != 0) {
        certbind_hex_encode(hash, sizeof hash, hex);
        (void)snprintf(err, err_len, "'%s' has the SHA-256 %s, not ca_sha256", file, hex);
        return false;
    }
    if (gateway_ca_file_add(out, NULL, NULL) == 0) {
        (void)snprintf(err, err_len, "'%s' is no PEM file of certificates", file);
        return false;
    }
    return true;
}

void gateway_ca_file_cleanup(struct gateway_ca_file *ca)
{
    free(ca->pem);
    *ca = (struct gateway_ca_file){0};
}
