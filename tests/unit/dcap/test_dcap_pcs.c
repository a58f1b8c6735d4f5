/* From a quote to the questions, and from the replies of a collateral service to a bundle. */
#include "certbind/dcap/pcs.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "certbind/dcap/verify.h"
#include "certbind/hex.h"
#include "certbind/json.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

/* The replies a service would give, made from a recorded bundle. */
struct service {
    struct fixture file;
    struct certbind_json json;
    char *owned[8];
    size_t owned_count;
    struct fixture root_crl;
    struct fixture pck_crl;
    struct certbind_pcs_replies replies;
};

static const char *member(const struct service *s, const char *name)
{
    const char *text = certbind_json_string(s->json.root, name);

    assert_non_null(text);
    return text;
}

static struct certbind_bytes keep(struct service *s, char *text)
{
    assert_non_null(text);
    s->owned[s->owned_count++] = text;
    return certbind_text(text);
}

static struct certbind_bytes encoded(struct service *s, const char *name)
{
    const char *text = member(s, name);
    char *out = calloc(3, strlen(text) + 1);
    size_t len = 0;

    assert_non_null(out);
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (strchr("\n =/", text[i]) == NULL) {
            out[len++] = text[i];
            continue;
        }
        snprintf(out + len, 4, "%%%02X", (unsigned)text[i]);
        len += 3;
    }
    return keep(s, out);
}

static struct certbind_bytes reply(struct service *s, const char *object, const char *text,
                                   const char *signature)
{
    size_t size = strlen(text) + 512;
    char *out = calloc(1, size);

    assert_non_null(out);
    snprintf(out, size, " {\"note\":\"}\\\"{\", \"%s\" : %s,\"signature\":\"%s\"}\n", object, text,
             signature);
    return keep(s, out);
}

static struct fixture from_hex(const char *hex)
{
    struct fixture out = {malloc(strlen(hex) / 2), strlen(hex) / 2};

    assert_true(certbind_hex_decode(certbind_text(hex), out.data, out.len));
    return out;
}

static void open_service(struct service *s, const char *bundle)
{
    static const struct certbind_json_rules rules = {
        1 << 20, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, false,
    };

    memset(s, 0, sizeof *s);
    s->file = fixture_read(bundle);
    assert_int_equal(CERTBIND_OK,
                     certbind_json_parse(fixture_bytes(&s->file), &rules, &s->json, NULL));
    s->root_crl = from_hex(member(s, "root_ca_crl"));
    s->pck_crl = from_hex(member(s, "pck_crl"));
    s->replies.tcb_info.body =
        reply(s, "tcbInfo", member(s, "tcb_info"), member(s, "tcb_info_signature"));
    s->replies.tcb_info.issuer_chain = encoded(s, "tcb_info_issuer_chain");
    s->replies.qe_identity.body =
        reply(s, "enclaveIdentity", member(s, "qe_identity"), member(s, "qe_identity_signature"));
    s->replies.qe_identity.issuer_chain = encoded(s, "qe_identity_issuer_chain");
    s->replies.pck_crl.body = fixture_bytes(&s->pck_crl);
    s->replies.pck_crl.issuer_chain = encoded(s, "pck_crl_issuer_chain");
    s->replies.root_ca_crl = fixture_bytes(&s->root_crl);
}

static void close_service(struct service *s)
{
    for (size_t i = 0; i < s->owned_count; i++)
        free(s->owned[i]);
    certbind_json_cleanup(&s->json);
    fixture_free(&s->file);
    fixture_free(&s->root_crl);
    fixture_free(&s->pck_crl);
}

/* Make a bundle of the replies and judge the recorded TDX quote with it. */
static certbind_status judge(const struct service *s)
{
    struct fixture quote = fixture_read("dcap/tdx_quote");
    struct certbind_dcap_policy policy;
    struct certbind_dcap_input input = {.now = FIXTURE_NOW, .policy = &policy};
    static struct certbind_dcap_report report;
    certbind_status status;
    char *bundle;
    size_t len;

    certbind_dcap_policy_default(&policy);
    status = certbind_pcs_bundle(&s->replies, &bundle, &len, NULL);
    if (status == CERTBIND_OK) {
        assert_int_equal(len, strlen(bundle));
        input.quote = fixture_bytes(&quote);
        input.bundle = certbind_bytes(bundle, len);
        status = certbind_dcap_verify_bundle(&input, &report, NULL);
    } else {
        assert_null(bundle);
    }
    free(bundle);
    fixture_free(&quote);
    return status;
}

