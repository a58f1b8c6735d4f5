#include "ra-tls/collateral.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include "certbind/dcap/pcs.h"
#include "certbind/hex.h"

#define INTEL_ROOT_CRL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

/* One reply under way. */
struct transfer {
    char *body; /* owned */
    size_t len;
    char *issuer_chain; /* owned; the value of the header that ends in -issuer-chain */
    size_t chain_len;
    long status;
};

struct fetch {
    CURL *curl;
    const char *url;
    int64_t deadline_ms;
    struct certbind_error *err;
};

static int64_t now_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void transfer_cleanup(struct transfer *t)
{
    free(t->body);
    free(t->issuer_chain);
    *t = (struct transfer){0};
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    size_t n = size * count;
    char *grown;

    if (n > RATLS_COLLATERAL_MAX_BYTES - t->len)
        return 0;
    grown = realloc(t->body, t->len + n + 1);
    if (grown == NULL)
        return 0;
    t->body = grown;
    memcpy(t->body + t->len, data, n);
    t->len += n;
    return n;
}

/* SGX-PCK-CRL-Issuer-Chain, TCB-Info-Issuer-Chain, SGX-Enclave-Identity-Issuer-Chain and so on. */
static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    static const char suffix[] = "-issuer-chain";
    struct transfer *t = user;
    size_t n = size * count;
    const char *colon = memchr(data, ':', n);
    size_t name = colon == NULL ? 0 : (size_t)(colon - data);
    char *copy;
    size_t len;

    if (name < sizeof suffix ||
        strncasecmp(data + name - (sizeof suffix - 1), suffix, sizeof suffix - 1) != 0)
        return n;
    for (colon++, len = (size_t)(data + n - colon); len > 0 && *colon == ' '; len--)
        colon++;
    while (len > 0 && (colon[len - 1] == '\r' || colon[len - 1] == '\n' || colon[len - 1] == ' '))
        len--;
    copy = malloc(len + 1);
    if (copy == NULL || t->issuer_chain != NULL) {
        free(copy); /* a second chain is ambiguous: the transfer fails */
        return 0;
    }
    memcpy(copy, colon, len);
    copy[len] = '\0';
    t->issuer_chain = copy;
    t->chain_len = len;
    return n;
}

static certbind_status fail(const struct fetch *f, const char *url, const char *why)
{
    return certbind_fail(f->err, CERTBIND_E_COLLATERAL_MISSING, "cannot fetch '%.110s': %.60s", url,
                         why);
}

static void set_options(const struct fetch *f, const char *url, struct transfer *t, char *error)
{
    CURL *c = f->curl;
    int64_t left = f->deadline_ms - now_ms();

    curl_easy_reset(c);
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left > 1 ? (long)left : 1L);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "devproof");
}

/* One GET. Only status 200 is an answer. */
static certbind_status get(const struct fetch *f, const char *url, struct transfer *t)
{
    char error[CURL_ERROR_SIZE] = "";
    char status[32];
    CURLcode rc;

    *t = (struct transfer){0};
    set_options(f, url, t, error);
    rc = curl_easy_perform(f->curl);
    if (rc != CURLE_OK)
        return fail(f, url, error[0] != '\0' ? error : curl_easy_strerror(rc));
    (void)curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &t->status);
    (void)snprintf(status, sizeof status, "HTTP status %ld", t->status);
    return t->status == 200 ? CERTBIND_OK : fail(f, url, status);
}

static certbind_status get_path(const struct fetch *f, const char *path, struct transfer *t)
{
    char url[512];
    int n = snprintf(url, sizeof url, "%s%s", f->url, path);

    if (n < 0 || (size_t)n >= sizeof url)
        return fail(f, f->url, "the URL is too long");
    return get(f, url, t);
}

static certbind_status get_root_crl(const struct fetch *f, struct transfer *t)
{
    certbind_status status = get_path(f, "/sgx/certification/v4/rootcacrl", t);

    if (status == CERTBIND_OK || t->status != 404)
        return status;
    transfer_cleanup(t);
    return get(f, INTEL_ROOT_CRL, t);
}

enum { TCB_INFO, QE_IDENTITY, PCK_CRL, ROOT_CRL, TRANSFERS };

static certbind_status get_all(const struct fetch *f, const struct certbind_pck_info *info,
                               struct transfer t[TRANSFERS])
{
    const char *tee = info->tee_type == CERTBIND_TEE_TDX ? "tdx" : "sgx";
    char fmspc[2 * CERTBIND_FMSPC_LEN + 1];
    char path[160];
    certbind_status status;

    certbind_hex_encode(info->fmspc, sizeof info->fmspc, fmspc);
    (void)snprintf(path, sizeof path, "/%s/certification/v4/tcb?fmspc=%s", tee, fmspc);
    status = get_path(f, path, &t[TCB_INFO]);
    if (status != CERTBIND_OK)
        return status;
    (void)snprintf(path, sizeof path, "/%s/certification/v4/qe/identity", tee);
    status = get_path(f, path, &t[QE_IDENTITY]);
    if (status != CERTBIND_OK)
        return status;
    (void)snprintf(path, sizeof path, "/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
                   certbind_pck_ca_name(info->ca));
    status = get_path(f, path, &t[PCK_CRL]);
    return status == CERTBIND_OK ? get_root_crl(f, &t[ROOT_CRL]) : status;
}

static struct certbind_pcs_reply reply_of(const struct transfer *t)
{
    return (struct certbind_pcs_reply){certbind_bytes(t->body, t->len),
                                       certbind_bytes(t->issuer_chain, t->chain_len)};
}

certbind_status ratls_collateral_fetch(const char *url, struct certbind_bytes quote,
                                       long timeout_ms, char **out, size_t *len,
                                       struct certbind_error *err)
{
    struct transfer t[TRANSFERS] = {{0}};
    struct fetch f = {.url = url, .deadline_ms = now_ms() + timeout_ms, .err = err};
    struct certbind_pck_info info;
    struct certbind_quote parsed;
    certbind_status status;

    *out = NULL;
    *len = 0;
    status = certbind_quote_parse(quote, &parsed, err);
    if (status == CERTBIND_OK)
        status = certbind_pck_info(&parsed, &info, err);
    if (status != CERTBIND_OK)
        return status;
    f.curl = curl_easy_init();
    if (f.curl == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    status = get_all(&f, &info, t);
    if (status == CERTBIND_OK) {
        struct certbind_pcs_replies replies = {reply_of(&t[TCB_INFO]), reply_of(&t[QE_IDENTITY]),
                                               reply_of(&t[PCK_CRL]),
                                               certbind_bytes(t[ROOT_CRL].body, t[ROOT_CRL].len)};

        status = certbind_pcs_bundle(&replies, out, len, err);
    }
    for (size_t i = 0; i < TRANSFERS; i++)
        transfer_cleanup(&t[i]);
    curl_easy_cleanup(f.curl);
    return status;
}
