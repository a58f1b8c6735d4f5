/* Revocation lists of clients when memory is short, or their time is over. */
#include "gateway/serve/clients.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/support/cmocka_all.h"

enum { HOUR = 3600, LOG_BYTES = 4096 };

static bool without_memory;

static void *own_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return without_memory ? NULL : malloc(size);
}

static void *own_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return without_memory ? NULL : realloc(old, size);
}

static void own_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

struct world {
    uv_loop_t loop;
    char folder[32], ca[64], crl[64];
    struct gateway_log log;
    struct gateway_clients clients;
    EVP_PKEY *key;
    X509_NAME *name;
};

static void put_authority(struct world *w, uint8_t *sha256)
{
    X509 *cert = X509_new();
    FILE *f = fopen(w->ca, "w+");
    char pem[4096];
    size_t len;

    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), HOUR));
    assert_int_equal(1, X509_set_issuer_name(cert, w->name));
    assert_int_equal(1, X509_set_subject_name(cert, w->name));
    assert_int_equal(1, X509_set_pubkey(cert, w->key));
    assert_true(X509_sign(cert, w->key, EVP_sha256()) > 0);
    assert_int_equal(1, PEM_write_X509(f, cert));
    rewind(f);
    len = fread(pem, 1, sizeof pem, f);
    assert_int_equal(1, EVP_Digest(pem, len, sha256, NULL, EVP_sha256(), NULL));
    (void)fclose(f);
    X509_free(cert);
}

/* Two lists, which end at these times, in the file. */
static void put_lists(const struct world *w, int64_t one, int64_t other)
{
    FILE *f = fopen(w->crl, "w");
    int64_t until[] = {one, other};

    for (size_t i = 0; i < 2; i++) {
        X509_CRL *crl = X509_CRL_new();
        ASN1_TIME *at = ASN1_TIME_set(NULL, until[i] - 2 * HOUR);

        assert_int_equal(1, X509_CRL_set_version(crl, 1));
        assert_int_equal(1, X509_CRL_set_issuer_name(crl, w->name));
        assert_int_equal(1, X509_CRL_set1_lastUpdate(crl, at));
        assert_non_null(ASN1_TIME_set(at, until[i]));
        assert_int_equal(1, X509_CRL_set1_nextUpdate(crl, at));
        assert_true(X509_CRL_sign(crl, w->key, EVP_sha256()) > 0);
        assert_int_equal(1, PEM_write_X509_CRL(f, crl));
        ASN1_TIME_free(at);
        X509_CRL_free(crl);
    }
    (void)fclose(f);
}

static int open_world(void **state)
{
    static struct world w;
    struct gateway_listener listener = {.client_auth = GATEWAY_CLIENT_AUTH_REQUIRED};
    char err[300] = "", log[64];

    w = (struct world){.folder = "/tmp/clients-XXXXXX"};
    assert_non_null(mkdtemp(w.folder));
    (void)snprintf(w.ca, sizeof w.ca, "%s/ca", w.folder);
    (void)snprintf(w.crl, sizeof w.crl, "%s/crl", w.folder);
    (void)snprintf(log, sizeof log, "%s/log", w.folder);
    w.log = (struct gateway_log){GATEWAY_LOG_TEXT, open(log, O_RDWR | O_CREAT, 0600), NULL};
    (void)unlink(log);
    w.key = EVP_EC_gen("P-256");
    w.name = X509_NAME_new();
    assert_int_equal(1, X509_NAME_add_entry_by_txt(w.name, "CN", MBSTRING_ASC,
                                                   (const unsigned char *)"root", -1, -1, 0));
    put_authority(&w, listener.client_ca_sha256);
    put_lists(&w, time(NULL) + HOUR, time(NULL) + HOUR);
    listener.client_ca_file = w.ca;
    listener.client_crl_file = w.crl;
    assert_true(gateway_clients_init(&w.clients, &listener, err, sizeof err));
    assert_int_equal(0, uv_loop_init(&w.loop));
    gateway_clients_watch(&w.clients, &w.loop, &w.log);
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;

    gateway_clients_unwatch(&w->clients);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(0, uv_loop_close(&w->loop));
    gateway_clients_cleanup(&w->clients);
    (void)close(w->log.fd);
    (void)unlink(w->ca);
    (void)unlink(w->crl);
    (void)rmdir(w->folder);
    X509_NAME_free(w->name);
    EVP_PKEY_free(w->key);
    return 0;
}

/* Returns: how often the log has the words. */
static unsigned told(const struct world *w, const char *words)
{
    char text[LOG_BYTES] = "";
    unsigned count = 0;

    assert_true(pread(w->log.fd, text, sizeof text - 1, 0) >= 0);
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

static void run_until(struct world *w, const char *words)
{
    while (told(w, words) == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void each_list_that_expires_is_told_once(void **state)
{
    struct world *w = *state;
    int64_t now = time(NULL);

    put_lists(w, now + 2, now - HOUR);
    gateway_clients_reload(&w->clients);
    assert_int_equal(1, told(w, " warn client-crl-expired "));
    assert_int_equal(1, told(w, " expired=1 lists=2"));
    run_until(w, " expired=2 lists=2");
    gateway_clients_reload(&w->clients); /* the same file */
    assert_int_equal(2, told(w, " warn client-crl-expired "));
    put_lists(w, now + HOUR, now - HOUR);
    gateway_clients_reload(&w->clients);
    assert_int_equal(2, told(w, " expired=1 lists=2"));
}

static void a_loop_without_memory_gets_no_store_and_the_log_says_so(void **state)
{
    struct world *w = *state;
    const struct gw_client_auth *auth = &w->clients.auth;
    unsigned before = atomic_load(auth->version);
    X509_STORE *store;

    put_lists(w, time(NULL) + 2 * HOUR, time(NULL) + 2 * HOUR);
    gateway_clients_reload(&w->clients);
    assert_int_equal(before + 1, atomic_load(auth->version));
    without_memory = true;
    for (int i = 0; i < 3; i++)
        assert_null(auth->make_store(auth->user, NULL));
    without_memory = false;
    assert_int_equal(3, atomic_load(&w->clients.refused));
    run_until(w, " warn client-crl-memory ");
    assert_int_equal(1, told(w, " refused=3"));
    store = auth->make_store(auth->user, NULL);
    assert_non_null(store);
    X509_STORE_free(store);
    assert_int_equal(3, atomic_load(&w->clients.refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_list_that_expires_is_told_once, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_loop_without_memory_gets_no_store_and_the_log_says_so,
                                        open_world, close_world),
    };

    if (CRYPTO_set_mem_functions(own_malloc, own_realloc, own_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
