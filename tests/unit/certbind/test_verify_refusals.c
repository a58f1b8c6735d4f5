/* Whole verdicts in which one refusal is all that stands between broken evidence and a yes. */
#include <stdlib.h>
#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

#define ZEROS_32 "0000000000000000000000000000000000000000000000000000000000000000"
#define ZEROS_48 ZEROS_32 "00000000000000000000000000000000"

static int open_world(void **state)
{
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    world_open(w);
    *state = w;
    return 0;
}

static certbind_status with_policy(struct world *w, const char *from, const char *to)
{
    w->policy_edit = (struct world_edit){from, to};
    return world_verify(w);
}

static void an_os_is_all_four_registers(void **state)
{
    static const char *const names[] = {"\"mrtd\":", "\"rtmr0\":", "\"rtmr1\":", "\"rtmr2\":"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(CERTBIND_E_POLICY_INCOMPLETE, with_policy(w, names[i], "\"mr_owner\":"));
}

/* The first entry fits and names too little; the second names all and does not fit. */
static void a_short_os_entry_is_no_match(void **state)
{
    struct world *w = *state;

    assert_int_equal(CERTBIND_E_OS_NOT_LISTED,
                     with_policy(w, "\"os\":[{",
                                 "\"os\":[{\"mr_owner\":\"" ZEROS_48
                                 "\"},{\"mr_config_id\":\"" ZEROS_32 "000000000000000000000000"
                                 "00000001\","));
}

static void a_compose_file_that_was_not_read_pins_nothing(void **state)
{
    struct world *w = *state;

    assert_int_equal(CERTBIND_E_POLICY_INCOMPLETE,
                     with_policy(w, "\"compose_hashes\":",
                                 "\"compose_files\":[\"app.json\"],\"compose_hashes\":"));
}

static void without_a_statement_no_configuration_is_known(void **state)
{
    struct world *w = *state;

    w->no_reply = true;
    assert_int_equal(CERTBIND_E_CONFIG_NOT_PINNED,
                     with_policy(w, "\"config\":[\"" WORLD_CONFIG "\"],",
                                 "\"session\":\"none\",\"accept_unchecked\":[\"session\"],"
                                 "\"config\":[\"" ZEROS_32 "\"],"));
}

static void the_configuration_of_the_machine_names_the_app(void **state)
{
    static const char rest[] = "000000000000000000000000000000";
    struct world *w = *state;
    char hex[97];

    w->mr_config_id = hex;
    memcpy(hex, "01" HEX32, 66);
    memcpy(hex + 66, rest, sizeof rest);
    assert_int_equal(CERTBIND_OK, world_verify(w));
    hex[65] = hex[65] == '0' ? '1' : '0';
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, world_verify(w));
}

static void broken_collateral_keeps_its_code(void **state)
{
    struct world *w = *state;

    w->reply_edit = (struct world_edit){"\"tcb_info_signature\":\"", "\"x\":\""};
    assert_int_equal(CERTBIND_E_TCB_INFO_SIGNATURE_INVALID, world_verify(w));
}

/* The same reply with another quote and no collateral, so that only the form can speak. */
static certbind_status with_quote(struct world *w, const uint8_t *quote, size_t len)
{
    struct certbind_binding_reply parts;
    char *reply;

    world_build(w);
    assert_int_equal(CERTBIND_OK,
                     certbind_binding_reply_parse(certbind_text(w->reply), &parts, NULL));
    const struct certbind_binding_inputs inputs = {.statement = parts.statement,
                                                   .quote = certbind_bytes(quote, len),
                                                   .event_log = certbind_text(w->log)};

    assert_int_equal(CERTBIND_OK, certbind_binding_reply_encode(&inputs, &reply, NULL));
    certbind_binding_reply_cleanup(&parts);
    free(w->reply);
    w->reply = reply;
    return world_verify_built(w);
}

static void a_quote_is_whole_and_of_a_td(void **state)
{
    size_t td_len;
    size_t sgx_len;
    uint8_t *td = fixture_read("dcap/tdx_quote", &td_len);
    uint8_t *sgx = fixture_read("dcap/sgx_quote", &sgx_len);

    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, with_quote(*state, td, td_len));
    assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED, with_quote(*state, td, 600));
    assert_int_equal(CERTBIND_E_WRONG_TEE_TYPE, with_quote(*state, sgx, sgx_len));
    free(td);
    free(sgx);
}

