#include "gateway/identity/chain_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { WHY = 128 };

static bool wrong(char why[WHY], const char *what)
{
    (void)snprintf(why, WHY, "%s", what);
    ERR_clear_error();
    return false;
}

/* Every certificate of the text. Returns: NULL with a sentence. */
static STACK_OF(X509) * read_all(const char *pem, size_t len, char why[WHY])
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    STACK_OF(X509) *all = sk_X509_new_null();
    X509 *one;

    while (bio != NULL && all != NULL && sk_X509_num(all) <= GATEWAY_CHAIN_MAX_CERTIFICATES &&
           (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(all, one) <= 0)
            X509_free(one);
    BIO_free(bio);
    if (sk_X509_num(all) < 1 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE ||
        sk_X509_num(all) > GATEWAY_CHAIN_MAX_CERTIFICATES) {
        (void)wrong(why, "it is not one to eight certificates in PEM");
        sk_X509_pop_free(all, X509_free);
        return NULL;
    }
    ERR_clear_error();
    return all;
}

static bool is_linked(STACK_OF(X509) * all)
{
    for (int i = 0; i + 1 < sk_X509_num(all); i++) {
        X509 *issuer = sk_X509_value(all, i + 1);

        if (X509_check_issued(issuer, sk_X509_value(all, i)) != X509_V_OK ||
            X509_verify(sk_X509_value(all, i), X509_get0_pubkey(issuer)) != 1)
            return false;
    }
    return true;
}

static bool is_for_key(X509 *leaf, const uint8_t *spki_sha256)
{
    uint8_t hash[CERTBIND_SHA256_LEN];
    uint8_t *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
    bool ok = len > 0 && certbind_sha256(certbind_bytes(spki, (size_t)len), hash) &&
              memcmp(hash, spki_sha256, sizeof hash) == 0;

    OPENSSL_free(spki);
    return ok;
}

static bool covers(X509 *leaf, const char *name)
{
    char probe[260];

    /* A wildcard's certificate must cover any name below it. */
    (void)snprintf(probe, sizeof probe, "%s%s", name[0] == '*' ? "any" : "",
                   name[0] == '*' ? name + 1 : name);
    return X509_check_host(leaf, probe, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

static bool check(STACK_OF(X509) * all, const struct gateway_chain_demand *demand, char why[WHY])
{
    X509 *leaf = sk_X509_value(all, 0);
    time_t now = (time_t)demand->now;

    if (!is_for_key(leaf, demand->spki_sha256))
        return wrong(why, "its first certificate is not for the gateway's current key: see csr");
    if (!covers(leaf, demand->name))
        return wrong(why, "its first certificate does not cover the name");
    if (X509_cmp_time(X509_get0_notBefore(leaf), &now) >= 0)
        return wrong(why, "its first certificate is not valid yet");
    if (X509_cmp_time(X509_get0_notAfter(leaf), &now) <= 0)
        return wrong(why, "its first certificate has expired");
    return is_linked(all) ? true : wrong(why, "a certificate is not issued by the one after it");
}

static bool add_der(struct gateway_chain *out, X509 *certificate)
{
    uint8_t *der = NULL;
    int len = i2d_X509(certificate, &der);
    uint8_t *more = len > 0 ? realloc(out->der, out->len + (size_t)len) : NULL;

    if (more != NULL) {
        memcpy(more + out->len, der, (size_t)len);
        out->der = more;
        out->len += (size_t)len;
        out->count++;
    }
    OPENSSL_free(der);
    return more != NULL;
}

static bool fill(STACK_OF(X509) * all, struct gateway_chain *out)
{
    X509 *leaf = sk_X509_value(all, 0);
    struct tm tm;

    for (int i = 0; i < sk_X509_num(all); i++) {
        if (!add_der(out, sk_X509_value(all, i)))
            return false;
        if (i == 0 && !certbind_sha256(certbind_bytes(out->der, out->len), out->leaf_sha256))
            return false;
    }
    if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &tm) != 1)
        return false;
    out->not_after = (int64_t)timegm(&tm);
    return true;
}

