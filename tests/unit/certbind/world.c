#include "tests/unit/certbind/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/hex.h"
#include "certbind/leaf.h"
#include "certbind/ratls_cert.h"
#include "certbind/tls_key.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"

enum {
    MRTD_AT = 184,
    MR_CONFIG_ID_AT = 232,
    RTMR0_AT = 376,
    RTMR3_AT = 520,
    REPORT_DATA_AT = 568,
    SIGNATURE_AT = 636
};

void world_open(struct world *w)
{
    size_t len = 32;

    memset(w, 0, sizeof *w);
    forge_init(&w->forge);
    w->tls_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    w->session_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    w->presented_key = w->tls_key;
    w->log = GOOD_LOG;
    w->leaf_log = GOOD_LOG;
    w->name = WORLD_HOST;
    w->host = WORLD_HOST;
    w->now = FORGE_NOW;
    w->leaf_from = (int64_t)FORGE_NOW - 300;
    w->leaf_until = (int64_t)FORGE_NOW + 86400;
    w->transport = (struct certbind_transport){true, true, true, CERTBIND_WEBPKI_NOT_TRIED};
    w->entry = (struct certbind_statement_key){.name = WORLD_HOST,
                                               .state = CERTBIND_KEY_CURRENT,
                                               .origin = CERTBIND_KEY_GETKEY,
                                               .epoch = 1};
    assert_true(certbind_spki_sha256(w->tls_key, w->entry.spki_sha256));
    w->statement = (struct certbind_statement){.issued_at = (int64_t)FORGE_NOW,
                                               .not_after = (int64_t)FORGE_NOW + 3600,
                                               .has_instance_id = true,
                                               .tls_keys = &w->entry,
                                               .tls_key_count = 1,
                                               .software_name = "devproof-gateway",
                                               .software_version = "0.1.0",
                                               .software_revision = "test"};
    assert_true(certbind_hex_decode(certbind_text(HEX20), w->statement.app_id, 20));
    assert_true(certbind_hex_decode(certbind_text(HEX32), w->statement.compose_hash, 32));
    assert_true(certbind_hex_decode(certbind_text("00112233445566778899aabbccddeeff00112233"),
                                    w->statement.instance_id, 20));
    assert_true(certbind_hex_decode(certbind_text(WORLD_CONFIG), w->statement.config_sha256, 32));
    assert_int_equal(1,
                     EVP_PKEY_get_raw_public_key(w->session_key, w->statement.session_key, &len));
}

static void forget(struct world *w)
{
    free(w->leaf);
    free(w->reply);
    free(w->policy_text);
    certbind_policy_cleanup(&w->policy);
    certbind_evidence_cleanup(&w->evidence);
    w->leaf = NULL;
    w->reply = NULL;
    w->policy_text = NULL;
}

void world_close(struct world *w)
{
    forget(w);
    EVP_PKEY_free(w->tls_key);
    EVP_PKEY_free(w->session_key);
    forge_cleanup(&w->forge);
}

uint8_t *world_quote(struct world *w, const uint8_t report_data[64], const char *log,
                     const char *rtmr3, const char *mrtd)
{
    struct certbind_event_log parsed;
    uint8_t rtmr[48];
    char report_data_hex[129];
    char rtmr_hex[97];
    uint8_t *out;

    if (rtmr3 == NULL) {
        assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text(log), &parsed, NULL));
        assert_true(certbind_event_log_replay(&parsed, rtmr));
        certbind_event_log_cleanup(&parsed);
        certbind_hex_encode(rtmr, sizeof rtmr, rtmr_hex);
        rtmr3 = rtmr_hex;
    }
    certbind_hex_encode(report_data, 64, report_data_hex);
    w->forge.patch[0] = (struct forge_patch){FORGE_SIGNED, REPORT_DATA_AT, report_data_hex};
    w->forge.patch[1] = (struct forge_patch){FORGE_SIGNED, RTMR3_AT, rtmr3};
    if (mrtd != NULL)
        forge_patch(&w->forge, FORGE_SIGNED, MRTD_AT, mrtd);
    if (w->mr_config_id != NULL)
        forge_patch(&w->forge, FORGE_SIGNED, MR_CONFIG_ID_AT, w->mr_config_id);
    if (w->extra.hex != NULL)
        forge_patch(&w->forge, w->extra.stage, w->extra.at, w->extra.hex);
    forge_build_quote(&w->forge);
    memset(w->forge.patch, 0, sizeof w->forge.patch); /* they point into this frame */
    out = malloc(w->forge.quote_len);
    assert_non_null(out);
    memcpy(out, w->forge.quote, w->forge.quote_len);
    return out;
}

