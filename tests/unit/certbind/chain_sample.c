#include "tests/unit/certbind/chain_sample.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "certbind/tls_key.h"
#include "tests/support/cmocka_all.h"

#define NAME_LEAF "leaf"
#define NAME_APP "Dstack App CA"
#define NAME_ROOT "Dstack KMS CA"

static const char *const subjects[] = {NAME_LEAF, NAME_APP, NAME_ROOT};

void chain_sample_open(struct chain_sample *s, EVP_PKEY *leaf_key, const uint8_t *app_id,
                       uint64_t now)
{
    const int64_t from = 157766400; /* 1975 */
    const int64_t until = (int64_t)now + 86400;
    const struct certbind_bytes id = certbind_bytes(app_id, CERTBIND_APP_ID_LEN);

    memset(s, 0, sizeof *s);
    s->key[CHAIN_LEAF] = leaf_key;
    s->key[CHAIN_APP_CA] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    s->key[CHAIN_ROOT] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_true(certbind_spki_sha256(s->key[CHAIN_ROOT], s->root_spki_sha256));
    s->knobs[CHAIN_LEAF] = (struct chain_knobs){.key_usage = "critical,digitalSignature",
                                                .issuer = NAME_APP,
                                                .usage = "app:custom",
                                                .app_id = id,
                                                .signer = CHAIN_APP_CA,
                                                .from = from,
                                                .until = until};
    s->knobs[CHAIN_APP_CA] =
        (struct chain_knobs){.constraints = "critical,CA:TRUE,pathlen:0",
                             .key_usage = "critical,digitalSignature,keyCertSign,cRLSign",
                             .issuer = NAME_ROOT,
                             .usage = "app:ca",
                             .app_id = id,
                             .signer = CHAIN_ROOT,
                             .from = from,
                             .until = until};
    s->knobs[CHAIN_ROOT] =
        (struct chain_knobs){.constraints = "critical,CA:TRUE,pathlen:1",
                             .key_usage = "critical,digitalSignature,keyCertSign,cRLSign",
                             .issuer = NAME_ROOT,
                             .signer = CHAIN_ROOT,
                             .from = from,
                             .until = until};
    s->chain = (struct certbind_kms_chain){.der = s->der,
                                           .count = CERTBIND_KMS_CHAIN_LEN,
                                           .root_spki_sha256 = s->root_spki_sha256,
                                           .app_id = app_id,
                                           .now = now};
}

static void forget(struct chain_sample *s)
{
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++) {
        OPENSSL_free(s->memory[i]);
        s->memory[i] = NULL;
    }
}

void chain_sample_close(struct chain_sample *s)
{
    forget(s);
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++)
        EVP_PKEY_free(s->key[i]);
}

static void set_name(X509 *cert, const char *name, bool issuer)
{
    X509_NAME *x = X509_NAME_new();

    assert_int_equal(1, X509_NAME_add_entry_by_txt(x, "CN", MBSTRING_ASC,
                                                   (const unsigned char *)name, -1, -1, 0));
    assert_int_equal(1, issuer ? X509_set_issuer_name(cert, x) : X509_set_subject_name(cert, x));
    X509_NAME_free(x);
}

static void add_plain(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *x = value == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    if (value == NULL)
        return;
    assert_int_equal(1, X509_add_ext(cert, x, -1));
    X509_EXTENSION_free(x);
}

static void add_own(X509 *cert, const char *oid, struct certbind_bytes value, bool unwrapped)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *inner = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING *outer = ASN1_OCTET_STRING_new();
    unsigned char *wrapped = NULL;
    X509_EXTENSION *x;
    int len;

    assert_int_equal(1, ASN1_OCTET_STRING_set(inner, value.data, (int)value.len));
    len = i2d_ASN1_OCTET_STRING(inner, &wrapped);
    assert_int_equal(1, unwrapped ? ASN1_OCTET_STRING_set(outer, value.data, (int)value.len)
                                  : ASN1_OCTET_STRING_set(outer, wrapped, len));
    x = X509_EXTENSION_create_by_OBJ(NULL, object, 0, outer);
    assert_int_equal(1, X509_add_ext(cert, x, -1));
    X509_EXTENSION_free(x);
    OPENSSL_free(wrapped);
    ASN1_OCTET_STRING_free(inner);
    ASN1_OCTET_STRING_free(outer);
    ASN1_OBJECT_free(object);
}

static X509 *new_certificate(const struct chain_sample *s, int place)
{
    const struct chain_knobs *k = &s->knobs[place];
    X509 *cert = X509_new();

    assert_int_equal(1, X509_set_version(cert, X509_VERSION_3));
    assert_int_equal(1, ASN1_INTEGER_set(X509_get_serialNumber(cert), 10 + place));
    assert_int_equal(1, X509_set_pubkey(cert, s->key[place]));
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(cert), k->from));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(cert), k->until));
    set_name(cert, subjects[place], false);
    add_plain(cert, NID_basic_constraints, k->constraints);
    add_plain(cert, NID_key_usage, k->key_usage);
    return cert;
}

static void build_one(struct chain_sample *s, int place, X509 *cert)
{
    const struct chain_knobs *k = &s->knobs[place];
    int len;

    set_name(cert, k->issuer, true);
    if (k->usage != NULL)
        add_own(cert, "1.3.6.1.4.1.62397.1.4", certbind_text(k->usage), k->unwrapped);
    if (k->app_id.len > 0)
        add_own(cert, "1.3.6.1.4.1.62397.1.3", k->app_id, k->unwrapped);
    assert_true(X509_sign(cert, s->key[k->signer], k->sha384 ? EVP_sha384() : EVP_sha256()) > 0);
    len = i2d_X509(cert, &s->memory[place]);
    assert_true(len > 0);
    s->der[place] = certbind_bytes(s->memory[place], (size_t)len);
    X509_free(cert);
}

void chain_sample_build(struct chain_sample *s, struct certbind_bytes leaf)
{
    const uint8_t *at = leaf.data;

    forget(s);
    for (int i = CHAIN_APP_CA; i < CERTBIND_KMS_CHAIN_LEN; i++)
        build_one(s, i, new_certificate(s, i));
    build_one(s, CHAIN_LEAF,
              leaf.len > 0 ? d2i_X509(NULL, &at, (long)leaf.len) : new_certificate(s, CHAIN_LEAF));
}

certbind_status chain_sample_check(struct chain_sample *s)
{
    chain_sample_build(s, certbind_bytes(NULL, 0));
    return certbind_kms_chain_check(&s->chain, NULL);
}