bool gateway_chain_parse(const char *pem, size_t len, const struct gateway_chain_demand *demand,
                         struct gateway_chain *out, char why[128])
{
    STACK_OF(X509) * all;
    bool ok;

    *out = (struct gateway_chain){.name = demand->name};
    if (len > GATEWAY_CHAIN_MAX_BYTES)
        return wrong(why, "it is longer than 64 KiB");
    all = read_all(pem, len, why);
    if (all == NULL)
        return false;
    ok = check(all, demand, why) && (fill(all, out) || wrong(why, "memory ran out"));
    sk_X509_pop_free(all, X509_free);
    if (!ok) {
        free(out->der);
        *out = (struct gateway_chain){.name = demand->name};
    }
    return ok;
}

bool gateway_chain_read(const char *file, const struct gateway_chain_demand *demand,
                        struct gateway_chain *out, char why[128])
{
    char *text = malloc(GATEWAY_CHAIN_MAX_BYTES + 1);
    FILE *f = text == NULL ? NULL : fopen(file, "re");
    size_t len = f == NULL ? 0 : fread(text, 1, GATEWAY_CHAIN_MAX_BYTES + 1, f);
    bool ok = f != NULL && !ferror(f);

    *out = (struct gateway_chain){.name = demand->name};
    if (ok)
        ok = gateway_chain_parse(text, len, demand, out, why);
    else
        (void)wrong(why, text == NULL ? "memory ran out" : strerror(errno));
    if (f != NULL)
        (void)fclose(f);
    free(text);
    return ok;
}

bool gateway_chain_write(const char *file, const char *pem, size_t len, char why[128])
{
    char *part = NULL;
    FILE *f = NULL;
    bool ok = asprintf(&part, "%s.part", file) > 0;

    if (ok)
        f = fopen(part, "we");
    ok = f != NULL && fwrite(pem, 1, len, f) == len && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (f != NULL)
        ok = fclose(f) == 0 && ok;
    ok = ok && rename(part, file) == 0;
    if (!ok) {
        (void)snprintf(why, 128, "'%.60s' cannot be written: %s", file, strerror(errno));
        if (f != NULL)
            (void)unlink(part);
    }
    free(part);
    return ok;
}

struct gateway_chains *gateway_chains_new(size_t count)
{
    struct gateway_chains *chains = calloc(1, sizeof *chains + count * sizeof chains->list[0]);

    if (chains != NULL) {
        atomic_init(&chains->refs, 1);
        chains->count = count;
    }
    return chains;
}

struct gateway_chains *gateway_chains_ref(struct gateway_chains *chains)
{
    if (chains != NULL)
        (void)atomic_fetch_add_explicit(&chains->refs, 1, memory_order_relaxed);
    return chains;
}

void gateway_chains_unref(struct gateway_chains *chains)
{
    if (chains == NULL || atomic_fetch_sub_explicit(&chains->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < chains->count; i++)
        free(chains->list[i].der);
    free(chains);
}

static bool matches(const char *pattern, const char *name)
{
    const char *rest = strchr(name, '.');

    if (pattern[0] != '*')
        return strcmp(pattern, name) == 0;
    return rest != NULL && rest != name && strcmp(pattern + 1, rest) == 0;
}

const struct gateway_chain *gateway_chains_find(const struct gateway_chains *chains,
                                                const char *name)
{
    const struct gateway_chain *found = NULL;

    for (size_t i = 0; chains != NULL && name != NULL && i < chains->count; i++) {
        const struct gateway_chain *c = &chains->list[i];

        if (c->len > 0 && matches(c->name, name) && (found == NULL || c->name[0] != '*'))
            found = c;
    }
    return found;
}
