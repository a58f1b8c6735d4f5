/* Certificates, revocation lists and the SGX extension of the forge. */
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

/* Bytes that grow. */
struct blob {
    uint8_t data[4096];
    size_t len;
};

static void blob_add(struct blob *b, const void *data, size_t len)
{
    assert_true(len <= sizeof b->data - b->len);
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void add_tlv(struct blob *b, uint8_t tag, const void *data, size_t len)
{
    const uint8_t head[] = {tag, 0x82, (uint8_t)(len >> 8), (uint8_t)len};
    const uint8_t short_head[] = {tag, (uint8_t)len};
    const uint8_t middle_head[] = {tag, 0x81, (uint8_t)len};

    if (len < 0x80)
        blob_add(b, short_head, sizeof short_head);
    else if (len < 0x100)
        blob_add(b, middle_head, sizeof middle_head);
    else
        blob_add(b, head, sizeof head);
    blob_add(b, data, len);
}

/* SEQUENCE { OID 1.2.840.113741.1.13.1.arcs, value } */
static void add_member(struct blob *b, const uint8_t *arcs, size_t arc_count, uint8_t tag,
                       const void *value, size_t len)
{
    static const uint8_t base[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    struct blob oid = {.len = 0};
    struct blob inner = {.len = 0};

    blob_add(&oid, base, sizeof base);
    blob_add(&oid, arcs, arc_count);
    add_tlv(&inner, 0x06, oid.data, oid.len);
    add_tlv(&inner, tag, value, len);
    add_tlv(b, 0x30, inner.data, inner.len);
}

static void add_integer(struct blob *b, uint8_t arc, unsigned value)
{
    const uint8_t arcs[] = {2, arc};
    const uint8_t bytes[] = {0, (uint8_t)(value >> 8), (uint8_t)value};
    size_t skip = value < 0x80 ? 2 : value < 0x8000 ? 1 : 0;

    add_member(b, arcs, 2, 0x02, bytes + skip, sizeof bytes - skip);
}

static void add_tcb(struct blob *b, const struct forge *f)
{
    static const uint8_t tcb_arc = 2;
    static const uint8_t cpu_svn_arcs[] = {2, 18};
    struct blob tcb = {.len = 0};

    for (uint8_t i = 0; i < 16; i++)
        add_integer(&tcb, (uint8_t)(i + 1), f->component_svn[i]);
    add_integer(&tcb, 17, f->pce_svn);
    add_member(&tcb, cpu_svn_arcs, 2, 0x04, f->component_svn, 16);
    add_member(b, &tcb_arc, 1, 0x30, tcb.data, tcb.len);
}

static void add_configuration(struct blob *b)
{
    static const uint8_t arc = 7;
    static const uint8_t yes = 0xff;
    static const uint8_t no = 0x00;
    struct blob list = {.len = 0};

    add_member(&list, (const uint8_t[]){7, 1}, 2, 0x01, &yes, 1);
    add_member(&list, (const uint8_t[]){7, 2}, 2, 0x01, &no, 1);
    add_member(&list, (const uint8_t[]){7, 3}, 2, 0x01, &yes, 1);
    add_member(b, &arc, 1, 0x30, list.data, list.len);
}

uint8_t *forge_sgx_extension(const struct forge *f, size_t *len)
{
    static const uint8_t arcs[] = {0, 1, 2, 3, 4, 5, 6};
    static const uint8_t id[16] = "forged platform";
    struct blob members = {.len = 0};
    struct blob whole = {.len = 0};
    uint8_t *out;

    add_member(&members, arcs + 1, 1, 0x04, id, 16);
    add_tcb(&members, f);
    add_member(&members, arcs + 3, 1, 0x04, f->pceid, 2);
    add_member(&members, arcs + 4, 1, 0x04, f->fmspc, 6);
    add_member(&members, arcs + 5, 1, 0x0a, arcs + 1, 1);
    add_member(&members, arcs + 6, 1, 0x04, id, 16);
    add_configuration(&members);
    add_tlv(&whole, 0x30, members.data, members.len);
    if (f->sgx_extension_hex != NULL) {
        whole.len = strlen(f->sgx_extension_hex) / 2;
        assert_true(
            certbind_hex_decode(certbind_text(f->sgx_extension_hex), whole.data, whole.len));
    }
    out = malloc(whole.len + 1);
    assert_non_null(out);
    memcpy(out, whole.data, whole.len);
    *len = whole.len;
    return out;
}

static X509_NAME *name_of(const char *common_name)
{
    X509_NAME *name = X509_NAME_new();

    assert_int_equal(1, X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                   (const uint8_t *)common_name, -1, -1, 0));
    return name;
}

static X509_EXTENSION *raw_extension(const char *oid, bool critical, const uint8_t *data,
                                     size_t len)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(octets, data, (int)len);
    extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, octets);
    assert_non_null(extension);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(octets);
    return extension;
}

static void add_extension(X509 *x, X509_EXTENSION *extension)
{
    assert_non_null(extension);
    assert_int_equal(1, X509_add_ext(x, extension, -1));
    X509_EXTENSION_free(extension);
}

