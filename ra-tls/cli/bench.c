#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "certbind/dcap/verify.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/sample.h"

/* One P-256 verification, the unit that the others are told in. */
struct yardstick {
    EVP_PKEY *key;
    uint8_t message[632];
    uint8_t signature[80];
    size_t signature_len;
};

struct times {
    double *cold, *warm, *unit;
    size_t count;
};

static double now_us(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool yardstick_init(struct yardstick *y)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok;

    memset(y, 0, sizeof *y);
    y->key = EVP_EC_gen("P-256");
    y->signature_len = sizeof y->signature;
    ok = ctx != NULL && y->key != NULL &&
         EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, y->key) == 1 &&
         EVP_DigestSign(ctx, y->signature, &y->signature_len, y->message, sizeof y->message) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool yardstick_run(const struct yardstick *y)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok =
        ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, y->key) == 1 &&
        EVP_DigestVerify(ctx, y->signature, y->signature_len, y->message, sizeof y->message) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool run_cold(const struct certbind_dcap_policy *policy, struct certbind_dcap_report *report)
{
    const struct certbind_dcap_input input = {
        .quote = certbind_bytes(sample_quote, sample_quote_len),
        .bundle = certbind_bytes(sample_collateral, sample_collateral_len),
        .now = SAMPLE_NOW,
        .policy = policy,
    };

    return certbind_dcap_verify_bundle(&input, report, NULL) == CERTBIND_OK;
}

static bool run_warm(const struct certbind_collateral *collateral,
                     const struct certbind_dcap_policy *policy, struct certbind_dcap_report *report)
{
    return certbind_dcap_verify(certbind_bytes(sample_quote, sample_quote_len), collateral,
                                SAMPLE_NOW, policy, report, NULL) == CERTBIND_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* All three kinds in turn, so that a busy machine slows all alike. */
static bool measure(struct times *t, unsigned *cold_checks, unsigned *warm_checks)
{
    struct certbind_collateral *collateral = NULL;
    struct certbind_dcap_policy policy;
    struct certbind_dcap_report report;
    struct yardstick y;
    bool ok = yardstick_init(&y) &&
              certbind_collateral_new(certbind_bytes(sample_collateral, sample_collateral_len),
                                      certbind_bytes(NULL, 0), SAMPLE_NOW, &collateral,
                                      NULL) == CERTBIND_OK;

    certbind_dcap_policy_default(&policy);
    for (size_t i = 0; ok && i < t->count; i++) {
        double start = now_us();

        ok = run_cold(&policy, &report);
        *cold_checks = report.signature_checks + report.facts.signature_checks;
        t->cold[i] = now_us() - start;
        start = now_us();
        ok = ok && run_warm(collateral, &policy, &report);
        *warm_checks = report.signature_checks;
        t->warm[i] = now_us() - start;
        start = now_us();
        ok = ok && yardstick_run(&y);
        t->unit[i] = now_us() - start;
    }
    certbind_collateral_free(collateral);
    EVP_PKEY_free(y.key);
    return ok;
}

static void print_result(const struct times *t, unsigned cold_checks, unsigned warm_checks,
                         bool json)
{
    double unit = median(t->unit, t->count);
    double cold = median(t->cold, t->count);
    double warm = median(t->warm, t->count);

    if (json) {
        (void)printf("{\"rounds\":%zu,\"p256_verify_us\":%.1f,"
                     "\"cold\":{\"us\":%.1f,\"ratio\":%.2f,\"signature_checks\":%u},"
                     "\"warm\":{\"us\":%.1f,\"ratio\":%.2f,\"signature_checks\":%u}}\n",
                     t->count, unit, cold, cold / unit, cold_checks, warm, warm / unit,
                     warm_checks);
        return;
    }
    (void)printf("quote verification, medians of %zu, interleaved with one P-256 verification\n"
                 "  P-256 verification  %8.1f us\n"
                 "  cold                %8.1f us  %5.2f x  %u signature checks\n"
                 "  warm                %8.1f us  %5.2f x  %u signature checks\n"
                 "cold: nothing verified before but the pinned root; warm: the same collateral\n",
                 t->count, unit, cold, cold / unit, cold_checks, warm, warm / unit, warm_checks);
}

enum exit_code command_bench_verify(const struct arguments *args)
{
    uint64_t rounds = 200;
    struct times t = {0};
    unsigned cold_checks = 0;
    unsigned warm_checks = 0;
    bool ok;

    if (args->value[ARG_ROUNDS] != NULL &&
        (!arguments_number(args->value[ARG_ROUNDS], 1000000, &rounds) || rounds == 0)) {
        (void)fprintf(stderr, "devproof bench verify: --rounds takes a number\n");
        return EXIT_USAGE;
    }
    t.count = (size_t)rounds;
    t.cold = calloc(t.count, sizeof *t.cold);
    t.warm = calloc(t.count, sizeof *t.warm);
    t.unit = calloc(t.count, sizeof *t.unit);
    ok = t.cold != NULL && t.warm != NULL && t.unit != NULL &&
         measure(&t, &cold_checks, &warm_checks);
    if (ok)
        print_result(&t, cold_checks, warm_checks, args->value[ARG_JSON] != NULL);
    else
        (void)fprintf(stderr, "devproof bench verify: the sample does not verify\n");
    free(t.cold);
    free(t.warm);
    free(t.unit);
    return ok ? EXIT_ACCEPTED : EXIT_FAILED;
}
