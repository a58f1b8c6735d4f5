#include "certbind/dcap/certificate.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certbind/dcap/civil_time.h"

enum { MAX_DER_BYTES = 16 * 1024, COMMON_NAME_SIZE = 96 };

static bool is_ecdsa_sha256(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    int type = 0;

    if (algorithm == NULL)
        return false;
    X509_ALGOR_get0(&object, &type, NULL, algorithm);
    return OBJ_obj2nid(object) == NID_ecdsa_with_SHA256 && type == V_ASN1_UNDEF;
}

static bool has_expected_signature_form(const X509 *x509)
{
    const X509_ALGOR *outer = NULL;
    const ASN1_BIT_STRING *signature = NULL;

    X509_get0_signature(&signature, &outer, x509);
    return is_ecdsa_sha256(outer) && is_ecdsa_sha256(X509_get0_tbs_sigalg(x509));
}

/* An uncompressed point on the curve by its name; explicit parameters are refused. */
static bool has_p256_key(const X509 *x509)
{
    X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;
    const uint8_t *point = NULL;
    const void *curve = NULL;
    int point_len = 0;
    int type = 0;

    if (X509_PUBKEY_get0_param(NULL, &point, &point_len, &algorithm, X509_get_X509_PUBKEY(x509)) !=
        1)
        return false;
    X509_ALGOR_get0(&object, &type, &curve, algorithm);
    return OBJ_obj2nid(object) == NID_X9_62_id_ecPublicKey && type == V_ASN1_OBJECT &&
           OBJ_obj2nid(curve) == NID_X9_62_prime256v1 && point_len == 65 && point[0] == 0x04 &&
           X509_get0_pubkey(x509) != NULL;
}

static bool has_known_extensions(const X509 *x509)
{
    int count = X509_get_ext_count(x509);

    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);
        ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        int nid = OBJ_obj2nid(object);

        if (X509_EXTENSION_get_critical(extension) && nid != NID_basic_constraints &&
            nid != NID_key_usage)
            return false;
        if (X509_get_ext_by_OBJ(x509, object, i) >= 0)
            return false;
    }
    return true;
}

static bool is_canonical(const X509 *x509, struct certbind_bytes der)
{
    uint8_t *again = NULL;
    int len = i2d_X509(x509, &again);
    bool same = len > 0 && certbind_bytes_equal(certbind_bytes(again, (size_t)len), der);

    OPENSSL_free(again);
    return same;
}

static const char *find_problem(struct certbind_bytes der, struct certbind_certificate *out)
{
    const uint8_t *at = der.data;

    if (der.len == 0 || der.len > MAX_DER_BYTES)
        return "a certificate of impossible size";
    out->x509 = d2i_X509(NULL, &at, (long)der.len);
    if (out->x509 == NULL || at != der.data + der.len || !is_canonical(out->x509, der))
        return "a certificate that is not DER";
    if (X509_get_version(out->x509) != X509_VERSION_3)
        return "a certificate that is not version 3";
    if (!has_expected_signature_form(out->x509))
        return "a certificate not signed with ecdsa-with-SHA256";
    if (!has_p256_key(out->x509))
        return "a certificate whose key is not P-256";
    if (!has_known_extensions(out->x509) ||
        (X509_get_extension_flags(out->x509) & (EXFLAG_INVALID | EXFLAG_PROXY)) != 0)
        return "a certificate with an unknown critical, repeated or broken extension";
    if (!certbind_asn1_time_parse(X509_get0_notBefore(out->x509), &out->not_before) ||
        !certbind_asn1_time_parse(X509_get0_notAfter(out->x509), &out->not_after))
        return "a certificate with unreadable dates";
    out->key = X509_get0_pubkey(out->x509);
    return NULL;
}

certbind_status certbind_certificate_parse(struct certbind_bytes der, certbind_status code,
                                           struct certbind_certificate *out,
                                           struct certbind_error *err)
{
    const char *problem;

    *out = (struct certbind_certificate){0};
    problem = find_problem(der, out);
    ERR_clear_error();
    if (problem == NULL)
        return CERTBIND_OK;
    certbind_certificate_cleanup(out);
    return certbind_fail(err, code, "%s", problem);
}

