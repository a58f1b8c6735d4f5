#include "certbind/dcap/crl.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certbind/dcap/civil_time.h"

enum { MAX_DER_BYTES = 512 * 1024 };

static bool is_canonical(X509_CRL *crl, struct certbind_bytes der)
{
    uint8_t *again = NULL;
    int len = i2d_X509_CRL(crl, &again);
    bool same = len > 0 && certbind_bytes_equal(certbind_bytes(again, (size_t)len), der);

    OPENSSL_free(again);
    return same;
}

static bool is_signed_with_ecdsa_sha256(const X509_CRL *crl)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;
    int type = 0;

    X509_CRL_get0_signature(crl, NULL, &algorithm);
    X509_ALGOR_get0(&object, &type, NULL, algorithm);
    return OBJ_obj2nid(object) == NID_ecdsa_with_SHA256 && type == V_ASN1_UNDEF;
}

/* Anything that would make the list say less than "these and no others" is refused. */
static bool is_complete_list(const X509_CRL *crl)
{
    int count = X509_CRL_get_ext_count(crl);

    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

        if (X509_EXTENSION_get_critical(extension) || nid == NID_delta_crl ||
            nid == NID_issuing_distribution_point)
            return false;
    }
    return true;
}

static bool has_plain_entries(X509_CRL *crl)
{
    const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

        for (int j = 0; j < X509_REVOKED_get_ext_count(entry); j++) {
            X509_EXTENSION *extension = X509_REVOKED_get_ext(entry, j);
            int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

            if (X509_EXTENSION_get_critical(extension) || nid == NID_certificate_issuer)
                return false;
        }
    }
    return true;
}

static bool read_number(X509_CRL *crl, struct certbind_crl_number *out)
{
    int critical = 0;
    ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, NULL);
    bool ok = number == NULL && critical == -1; /* absent, rather than broken or given twice */

    if (number != NULL) {
        int len = ASN1_STRING_length(number);

        ok =
            len > 0 && len <= CERTBIND_CRL_NUMBER_LEN && ASN1_STRING_type(number) == V_ASN1_INTEGER;
        if (ok) {
            memcpy(out->bytes, ASN1_STRING_get0_data(number), (size_t)len);
            out->len = (size_t)len;
        }
    }
    ASN1_INTEGER_free(number);
    return ok;
}

static const char *find_problem(struct certbind_bytes der, struct certbind_crl *out)
{
    const uint8_t *at = der.data;

    if (der.len == 0 || der.len > MAX_DER_BYTES)
        return "no revocation list, or one of impossible size";
    out->crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    if (out->crl == NULL || at != der.data + der.len || !is_canonical(out->crl, der))
        return "a revocation list that is not DER";
    if (X509_CRL_get_version(out->crl) != X509_CRL_VERSION_2)
        return "a revocation list that is not version 2";
    if (!is_signed_with_ecdsa_sha256(out->crl))
        return "a revocation list not signed with ecdsa-with-SHA256";
    if (!is_complete_list(out->crl) || !has_plain_entries(out->crl))
        return "a revocation list with an extension that limits it";
    if (!read_number(out->crl, &out->number))
        return "a revocation list with a broken number";
    if (!certbind_asn1_time_parse(X509_CRL_get0_lastUpdate(out->crl), &out->last_update) ||
        !certbind_asn1_time_parse(X509_CRL_get0_nextUpdate(out->crl), &out->next_update) ||
        out->next_update == 0)
        return "a revocation list with unreadable dates";
    return NULL;
}

/* libcrypto sorts the entries at the first search: done here, so that later ones only read. */
static void sort_entries(X509_CRL *crl)
{
    ASN1_INTEGER *zero = ASN1_INTEGER_new();
    X509_REVOKED *entry = NULL;

    if (zero != NULL)
        (void)X509_CRL_get0_by_serial(crl, &entry, zero);
    ASN1_INTEGER_free(zero);
}

certbind_status certbind_crl_parse(struct certbind_bytes der, certbind_status code,
                                   struct certbind_crl *out, struct certbind_error *err)
{
    const char *problem;

    *out = (struct certbind_crl){0};
    problem = find_problem(der, out);
    ERR_clear_error();
    if (problem != NULL) {
        certbind_crl_cleanup(out);
        return certbind_fail(err, code, "%s", problem);
    }
    sort_entries(out->crl);
    return CERTBIND_OK;
}

void certbind_crl_cleanup(struct certbind_crl *crl)
{
    X509_CRL_free(crl->crl);
    *crl = (struct certbind_crl){0};
}

certbind_status certbind_crl_check_issued(const struct certbind_crl *crl,
                                          const struct certbind_certificate *issuer,
                                          certbind_status code, unsigned *checks,
                                          struct certbind_error *err)
{
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl->crl), X509_get_subject_name(issuer->x509)) != 0)
        return certbind_fail(err, code, "a revocation list of another issuer");
    *checks += 1;
    if (X509_CRL_verify(crl->crl, issuer->key) != 1)
        return certbind_fail_crypto(err, code, "a revocation list's signature does not hold");
    return CERTBIND_OK;
}

bool certbind_crl_lists(const struct certbind_crl *crl, const struct certbind_certificate *cert)
{
    X509_REVOKED *entry = NULL;

    /* 1: revoked, 2: removeFromCRL, which has no place in a complete list. */
    return X509_CRL_get0_by_serial(crl->crl, &entry, X509_get0_serialNumber(cert->x509)) != 0;
}
