/* DICE evidence judged to the end: alone and offline, and beside the platform's on a connection. */
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/leaf.h"
#include "certbind/tls_key.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/dice_sample.h"
#include "tests/unit/certbind/world.h"

enum { REPORT_DATA_SGX = 368, REPORT_DATA_TD = 568, RTMR3_TD = 520, SIGNATURE_BACK = 4 };

struct judged {
    struct world w;
    struct forge enclaves; /* another platform's, of enclaves */
    uint8_t *der;          /* the certificate with DICE evidence */
    size_t len;
    struct certbind_bytes view;
};

static void open_judged(struct judged *j, bool without_platform_evidence)
{
    memset(j, 0, sizeof *j);
    world_open(&j->w);
    j->w.leaf_without_evidence = without_platform_evidence;
    world_build(&j->w);
    forge_init_sgx(&j->enclaves);
    forge_build(&j->enclaves);
}

static void close_judged(struct judged *j)
{
    free(j->der);
    forge_cleanup(&j->enclaves);
    world_close(&j->w);
}

enum flaw { NO_FLAW, BAD_SIGNATURE, OTHER_KEY };

/* RTMR3 of the TD that the world's statement was quoted in. */
static void machine_of(const struct judged *j, char rtmr3[97])
{
    certbind_hex_encode(j->w.forge.quote + RTMR3_TD, 48, rtmr3);
}

/* Add DICE evidence with a quote of a forge; rtmr3 may be NULL. */
static void add(struct judged *j, struct forge *f, const char *rtmr3, enum flaw flaw)
{
    struct certbind_bytes claims;
    uint8_t report_data[64];
    char hex[129];
    uint8_t *spki, *memory, *evidence;
    size_t spki_len, len;

    assert_true(certbind_spki_encode(j->w.tls_key, &spki, &spki_len));
    memory = dice_sample_claims(certbind_bytes(spki, spki_len), 1, &len);
    memory[len - 1] ^= flaw == OTHER_KEY;
    claims = certbind_bytes(memory, len);
    dice_sample_report_data(claims, report_data);
    certbind_hex_encode(report_data, sizeof report_data, hex);
    forge_patch(f, FORGE_SIGNED, f->sgx ? REPORT_DATA_SGX : REPORT_DATA_TD, hex);
    if (rtmr3 != NULL)
        forge_patch(f, FORGE_SIGNED, RTMR3_TD, rtmr3);
    forge_build_quote(f);
    memset(f->patch, 0, sizeof f->patch); /* they point into this frame */
    /* The signature stands behind the body and its own length. */
    f->quote[(f->sgx ? 432 : 632) + SIGNATURE_BACK] ^= flaw == BAD_SIGNATURE;
    evidence = dice_sample_encode(certbind_bytes(f->quote, f->quote_len), claims, &len);
    free(j->der);
    j->der = dice_sample_add(certbind_bytes(j->w.leaf, j->w.leaf_len),
                             certbind_bytes(evidence, len), j->w.tls_key, &j->len);
    free(evidence);
    free(memory);
    OPENSSL_free(spki);
}

static certbind_status offline(struct judged *j, const struct forge *f,
                               const struct certbind_policy *policy)
{
    j->view = certbind_bytes(j->der, j->len);
    const struct certbind_certificate_check check = {.chain = &j->view,
                                                     .chain_count = 1,
                                                     .collateral = certbind_text(f->bundle),
                                                     .root_der =
                                                         certbind_bytes(f->root, f->root_len),
                                                     .policy = policy,
                                                     .now = j->w.now};

    return certbind_verify_certificate(&check, &j->w.report, &j->w.err);
}

static certbind_status connection(struct judged *j)
{
    free(j->w.leaf);
    j->w.leaf = j->der;
    j->w.leaf_len = j->len;
    j->der = NULL;
    return world_verify_built(&j->w);
}

static void an_enclave_is_judged_alone(void **state)
{
    struct judged j;

    (void)state;
    open_judged(&j, true);
    add(&j, &j.enclaves, NULL, NO_FLAW);
    assert_int_equal(CERTBIND_OK, offline(&j, &j.enclaves, NULL));
    assert_int_equal(CERTBIND_BODY_SGX, j.w.report.dcap.body_type);
    assert_false(j.w.report.has_identity || j.w.report.complete);
    assert_int_equal(CERTBIND_STEP_SKIPPED, j.w.report.steps[CERTBIND_STEP_EVENT_LOG].result);
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, offline(&j, &j.enclaves, &j.w.policy));
    add(&j, &j.enclaves, NULL, BAD_SIGNATURE);
    assert_int_equal(CERTBIND_E_QUOTE_SIGNATURE_INVALID, offline(&j, &j.enclaves, NULL));
    add(&j, &j.enclaves, NULL, OTHER_KEY);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, offline(&j, &j.enclaves, NULL));
    close_judged(&j);
}

static void so_is_a_td(void **state)
{
    struct judged j;

    (void)state;
    open_judged(&j, true);
    add(&j, &j.w.forge, NULL, NO_FLAW);
    assert_int_equal(CERTBIND_OK, offline(&j, &j.w.forge, NULL));
    assert_int_equal(CERTBIND_STEP_PASS, j.w.report.steps[CERTBIND_STEP_REPORT_DATA].result);
    close_judged(&j);
}

static void a_connection_needs_more_than_dice(void **state)
{
    struct judged j;

    (void)state;
    open_judged(&j, true);
    assert_int_equal(CERTBIND_OK, world_verify_built(&j.w)); /* no evidence at all may be */
    add(&j, &j.enclaves, NULL, NO_FLAW);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_DICE, connection(&j));
    world_build(&j.w);
    add(&j, &j.w.forge, NULL, NO_FLAW);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_DICE, connection(&j));
    close_judged(&j);
}

static void beside_the_platforms_both_are_judged(void **state)
{
    struct judged j;
    char rtmr3[97];

    (void)state;
    open_judged(&j, false);
    machine_of(&j, rtmr3);
    add(&j, &j.w.forge, rtmr3, NO_FLAW);
    assert_int_equal(CERTBIND_OK, offline(&j, &j.w.forge, &j.w.policy));
    assert_int_equal(CERTBIND_OK, connection(&j));
    world_build(&j.w);
    add(&j, &j.w.forge, rtmr3, BAD_SIGNATURE);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_QUOTE, offline(&j, &j.w.forge, &j.w.policy));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_QUOTE, connection(&j));
    world_build(&j.w);
    add(&j, &j.w.forge, NULL, NO_FLAW); /* of another register 3 */
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE, connection(&j));
    world_build(&j.w);
    add(&j, &j.enclaves, NULL, NO_FLAW);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_DICE, connection(&j));
    close_judged(&j);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enclave_is_judged_alone),
        cmocka_unit_test(so_is_a_td),
        cmocka_unit_test(a_connection_needs_more_than_dice),
        cmocka_unit_test(beside_the_platforms_both_are_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
