#include "gateway/serve/crl_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "gateway/serve/pem_file.h"

/* Call fn with every list. Returns: how many there are; 0 when one cannot be read, or fn says no,
 * or there are too many. */
static size_t for_each(const uint8_t *pem, size_t len, OSSL_LIB_CTX *libctx,
                       bool (*fn)(void *user, X509_CRL *one), void *user)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    size_t count = 0;
    bool good = bio != NULL;

    while (good && count <= GATEWAY_CRL_MAX_COUNT) {
        X509_CRL *one = X509_CRL_new_ex(libctx, NULL);

        if (one == NULL || PEM_read_bio_X509_CRL(bio, &one, NULL, NULL) == NULL) {
            X509_CRL_free(one);
            break;
        }
        good = fn(user, one);
        count++;
        X509_CRL_free(one);
    }
    good = good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return good && count <= GATEWAY_CRL_MAX_COUNT ? count : 0;
}

struct dates {
    int64_t at[GATEWAY_CRL_MAX_COUNT];
    size_t count;
};

/* Keep when the next one is due, in order. */
static bool look(void *user, X509_CRL *one)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(one);
    struct dates *dates = user;
    struct tm tm;
    int64_t at;
    size_t i;

    if (next == NULL || ASN1_TIME_to_tm(next, &tm) != 1 || dates->count == GATEWAY_CRL_MAX_COUNT)
        return false;
    at = (int64_t)timegm(&tm);
    for (i = dates->count++; i > 0 && dates->at[i - 1] > at; i--)
        dates->at[i] = dates->at[i - 1];
    dates->at[i] = at;
    return true;
}

bool gateway_crl_file_parse(uint8_t *pem, size_t len, struct gateway_crl_file *out, char *err,
                            size_t err_len)
{
    struct dates dates = {.count = 0};
    const size_t count = len > GATEWAY_CRL_MAX_BYTES ? 0 : for_each(pem, len, NULL, look, &dates);

    *out = (struct gateway_crl_file){0};
    if (count == 0) {
        (void)snprintf(err, err_len,
                       "no PEM file of at most %d revocation lists that say when the next is due",
                       GATEWAY_CRL_MAX_COUNT);
        return false;
    }
    *out = (struct gateway_crl_file){.pem = pem, .len = len, .count = count};
    memcpy(out->next_updates, dates.at, sizeof dates.at);
    return true;
}

bool gateway_crl_file_load(struct gateway_crl_file *out, const char *file, char *err,
                           size_t err_len)
{
    char why[160];
    uint8_t *pem;
    size_t len;

    *out = (struct gateway_crl_file){0};
    if (!gateway_pem_file_read(file, GATEWAY_CRL_MAX_BYTES, &pem, &len, err, err_len))
        return false;
    if (gateway_crl_file_parse(pem, len, out, why, sizeof why))
        return true;
    (void)snprintf(err, err_len, "'%s' is %s", file, why);
    free(pem);
    return false;
}

static bool add(void *user, X509_CRL *one)
{
    return X509_STORE_add_crl(user, one) == 1;
}

bool gateway_crl_file_add(const struct gateway_crl_file *crl, X509_STORE *store,
                          OSSL_LIB_CTX *libctx)
{
    return X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1 &&
           for_each(crl->pem, crl->len, libctx, add, store) == crl->count && crl->count > 0;
}

void gateway_crl_file_cleanup(struct gateway_crl_file *crl)
{
    free(crl->pem);
    *crl = (struct gateway_crl_file){0};
}
