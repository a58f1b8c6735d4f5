#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "certbind/app_info.h"
#include "certbind/leaf.h"
#include "certbind/preimage.h"
#include "ra-tls/cli/cert_file.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/print.h"

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

static void print_log(const char *what, const struct certbind_event_log *log)
{
    (void)printf("%s\n", what);
    for (size_t i = 0; i < log->count; i++) {
        const struct certbind_event *e = &log->events[i];
        char name[64];

        print_safe(e->name.data, e->name.len, name, sizeof name);
        if (e->imr == 3)
            print_hex(name, e->payload.data, e->payload.len);
    }
}

static void print_events(const struct certbind_leaf *leaf)
{
    struct certbind_event_log log;
    struct certbind_error err = {0};

    if (certbind_event_log_parse(leaf->event_log, &log, &err) != CERTBIND_OK) {
        (void)printf("extension .2 (event log): %s: %s\n", certbind_status_name(err.status),
                     err.detail);
        return;
    }
    print_log("extension .2 (event log)", &log);
    certbind_event_log_cleanup(&log);
}

/* What the quote's report data should be, or NULL when it cannot be told. */
static void print_evidence_quote(const char *where, struct certbind_bytes bytes,
                                 const uint8_t *expected)
{
    struct certbind_error err = {0};
    struct certbind_quote quote;

    (void)printf("%s: ", where);
    if (certbind_quote_parse(bytes, &quote, &err) != CERTBIND_OK) {
        (void)printf("%s: %s\n", certbind_status_name(err.status), err.detail);
        return;
    }
    print_quote(&quote);
    if (expected != NULL)
        (void)printf(
            "  %-20s %s\n", "key in report data",
            memcmp(expected, certbind_quote_report_data(&quote), CERTBIND_REPORT_DATA_LEN) == 0
                ? "this certificate's"
                : "ANOTHER one");
}

static void print_attestation(const struct certbind_leaf *leaf, const uint8_t *expected)
{
    struct certbind_attestation a;
    struct certbind_error err = {0};
    char config[512];

    if (certbind_attestation_parse(leaf->attestation, &a, &err) != CERTBIND_OK) {
        (void)printf("extension .8 (attestation): %s: %s\n", certbind_status_name(err.status),
                     err.detail);
        return;
    }
    (void)printf("extension .8 (attestation), version %u, stack %s, %zu bytes\n", a.version,
                 a.is_pod ? "dstack-pod" : "dstack", leaf->attestation.len);
    print_evidence_quote("its quote", a.quote, expected);
    print_log("its runtime events", &a.runtime_events);
    print_safe(a.config.data, a.config.len, config, sizeof config);
    (void)printf("its configuration, which nothing authenticates\n  %s\n", config);
    certbind_attestation_cleanup(&a);
}

static void print_dice(const struct certbind_leaf *leaf)
{
    struct certbind_leaf_evidence evidence;
    struct certbind_error err = {0};
    struct certbind_dice dice;
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];

    if (certbind_dice_parse(leaf->dice, &dice, &err) != CERTBIND_OK) {
        (void)printf("DICE evidence: %s: %s\n", certbind_status_name(err.status), err.detail);
        return;
    }
    (void)printf("DICE evidence, %zu other claims\n", dice.other_claims);
    print_hex("pubkey-hash", dice.key_hash.data, dice.key_hash.len);
    if (dice.nonce.len > 0)
        print_hex("nonce", dice.nonce.data, dice.nonce.len);
    print_evidence_quote("its quote", dice.quote,
                         certbind_leaf_check_dice(leaf, &evidence, NULL) == CERTBIND_OK &&
                                 certbind_dice_report_data(&dice, expected)
                             ? expected
                             : NULL);
}

static void print_evidence(const struct certbind_leaf *leaf)
{
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];
    const uint8_t *key = certbind_ratls_report_data(leaf->spki, expected) ? expected : NULL;

    if (!leaf->has_quote && !leaf->has_event_log && !leaf->has_attestation && !leaf->has_dice)
        (void)printf("no evidence in this certificate\n");
    if (leaf->has_quote)
        print_evidence_quote("extension .1", leaf->quote, key);
    if (leaf->has_event_log)
        print_events(leaf);
    if (leaf->has_attestation)
        print_attestation(leaf, key);
    if (leaf->has_dice)
        print_dice(leaf);
}

static void print_app_info(const struct certbind_leaf_extension *extension)
{
    struct certbind_app_info info;

    if (extension->malformed || !certbind_app_info_parse(extension->content, &info)) {
        (void)printf("extension .9 (app info): malformed\n");
        return;
    }
    (void)printf("extension .9 (app info), UNVERIFIED: the holder's word, used for no decision\n");
    for (int i = 0; i < CERTBIND_APP_INFO_FIELDS; i++) {
        const char *name = certbind_app_info_name((enum certbind_app_info_field)i);
        char text[512];

        print_safe(info.field[i].data, info.field[i].len, text, sizeof text);
        if (i == CERTBIND_APP_INFO_KEY_PROVIDER)
            (void)printf("  %-20s %s\n", name, text);
        else
            print_hex(name, info.field[i].data, info.field[i].len);
    }
    for (size_t i = 0; i < info.script_count; i++)
        print_hex("init_script_hash", info.script[i].data, info.script[i].len);
}

/* Extensions that are no evidence. */
static void print_claims(const struct certbind_leaf *leaf)
{
    char text[64];

    if (leaf->app_id.present && leaf->app_id.malformed)
        (void)printf("extension .3 (app id): malformed\n");
    else if (leaf->app_id.present)
        print_hex("app id (.3)", leaf->app_id.content.data, leaf->app_id.content.len);
    print_safe(leaf->usage.content.data, leaf->usage.content.len, text, sizeof text);
    if (leaf->usage.present)
        (void)printf("  %-20s %s\n", "usage (.4)", leaf->usage.malformed ? "malformed" : text);
    if (leaf->app_info.present)
        print_app_info(&leaf->app_info);
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
    print_claims(&leaf);
    print_evidence(&leaf);
    certbind_leaf_cleanup(&leaf);
    return EXIT_ACCEPTED;
}

enum exit_code command_cert_show(const struct arguments *args)
{
    struct cert_file file;
    enum exit_code code = cert_file_read(args->command, args->word[0], &file);

    for (size_t i = 0; i < file.count && code == EXIT_ACCEPTED; i++)
        code = show(file.der[i]);
    if (code == EXIT_ACCEPTED)
        (void)printf("nothing of this was verified\n");
    cert_file_free(&file);
    return code;
}
