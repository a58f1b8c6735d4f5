#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "certbind/leaf.h"
#include "certbind/preimage.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/print.h"
#include "ra-tls/policy_file.h"

static void print_time(const char *name, int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    char text[40] = "out of range";

    if (gmtime_r(&t, &tm) != NULL)
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    (void)printf("  %-20s %s\n", name, text);
}

static void print_names(const struct certbind_leaf *leaf)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf->x509, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        char text[256];

        if (n->type != GEN_DNS)
            continue;
        print_safe(ASN1_STRING_get0_data(n->d.dNSName), (size_t)ASN1_STRING_length(n->d.dNSName),
                   text, sizeof text);
        (void)printf("  %-20s %s\n", "name", text);
    }
    GENERAL_NAMES_free(names);
}

static void print_events(const struct certbind_leaf *leaf)
{
    struct certbind_event_log log;
    struct certbind_error err = {0};

    if (certbind_event_log_parse(leaf->event_log, &log, &err) != CERTBIND_OK) {
        (void)printf("event log: %s: %s\n", certbind_status_name(err.status), err.detail);
        return;
    }
    (void)printf("event log, %zu bytes\n", leaf->event_log.len);
    for (size_t i = 0; i < log.count; i++) {
        const struct certbind_event *e = &log.events[i];
        char name[64];

        print_safe(e->name.data, e->name.len, name, sizeof name);
        if (e->imr == 3)
            print_hex(name, e->payload.data, e->payload.len);
    }
    certbind_event_log_cleanup(&log);
}

static void print_evidence(const struct certbind_leaf *leaf)
{
    struct certbind_error err = {0};
    struct certbind_quote quote;
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];

    if (!leaf->has_quote && !leaf->has_event_log && !leaf->has_attestation) {
        (void)printf("no evidence in this certificate\n");
        return;
    }
    if (leaf->has_attestation)
        (void)printf("extension .8 (versioned attestation), %zu bytes, not decoded yet\n",
                     leaf->attestation.len);
    if (leaf->has_quote && certbind_quote_parse(leaf->quote, &quote, &err) != CERTBIND_OK) {
        (void)printf("quote: %s: %s\n", certbind_status_name(err.status), err.detail);
    } else if (leaf->has_quote) {
        print_quote(&quote);
        if (certbind_ratls_report_data(leaf->spki, expected))
            (void)printf("  %-20s %s\n", "key in report data",
                         memcmp(expected, certbind_quote_report_data(&quote), sizeof expected) == 0
                             ? "this certificate's"
                             : "ANOTHER one");
    }
    if (leaf->has_event_log)
        print_events(leaf);
}

/* PEM or DER: the first certificate. */
static uint8_t *to_der(uint8_t *data, size_t len, size_t *der_len)
{
    BIO *bio = BIO_new_mem_buf(data, (int)len);
    X509 *x = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    uint8_t *der = NULL;
    int n = x == NULL ? -1 : i2d_X509(x, &der);

    X509_free(x);
    BIO_free(bio);
    *der_len = n > 0 ? (size_t)n : 0;
    return der;
}

static enum exit_code show(struct certbind_bytes der)
{
    struct certbind_error err = {0};
    struct certbind_leaf leaf;

    if (certbind_leaf_parse(der, &leaf, &err) != CERTBIND_OK) {
        (void)fprintf(stderr, "devproof cert show: %s: %s\n", certbind_status_name(err.status),
                      err.detail);
        return EXIT_MALFORMED;
    }
    (void)printf("certificate, %zu bytes\n", der.len);
    print_hex("sha256", leaf.leaf_sha256, sizeof leaf.leaf_sha256);
    print_hex("spki_sha256", leaf.spki_sha256, sizeof leaf.spki_sha256);
    print_time("not_before", leaf.not_before);
    print_time("not_after", leaf.not_after);
    print_names(&leaf);
    print_evidence(&leaf);
    (void)printf("nothing of this was verified\n");
    certbind_leaf_cleanup(&leaf);
    return EXIT_ACCEPTED;
}

enum exit_code command_cert_show(const struct arguments *args)
{
    struct certbind_error err = {0};
    uint8_t *data = NULL;
    size_t len = 0;
    size_t der_len = 0;
    uint8_t *der;
    enum exit_code code;

    if (ratls_file_read(args->word[0], &data, &len, &err) != CERTBIND_OK) {
        (void)fprintf(stderr, "devproof cert show: %s\n", err.detail);
        return EXIT_MALFORMED;
    }
    der = to_der(data, len, &der_len);
    code = show(der != NULL ? certbind_bytes(der, der_len) : certbind_bytes(data, len));
    OPENSSL_free(der);
    free(data);
    return code;
}