void certbind_certificate_cleanup(struct certbind_certificate *cert)
{
    X509_free(cert->x509);
    *cert = (struct certbind_certificate){0};
}

certbind_status certbind_certificate_check_role(const struct certbind_certificate *cert,
                                                enum certbind_certificate_role role, long below,
                                                certbind_status code, struct certbind_error *err)
{
    uint32_t flags = X509_get_extension_flags(cert->x509);
    uint32_t usage = X509_get_key_usage(cert->x509);
    long room = X509_get_pathlen(cert->x509);

    if ((flags & EXFLAG_KUSAGE) == 0)
        return certbind_fail(err, code, "a certificate without keyUsage");
    if (role == CERTBIND_ROLE_SIGNER) {
        if ((flags & EXFLAG_CA) != 0 || (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0)
            return certbind_fail(err, code, "a CA certificate stands where a signer should");
        if ((usage & KU_DIGITAL_SIGNATURE) == 0)
            return certbind_fail(err, code, "the certificate's key may not sign");
        return CERTBIND_OK;
    }
    if ((flags & EXFLAG_CA) == 0)
        return certbind_fail(err, code, "a certificate that is no CA stands where one should");
    if ((usage & KU_KEY_CERT_SIGN) == 0 || (usage & KU_CRL_SIGN) == 0)
        return certbind_fail(err, code, "the CA's key may not sign certificates and CRLs");
    if (room >= 0 && room < below)
        return certbind_fail(err, code, "the CA's path length does not allow the chain");
    return CERTBIND_OK;
}

certbind_status certbind_certificate_check_issued(const struct certbind_certificate *cert,
                                                  const struct certbind_certificate *issuer,
                                                  certbind_status code, unsigned *checks,
                                                  struct certbind_error *err)
{
    if (X509_NAME_cmp(X509_get_issuer_name(cert->x509), X509_get_subject_name(issuer->x509)) != 0)
        return certbind_fail(err, code, "a certificate names another issuer than the next one");
    *checks += 1;
    if (X509_verify(cert->x509, issuer->key) != 1)
        return certbind_fail_crypto(err, code, "a certificate's signature does not hold");
    return CERTBIND_OK;
}

bool certbind_common_name(const X509_NAME *name, char *out, size_t size)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    const ASN1_STRING *text;
    size_t len;

    out[0] = '\0';
    if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
        return false;
    text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    if (ASN1_STRING_type(text) != V_ASN1_UTF8STRING &&
        ASN1_STRING_type(text) != V_ASN1_PRINTABLESTRING)
        return false;
    len = (size_t)ASN1_STRING_length(text);
    if (len >= size)
        return false;
    memcpy(out, ASN1_STRING_get0_data(text), len);
    out[len] = '\0';
    for (size_t i = 0; i < len; i++)
        if (out[i] < 0x20 || out[i] > 0x7e) {
            out[0] = '\0';
            return false;
        }
    return true;
}

certbind_status certbind_certificate_check_name(const struct certbind_certificate *cert,
                                                const char *common_name, certbind_status code,
                                                struct certbind_error *err)
{
    char name[COMMON_NAME_SIZE];

    if (!certbind_common_name(X509_get_subject_name(cert->x509), name, sizeof name) ||
        strcmp(name, common_name) != 0)
        return certbind_fail(err, code, "a certificate is not called '%s'", common_name);
    return CERTBIND_OK;
}

bool certbind_certificate_extension(const struct certbind_certificate *cert,
                                    struct certbind_bytes oid, struct certbind_bytes *value)
{
    int count = X509_get_ext_count(cert->x509);

    *value = (struct certbind_bytes){0};
    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_get_ext(cert->x509, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        const ASN1_OCTET_STRING *content = X509_EXTENSION_get_data(extension);

        if (!certbind_bytes_equal(certbind_bytes(OBJ_get0_data(object), OBJ_length(object)), oid))
            continue;
        *value =
            certbind_bytes(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content));
        return true;
    }
    return false;
}

bool certbind_certificate_same_holder(const struct certbind_certificate *a,
                                      const struct certbind_certificate *b)
{
    return X509_NAME_cmp(X509_get_subject_name(a->x509), X509_get_subject_name(b->x509)) == 0 &&
           EVP_PKEY_eq(a->key, b->key) == 1;
}
