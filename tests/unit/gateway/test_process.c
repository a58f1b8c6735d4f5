#include "gateway/lifetime/process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "tests/support/cmocka_all.h"

static void a_hardened_process_has_no_environment_and_no_dumps(void **state)
{
    struct rlimit core;
    struct sigaction pipe_action;
    char err[128] = "";

    (void)state;
    assert_int_equal(0, setenv("OPENSSL_CONF", "/nonexistent", 1));
    assert_true(gateway_process_harden(err, sizeof err));
    assert_null(getenv("OPENSSL_CONF"));
    assert_null(getenv("PATH"));
    assert_int_equal(0, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    assert_int_equal(1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    assert_int_equal(0, getrlimit(RLIMIT_CORE, &core));
    assert_int_equal(0, core.rlim_max);
    assert_int_equal(0, sigaction(SIGPIPE, NULL, &pipe_action));
    assert_ptr_equal(SIG_IGN, pipe_action.sa_handler);
}

static void the_secure_heap_grows_with_the_connections(void **state)
{
    static const struct {
        uint32_t connections;
        size_t bytes;
    } rows[] = {
        {1, 512 * 1024},     {4096, 512 * 1024},          {4097, 1024 * 1024},
        {8192, 1024 * 1024}, {1000000, 64 * 1024 * 1024},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rows[i].bytes, gateway_secure_heap_bytes(rows[i].connections));
}

static void private_keys_of_sessions_are_in_the_secure_heap(void **state)
{
    char err[256] = "";
    EVP_PKEY *key;
    size_t before;

    (void)state;
    assert_true(gateway_secure_heap_start(16, err, sizeof err));
    assert_int_equal(1, CRYPTO_secure_malloc_initialized());
    EVP_PKEY_free(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")); /* the random generators stay */
    before = CRYPTO_secure_used();
    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(key);
    assert_true(CRYPTO_secure_used() >= before + 32);
    EVP_PKEY_free(key);
    assert_int_equal(before, CRYPTO_secure_used());
}

static void a_quota_is_rounded_up_to_whole_cpus(void **state)
{
    static const struct {
        const char *text;
        unsigned cpus;
    } rows[] = {
        {"max 100000\n", 0},
        {"100000 100000\n", 1},
        {"150000 100000", 2},
        {"50000 100000", 1},
        {"", 0},
        {"100000", 0},
        {"100000 0", 0},
        {"x y", 0},
        {"0 100000", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rows[i].cpus, gateway_cpu_quota(rows[i].text));
    assert_true(gateway_cpus_allowed() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hardened_process_has_no_environment_and_no_dumps),
        cmocka_unit_test(the_secure_heap_grows_with_the_connections),
        cmocka_unit_test(private_keys_of_sessions_are_in_the_secure_heap),
        cmocka_unit_test(a_quota_is_rounded_up_to_whole_cpus),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