static void drop_evidence(struct world *w, X509 *cert)
{
    X509_EXTENSION_free(X509_delete_ext(cert, X509_get_ext_count(cert) - 1));
    X509_EXTENSION_free(X509_delete_ext(cert, X509_get_ext_count(cert) - 1));
    assert_true(X509_sign(cert, w->presented_key, EVP_sha256()) > 0);
}

static void build_leaf(struct world *w)
{
    uint8_t report_data[64];
    uint8_t *spki;
    uint8_t *at;
    size_t spki_len;
    uint8_t *bytes;
    X509 *cert;

    assert_true(certbind_spki_encode(w->presented_key, &spki, &spki_len));
    assert_true(certbind_ratls_report_data(certbind_bytes(spki, spki_len), report_data));
    bytes = world_quote(w, report_data, w->leaf_log, NULL, w->leaf_mrtd);
    if (w->leaf_quote_unsigned)
        bytes[SIGNATURE_AT] ^= 1;
    const struct certbind_ratls_inputs inputs = {.key = w->presented_key,
                                                 .names = &w->name,
                                                 .name_count = 1,
                                                 .quote = certbind_bytes(bytes, w->forge.quote_len),
                                                 .event_log = certbind_text(w->leaf_log),
                                                 .not_before = w->leaf_from,
                                                 .not_after = w->leaf_until};

    assert_int_equal(CERTBIND_OK, certbind_ratls_cert_encode(&inputs, &cert, NULL));
    if (w->leaf_without_evidence)
        drop_evidence(w, cert);
    w->leaf_len = (size_t)i2d_X509(cert, NULL);
    w->leaf = at = malloc(w->leaf_len);
    assert_true(i2d_X509(cert, &at) > 0);
    X509_free(cert);
    free(bytes);
    OPENSSL_free(spki);
}

/* Apply an edit to a text that is owned; the result is owned. */
static char *edited(char *text, const struct world_edit *edit)
{
    char *out;

    if (edit->from == NULL)
        return text;
    out = text_replace(text, edit->from, edit->to);
    free(text);
    return out;
}

static void build_reply(struct world *w)
{
    char *statement;
    uint8_t sha256[32];
    uint8_t report_data[64];
    uint8_t *bytes;

    assert_int_equal(CERTBIND_OK, certbind_statement_encode(&w->statement, &statement, NULL));
    statement = edited(statement, &w->statement_edit);
    assert_true(certbind_sha256(certbind_text(statement), sha256));
    assert_true(certbind_binding_value(sha256, certbind_bytes(NULL, 0), report_data));
    if (w->report_data != NULL)
        assert_true(certbind_hex_decode(certbind_text(w->report_data), report_data, 64));
    bytes = world_quote(w, report_data, w->log, w->rtmr3, NULL);
    const struct certbind_binding_inputs inputs = {
        .statement = certbind_text(statement),
        .quote = certbind_bytes(bytes, w->forge.quote_len),
        .event_log = certbind_text(w->log),
        .app_compose = w->app_compose,
        .collateral = w->no_staple ? certbind_bytes(NULL, 0) : certbind_text(w->forge.bundle)};

    assert_int_equal(CERTBIND_OK, certbind_binding_reply_encode(&inputs, &w->reply, NULL));
    w->reply = edited(w->reply, &w->reply_edit);
    free(statement);
    free(bytes);
}