static void add_extensions(const struct forge *f, X509 *x, const struct forge_cert *c)
{
    char constraints[64];

    if (c->path_len >= 0)
        snprintf(constraints, sizeof constraints, "critical,CA:%s,pathlen:%d",
                 c->ca ? "TRUE" : "FALSE", c->path_len);
    else
        snprintf(constraints, sizeof constraints, "critical,CA:%s", c->ca ? "TRUE" : "FALSE");
    add_extension(x, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, constraints));
    if (c->usage != NULL)
        add_extension(x, X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, c->usage));
    for (int i = 0; c->sgx && i < c->sgx_copies; i++) {
        size_t len;
        uint8_t *der = forge_sgx_extension(f, &len);

        add_extension(x, raw_extension("1.2.840.113741.1.13.1", false, der, len));
        free(der);
    }
    if (c->unknown_critical)
        add_extension(x,
                      raw_extension("1.3.6.1.4.1.99999.1", true, (const uint8_t *)"\x05\x00", 2));
}

static X509 *make_x509(const struct forge *f, enum forge_who who)
{
    const struct forge_cert *c = &f->cert[who];
    X509_NAME *subject = name_of(c->name);
    X509_NAME *issuer = name_of(f->cert[c->issuer].name);
    EVP_PKEY *other = c->p384 ? EVP_EC_gen("P-384") : NULL;
    X509 *x = X509_new();

    assert_non_null(x);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), c->serial);
    X509_set_issuer_name(x, issuer);
    X509_set_subject_name(x, subject);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)c->from));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)c->until));
    X509_set_pubkey(x, other != NULL ? other : f->key[who]);
    add_extensions(f, x, c);
    assert_true(X509_sign(x, f->key[c->issuer_key], c->sha384 ? EVP_sha384() : EVP_sha256()) > 0);
    EVP_PKEY_free(other);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return x;
}

X509 *forge_x509(struct forge *f, enum forge_who who)
{
    if (f->x509[who] == NULL)
        f->x509[who] = make_x509(f, who);
    return f->x509[who];
}

void forge_forget(struct forge *f)
{
    for (size_t i = 0; i < FORGE_WHO_COUNT; i++) {
        X509_free(f->x509[i]);
        f->x509[i] = NULL;
    }
}

static uint8_t *take_openssl(uint8_t *der, int len, size_t *out_len)
{
    uint8_t *out;

    assert_true(len > 0);
    out = malloc((size_t)len);
    assert_non_null(out);
    memcpy(out, der, (size_t)len);
    OPENSSL_free(der);
    *out_len = (size_t)len;
    return out;
}

uint8_t *forge_x509_der(struct forge *f, enum forge_who who, size_t *len)
{
    uint8_t *der = NULL;
    int n = i2d_X509(forge_x509(f, who), &der);

    return take_openssl(der, n, len);
}

char *forge_chain_pem(struct forge *f, const enum forge_who *chain, const char *junk)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    char *out;
    long len;

    for (size_t i = 0; i < FORGE_CHAIN && chain[i] != FORGE_NOBODY; i++) {
        assert_int_equal(1, PEM_write_bio_X509(bio, forge_x509(f, chain[i])));
        if (i == 0 && junk != NULL)
            BIO_puts(bio, junk);
    }
    len = BIO_get_mem_data(bio, &text);
    out = calloc(1, (size_t)len + 1);
    assert_non_null(out);
    if (len > 0)
        memcpy(out, text, (size_t)len);
    BIO_free(bio);
    return out;
}

static void add_revoked(X509_CRL *crl, const struct forge_crl *c)
{
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)c->last_update);

    for (size_t i = 0; i < 3 && c->revoked[i] != 0; i++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        X509_EXTENSION *extension =
            raw_extension("1.3.6.1.4.1.99999.2", c->entry_critical, (const uint8_t *)"\x05\x00", 2);

        ASN1_INTEGER_set(serial, c->revoked[i]);
        X509_REVOKED_set_serialNumber(entry, serial);
        X509_REVOKED_set_revocationDate(entry, when);
        X509_REVOKED_add_ext(entry, extension, -1);
        assert_int_equal(1, X509_CRL_add0_revoked(crl, entry));
        X509_EXTENSION_free(extension);
        ASN1_INTEGER_free(serial);
    }
    ASN1_TIME_free(when);
}

static void add_crl_extension(X509_CRL *crl, const char *oid, bool critical, const char *der)
{
    X509_EXTENSION *extension = raw_extension(oid, critical, (const uint8_t *)der, 3);

    assert_int_equal(1, X509_CRL_add_ext(crl, extension, -1));
    X509_EXTENSION_free(extension);
}

uint8_t *forge_crl_der(const struct forge *f, const struct forge_crl *c, size_t *len)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *issuer = name_of(f->cert[c->issuer].name);
    ASN1_TIME *last = ASN1_TIME_set(NULL, (time_t)c->last_update);
    ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)c->next_update);
    uint8_t *der = NULL;
    int n;

    assert_non_null(crl);
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, issuer);
    X509_CRL_set1_lastUpdate(crl, last);
    X509_CRL_set1_nextUpdate(crl, next);
    add_revoked(crl, c);
    add_crl_extension(crl, "2.5.29.20", false, "\x02\x01\x07");
    if (c->critical)
        add_crl_extension(crl, "1.3.6.1.4.1.99999.3", true, "\x02\x01\x07");
    if (c->delta)
        add_crl_extension(crl, "2.5.29.27", false, "\x02\x01\x06");
    assert_true(X509_CRL_sign(crl, f->key[c->issuer_key], EVP_sha256()) > 0);
    n = i2d_X509_CRL(crl, &der);
    X509_CRL_free(crl);
    X509_NAME_free(issuer);
    ASN1_TIME_free(last);
    ASN1_TIME_free(next);
    return take_openssl(der, n, len);
}