static void replies_become_a_bundle_that_verifies(void **state)
{
    struct service s;

    (void)state;
    open_service(&s, "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_OK, judge(&s));
    close_service(&s);
}

static void lists_may_come_as_hex_or_pem(void **state)
{
    struct service s;
    const uint8_t *at;
    X509_CRL *crl;
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    long len;

    (void)state;
    open_service(&s, "dcap/tdx_quote_collateral.json");
    s.replies.root_ca_crl = certbind_text(member(&s, "root_ca_crl"));
    at = s.pck_crl.data;
    crl = d2i_X509_CRL(NULL, &at, (long)s.pck_crl.len);
    assert_int_equal(1, PEM_write_bio_X509_CRL(bio, crl));
    len = BIO_get_mem_data(bio, &pem);
    s.replies.pck_crl.body = certbind_bytes(pem, (size_t)len);
    assert_int_equal(CERTBIND_OK, judge(&s));
    X509_CRL_free(crl);
    BIO_free(bio);
    close_service(&s);
}

static void broken_replies_are_refused(void **state)
{
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "{\"tcbInfo\":{}}",
                                         "{\"tcbInfo\":\"{}\",\"signature\":\"00\"}",
                                         "{\"tcbInfo\":{},\"tcbInfo\":{},\"signature\":\"00\"}",
                                         "{\"tcbInfo\":{},\"signature\":\"00\"} x"};
    static const char *const chains[] = {"",    "%",     "%4",
                                         "%zz", "hello", "-----BEGIN CERTIFICATE-----"};
    struct service s;

    (void)state;
    open_service(&s, "dcap/tdx_quote_collateral.json");
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        s.replies.tcb_info.body = certbind_text(bodies[i]);
        assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, judge(&s));
    }
    close_service(&s);
    open_service(&s, "dcap/tdx_quote_collateral.json");
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        s.replies.pck_crl.issuer_chain = certbind_text(chains[i]);
        assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, judge(&s));
    }
    close_service(&s);
    open_service(&s, "dcap/tdx_quote_collateral.json");
    s.replies.root_ca_crl = certbind_text("<html>");
    assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, judge(&s));
    s.replies.root_ca_crl = certbind_text("");
    assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, judge(&s));
    close_service(&s);
}

static void another_platforms_replies_are_refused(void **state)
{
    struct service s;

    (void)state;
    open_service(&s, "dcap/sgx_quote_collateral.json");
    assert_int_equal(CERTBIND_E_TCB_INFO_ID_INVALID, judge(&s));
    close_service(&s);
}

static void a_quote_says_what_to_ask_for(void **state)
{
    struct fixture f = fixture_read("dcap/tdx_quote");
    struct fixture g = fixture_read("dcap/sgx_quote");
    struct certbind_pck_info info;
    struct certbind_quote q;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_quote_parse(fixture_bytes(&f), &q, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_info(&q, &info, NULL));
    assert_hex("b0c06f000000", info.fmspc, 6);
    assert_string_equal("platform", certbind_pck_ca_name(info.ca));
    assert_int_equal(CERTBIND_TEE_TDX, info.tee_type);
    assert_int_equal(CERTBIND_OK, certbind_quote_parse(fixture_bytes(&g), &q, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_info(&q, &info, NULL));
    assert_hex("00a067110000", info.fmspc, 6);
    assert_string_equal("processor", certbind_pck_ca_name(info.ca));
    fixture_free(&f);
    fixture_free(&g);
}

static void an_unknown_issuer_is_an_error(void **state)
{
    struct certbind_pck_info info;
    struct certbind_quote q;
    struct forge f;

    (void)state;
    forge_init(&f);
    f.cert[FORGE_CA].name = "Some CA";
    forge_build(&f);
    assert_int_equal(CERTBIND_OK,
                     certbind_quote_parse(certbind_bytes(f.quote, f.quote_len), &q, NULL));
    assert_int_equal(CERTBIND_E_PCK_CHAIN_INVALID, certbind_pck_info(&q, &info, NULL));
    assert_int_equal(0, info.ca);
    forge_cleanup(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_become_a_bundle_that_verifies),
        cmocka_unit_test(lists_may_come_as_hex_or_pem),
        cmocka_unit_test(broken_replies_are_refused),
        cmocka_unit_test(another_platforms_replies_are_refused),
        cmocka_unit_test(a_quote_says_what_to_ask_for),
        cmocka_unit_test(an_unknown_issuer_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