static certbind_status next(struct world *w, const struct certbind_policy *policy)
{
    const struct certbind_connection connection = world_connection(w);

    return certbind_verify_connection(&w->evidence, &connection, policy, w->now, &w->err);
}

static void what_is_no_certificate_is_refused_everywhere(void **state)
{
    static const uint8_t exporter[32];
    static const uint8_t nonce[32];
    const struct certbind_session_evidence session = {
        .reply = certbind_text("{}"), .nonce = nonce, .exporter = exporter};
    struct world *w = *state;
    struct certbind_connection connection;

    assert_int_equal(CERTBIND_OK, world_verify(w));
    w->leaf[0] ^= 1;
    connection = world_connection(w);
    assert_int_equal(CERTBIND_E_CERT_DER, next(w, &w->policy));
    assert_int_equal(
        CERTBIND_E_CERT_DER,
        certbind_verify_session(&w->evidence, &connection, &session, w->now, &w->report, &w->err));
    assert_int_equal(CERTBIND_E_CERT_DER, world_verify_built(w));
}

static void a_connection_needs_a_policy(void **state)
{
    struct world *w = *state;

    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_OK, next(w, &w->policy));
    assert_int_equal(CERTBIND_E_USAGE, next(w, NULL));
}

static void a_certificate_of_another_machine_is_refused(void **state)
{
    struct world *w = *state;
    struct certbind_evidence kept;

    assert_int_equal(CERTBIND_OK, world_verify(w));
    w->evidence.td.mrtd[0] ^= 1;
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE, next(w, &w->policy));
    w->evidence.td.mrtd[0] ^= 1;
    kept = w->evidence;
    memset(w->evidence.identity.instance_id, 0, sizeof w->evidence.identity.instance_id);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE, next(w, &w->policy));
    w->evidence.identity = kept.identity;
    assert_int_equal(CERTBIND_OK, next(w, &w->policy));
}

static void an_instance_id_of_zeros_is_not_none(void **state)
{
    struct certbind_leaf_evidence evidence = {.identity = {.has_instance_id = true}};
    struct certbind_identity identity = {.has_instance_id = true};

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     certbind_leaf_same_machine(&evidence, &evidence.quote.td, &identity, NULL));
    identity.has_instance_id = false;
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE,
                     certbind_leaf_same_machine(&evidence, &evidence.quote.td, &identity, NULL));
}

static void a_session_is_of_this_statement_and_key(void **state)
{
    struct world *w = *state;
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *own = w->session_key;

    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_OK, world_session(w));
    w->session_key = other;
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, world_session(w));
    w->session_key = own;
    EVP_PKEY_free(other);
    w->evidence.has_statement = false;
    assert_int_equal(CERTBIND_NOT_CHECKED, world_session(w));
    w->evidence.has_statement = true;
    assert_int_equal(CERTBIND_OK, world_session(w));
}

static void a_public_name_needs_a_connection(void **state)
{
    struct world *w = *state;

    w->transport.webpki = CERTBIND_WEBPKI_VALID;
    assert_int_equal(CERTBIND_OK, with_policy(w, "\"os\":", "\"name\":\"webpki\",\"os\":"));
    w->transport.webpki = CERTBIND_WEBPKI_INVALID;
    assert_int_equal(CERTBIND_E_NAME_CHAIN, world_verify_built(w));
    w->published = true;
    assert_int_equal(CERTBIND_E_NAME_CHAIN, world_verify_built(w));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(an_os_is_all_four_registers),
        TEST(a_short_os_entry_is_no_match),
        TEST(a_compose_file_that_was_not_read_pins_nothing),
        TEST(without_a_statement_no_configuration_is_known),
        TEST(the_configuration_of_the_machine_names_the_app),
        TEST(broken_collateral_keeps_its_code),
        TEST(a_quote_is_whole_and_of_a_td),
        TEST(what_is_no_certificate_is_refused_everywhere),
        TEST(a_connection_needs_a_policy),
        TEST(a_certificate_of_another_machine_is_refused),
        TEST(an_instance_id_of_zeros_is_not_none),
        TEST(a_session_is_of_this_statement_and_key),
        TEST(a_public_name_needs_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