/* Pins everything that the last quote shows. */
static void build_policy(struct world *w)
{
    static const char form[] =
        "{\"os\":[{\"name\":\"forged\",\"mrtd\":\"%s\",\"rtmr0\":\"%s\",\"rtmr1\":\"%s\","
        "\"rtmr2\":\"%s\"}],\"app\":{\"app_id\":\"" HEX20 "\",\"compose_hashes\":[\"" HEX32
        "\"]},\"kms\":{\"ca_spki_sha256\":\"%s\"},\"config\":[\"" WORLD_CONFIG
        "\"],\"tcb\":{\"max_collateral_age_days\":30}}";
    struct certbind_problems problems = {.count = 0};
    char hex[4][97];
    char kms[65];
    uint8_t sha256[32];
    char *text = malloc(2048);

    assert_non_null(text);
    certbind_hex_encode(w->forge.quote + MRTD_AT, 48, hex[0]);
    for (size_t i = 0; i < 3; i++)
        certbind_hex_encode(w->forge.quote + RTMR0_AT + 48 * i, 48, hex[1 + i]);
    assert_true(certbind_sha256(certbind_bytes("\xab\xcd", 2), sha256));
    certbind_hex_encode(sha256, sizeof sha256, kms);
    snprintf(text, 2048, form, hex[0], hex[1], hex[2], hex[3], kms);
    w->policy_text = edited(text, &w->policy_edit);
    if (certbind_policy_parse(certbind_text(w->policy_text), &w->policy, &problems) != CERTBIND_OK)
        fail_msg("policy: %s: %s", problems.list[0].path, problems.list[0].text);
}

void world_build(struct world *w)
{
    forget(w);
    forge_build(&w->forge);
    build_leaf(w);
    build_reply(w);
    build_policy(w);
}

certbind_status world_restate(struct world *w)
{
    free(w->reply);
    build_reply(w);
    return world_verify_built(w);
}

struct certbind_connection world_connection(const struct world *w)
{
    return (struct certbind_connection){.transport = w->published ? NULL : &w->transport,
                                        .leaf = certbind_bytes(w->leaf, w->leaf_len),
                                        .host = w->host};
}

struct certbind_binding_check world_check(const struct world *w)
{
    return (struct certbind_binding_check){
        .connection = world_connection(w),
        .reply = w->no_reply ? certbind_bytes(NULL, 0) : certbind_text(w->reply),
        .collateral = w->no_reply ? certbind_text(w->forge.bundle) : certbind_bytes(NULL, 0),
        .root_der = certbind_bytes(w->forge.root, w->forge.root_len),
        .policy = w->no_policy ? NULL : &w->policy,
        .now = w->now,
        .go_on = w->go_on};
}

certbind_status world_verify_built(struct world *w)
{
    const struct certbind_binding_check check = world_check(w);
    certbind_status status;

    certbind_evidence_cleanup(&w->evidence);
    w->err = (struct certbind_error){0};
    status = certbind_verify_binding(&check, &w->report, &w->evidence, &w->err);
    assert_int_equal(status == CERTBIND_OK, w->evidence.verified);
    return status;
}

certbind_status world_verify(struct world *w)
{
    world_build(w);
    return world_verify_built(w);
}

void world_session_inputs(struct world *w, struct certbind_session_inputs *inputs)
{
    struct certbind_connection connection = world_connection(w);
    struct certbind_leaf leaf;

    *inputs = (struct certbind_session_inputs){.server_name = certbind_sni_of(w->host)};
    memset(inputs->nonce, 7, sizeof inputs->nonce);
    memset(inputs->exporter, 9, sizeof inputs->exporter);
    memcpy(inputs->statement_sha256, w->evidence.statement_sha256, 32);
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(connection.leaf, &leaf, NULL));
    memcpy(inputs->spki_sha256, leaf.spki_sha256, 32);
    memcpy(inputs->leaf_sha256, leaf.leaf_sha256, 32);
    certbind_leaf_cleanup(&leaf);
}

certbind_status world_session_with(struct world *w, uint64_t quoted_at)
{
    struct certbind_session_inputs inputs;
    struct certbind_session_reply reply;
    struct certbind_connection connection = world_connection(w);
    char text[CERTBIND_SESSION_REPLY_ROOM];

    world_session_inputs(w, &inputs);
    assert_int_equal(CERTBIND_OK, certbind_session_sign(&inputs, w->session_key, &reply, NULL));
    certbind_session_reply_encode(&reply, text);
    const struct certbind_session_evidence session = {.reply = certbind_text(text),
                                                      .nonce = inputs.nonce,
                                                      .exporter = inputs.exporter,
                                                      .policy = &w->policy,
                                                      .sent_at = w->now,
                                                      .quoted_at = quoted_at};

    return certbind_verify_session(&w->evidence, &connection, &session, w->now, &w->report,
                                   &w->err);
}

certbind_status world_session(struct world *w)
{
    return world_session_with(w, 0);
}

int world_setup(void **state)
{
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    world_open(w);
    assert_int_equal(CERTBIND_OK, world_verify(w));
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}
