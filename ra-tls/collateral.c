#include "ra-tls/collateral.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <curl/curl.h>

#include "certbind/dcap/pcs.h"
#include "certbind/hex.h"
#include "ra-tls/pcs_reply.h"

#define INTEL_ROOT_CRL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

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

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    return ratls_pcs_reply_body(user, data, size * count) ? size * count : 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    return ratls_pcs_reply_header(user, data, size * count) ? size * count : 0;
}

static certbind_status fail(const struct fetch *f, const char *url, const char *why)
{
    return certbind_fail(f->err, CERTBIND_E_COLLATERAL_MISSING, "%.80s: cannot fetch '%.100s'", why,
                         url);
}

static void set_options(const struct fetch *f, const char *url, struct ratls_pcs_reply *t,
                        char *error)
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

static const char *meaning_of(long http_status)
{
    if (http_status == 404)
        return ", it knows no such platform";
    return http_status == 410 ? ", that evaluation was withdrawn" : "";
}

/* One GET. Only status 200 is an answer. */
static certbind_status get(const struct fetch *f, const char *url, struct ratls_pcs_reply *t,
                           long *http_status)
{
    char error[CURL_ERROR_SIZE] = "";
    char status[64];
    CURLcode rc;

    *t = (struct ratls_pcs_reply){.len = 0};
    *http_status = 0;
    set_options(f, url, t, error);
    rc = curl_easy_perform(f->curl);
    if (rc != CURLE_OK)
        return fail(f, url, error[0] != '\0' ? error : curl_easy_strerror(rc));
    (void)curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, http_status);
    (void)snprintf(status, sizeof status, "HTTP status %ld%s", *http_status,
                   meaning_of(*http_status));
    return *http_status == 200 ? CERTBIND_OK : fail(f, url, status);
}

static certbind_status get_path(const struct fetch *f, const char *path, struct ratls_pcs_reply *t,
                                long *http_status)
{
    char url[512];
    int n = snprintf(url, sizeof url, "%s%s", f->url, path);

    *http_status = 0;
    if (n < 0 || (size_t)n >= sizeof url)
        return fail(f, f->url, "the URL is too long");
    return get(f, url, t, http_status);
}

static certbind_status get_root_crl(const struct fetch *f, struct ratls_pcs_reply *t)
{
    long http_status;
    certbind_status status = get_path(f, "/sgx/certification/v4/rootcacrl", t, &http_status);

    if (status == CERTBIND_OK || http_status != 404)
        return status;
    ratls_pcs_reply_cleanup(t);
    return get(f, INTEL_ROOT_CRL, t, &http_status);
}

enum { TCB_INFO, QE_IDENTITY, PCK_CRL, ROOT_CRL, TRANSFERS };

static certbind_status get_all(const struct fetch *f, const struct certbind_pck_info *info,
                               struct ratls_pcs_reply t[TRANSFERS])
{
    const char *tee = info->tee_type == CERTBIND_TEE_TDX ? "tdx" : "sgx";
    char fmspc[2 * CERTBIND_FMSPC_LEN + 1];
    char path[160];
    certbind_status status;
    long http_status;

    certbind_hex_encode(info->fmspc, sizeof info->fmspc, fmspc);
    (void)snprintf(path, sizeof path, "/%s/certification/v4/tcb?fmspc=%s", tee, fmspc);
    status = get_path(f, path, &t[TCB_INFO], &http_status);
    if (status != CERTBIND_OK)
        return status;
    (void)snprintf(path, sizeof path, "/%s/certification/v4/qe/identity", tee);
    status = get_path(f, path, &t[QE_IDENTITY], &http_status);
    if (status != CERTBIND_OK)
        return status;
    (void)snprintf(path, sizeof path, "/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
                   certbind_pck_ca_name(info->ca));
    status = get_path(f, path, &t[PCK_CRL], &http_status);
    return status == CERTBIND_OK ? get_root_crl(f, &t[ROOT_CRL]) : status;
}

static struct certbind_pcs_reply reply_of(const struct ratls_pcs_reply *t)
{
    return (struct certbind_pcs_reply){certbind_bytes(t->body, t->len),
                                       certbind_bytes(t->issuer_chain, t->chain_len)};
}

certbind_status ratls_collateral_fetch(const char *url, struct certbind_bytes quote,
                                       long timeout_ms, char **out, size_t *len,
                                       struct certbind_error *err)
{
    struct ratls_pcs_reply t[TRANSFERS] = {{.len = 0}};
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
        ratls_pcs_reply_cleanup(&t[i]);
    curl_easy_cleanup(f.curl);
    return status;
}
