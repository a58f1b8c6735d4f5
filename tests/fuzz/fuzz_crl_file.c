/* A file of revocation lists: what is taken goes into a store, list by list. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/serve/crl_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gateway_crl_file crl;
    char err[200] = "";
    uint8_t *copy = malloc(size + 1);
    X509_STORE *store;

    if (copy == NULL)
        return 0;
    if (size > 0)
        memcpy(copy, data, size);
    if (!gateway_crl_file_parse(copy, size, &crl, err, sizeof err)) {
        assert(crl.pem == NULL && crl.count == 0 && err[0] != '\0');
        free(copy);
        return 0;
    }
    assert(crl.count > 0 && crl.count <= GATEWAY_CRL_MAX_COUNT);
    store = X509_STORE_new();
    assert(store != NULL && gateway_crl_file_add(&crl, store, NULL));
    X509_STORE_free(store);
    gateway_crl_file_cleanup(&crl);
    return 0;
}
