#include "gateway/lifetime/process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

enum {
    HEAP_PER_CONNECTION = 64,
    HEAP_BASE = 256 * 1024,
    HEAP_SMALLEST_PIECE = 32 /* an X25519 or P-256 private key */
};

static bool no_dumps(void)
{
    const struct rlimit none = {0, 0};

    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

bool gateway_process_harden(char *err, size_t err_len)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (clearenv() != 0 || !no_dumps() || sigaction(SIGPIPE, &ignore, NULL) != 0) {
        (void)snprintf(err, err_len, "cannot harden the process: %s", strerror(errno));
        return false;
    }
    /* Whoever initialises OpenSSL first decides whether openssl.cnf is read: nobody does. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
        curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)snprintf(err, err_len, "cannot initialise OpenSSL or libcurl");
        return false;
    }
    return true;
}

size_t gateway_secure_heap_bytes(uint32_t max_connections)
{
    size_t wanted = (size_t)HEAP_PER_CONNECTION * max_connections + HEAP_BASE;
    size_t bytes = 1;

    while (bytes < wanted)
        bytes *= 2;
    return bytes;
}

bool gateway_secure_heap_start(uint32_t max_connections, char *err, size_t err_len)
{
    size_t bytes = gateway_secure_heap_bytes(max_connections);
    struct rlimit limit = {0, 0};

    /* More may be allowed than is set. Privileged processes are not bound by the limit. */
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < bytes) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &limit);
    }
    if (CRYPTO_secure_malloc_init(bytes, HEAP_SMALLEST_PIECE) == 1)
        return true;
    (void)snprintf(err, err_len,
                   "cannot lock %zu bytes of memory for keys (limits.max_connections is %u): "
                   "RLIMIT_MEMLOCK allows %llu; raise it (docker: --ulimit memlock=%zu)",
                   bytes, (unsigned)max_connections, (unsigned long long)limit.rlim_cur, bytes);
    ERR_clear_error();
    return false;
}

uint64_t gateway_raise_open_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

unsigned gateway_cpu_quota(const char *text)
{
    char *end = NULL;
    unsigned long quota = strtoul(text, &end, 10);
    unsigned long period = end == text ? 0 : strtoul(end, NULL, 10);
    unsigned long cpus;

    if (end == text || quota == 0 || period == 0)
        return 0;
    cpus = quota / period + (quota % period != 0);
    return cpus < UINT32_MAX ? (unsigned)cpus : 0;
}

static unsigned quota_allowed(void)
{
    char text[64] = "";
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");

    if (f == NULL)
        return 0;
    if (fgets(text, sizeof text, f) == NULL)
        text[0] = '\0';
    (void)fclose(f);
    return gateway_cpu_quota(text);
}

unsigned gateway_cpus_allowed(void)
{
    unsigned quota = quota_allowed();
    unsigned cpus = 0;
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cpus = (unsigned)CPU_COUNT(&set);
    if (quota > 0 && quota < cpus)
        cpus = quota;
    return cpus > 0 ? cpus : 1;
}
