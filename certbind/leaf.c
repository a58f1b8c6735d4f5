#include "certbind/leaf.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certbind/der.h"

/* 1.3.6.1.4.1.62397.1, contents octets; one more octet tells the extension. */
static const uint8_t dstack_arc[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xe7, 0x3d, 0x01};

/* 2.23.133.5.4.9, contents octets. */
static const uint8_t dice_oid[] = {0x67, 0x81, 0x05, 0x05, 0x04, 0x09};

enum {
    EXTENSION_QUOTE = 1,
    EXTENSION_EVENT_LOG = 2,
    EXTENSION_APP_ID = 3,
    EXTENSION_USAGE = 4,
    EXTENSION_ATTESTATION = 8,
    EXTENSION_APP_INFO = 9
};

/* The exact bytes of the SubjectPublicKeyInfo: the seventh element of a v3 TBSCertificate. */
static bool find_spki(struct certbind_bytes der, struct certbind_bytes *spki)
{
    enum { SPKI_INDEX = 6 };
    struct certbind_bytes certificate;
    struct certbind_reader r;
    struct certbind_der element;

    if (!certbind_der_only(der, CERTBIND_DER_SEQUENCE, &certificate))
        return false;
    certbind_reader_init(&r, certificate);
    if (!certbind_der_next(&r, &element) || element.tag != CERTBIND_DER_SEQUENCE)
        return false;
    certbind_reader_init(&r, element.body);
    for (int i = 0; i <= SPKI_INDEX; i++)
        if (!certbind_der_next(&r, &element))
            return false;
    *spki = element.whole;
    return element.tag == CERTBIND_DER_SEQUENCE;
}

static bool is_known_critical(const ASN1_OBJECT *object)
{
    switch (OBJ_obj2nid(object)) {
    case NID_basic_constraints:
    case NID_key_usage:
    case NID_ext_key_usage:
    case NID_subject_alt_name:
        return true;
    default:
        return false;
    }
}

/* The number below the platform's arc, or 0 for any other extension. */
static unsigned dstack_extension(const ASN1_OBJECT *object)
{
    const uint8_t *oid = OBJ_get0_data(object);

    if (OBJ_length(object) != sizeof dstack_arc + 1 ||
        memcmp(oid, dstack_arc, sizeof dstack_arc) != 0)
        return 0;
    return oid[sizeof dstack_arc];
}

static bool is_dice(const ASN1_OBJECT *object)
{
    return OBJ_length(object) == sizeof dice_oid &&
           memcmp(OBJ_get0_data(object), dice_oid, sizeof dice_oid) == 0;
}

/* Where evidence of a number goes; NULL for a number that is no evidence. */
static struct certbind_bytes *evidence_of(struct certbind_leaf *leaf, unsigned number, bool **has)
{
    switch (number) {
    case EXTENSION_QUOTE:
        *has = &leaf->has_quote;
        return &leaf->quote;
    case EXTENSION_EVENT_LOG:
        *has = &leaf->has_event_log;
        return &leaf->event_log;
    case EXTENSION_ATTESTATION:
        *has = &leaf->has_attestation;
        return &leaf->attestation;
    default:
        return NULL;
    }
}

static struct certbind_leaf_extension *claim_of(struct certbind_leaf *leaf, unsigned number)
{
    switch (number) {
    case EXTENSION_APP_ID:
        return &leaf->app_id;
    case EXTENSION_USAGE:
        return &leaf->usage;
    case EXTENSION_APP_INFO:
        return &leaf->app_info;
    default:
        return NULL;
    }
}

static certbind_status read_extension(X509_EXTENSION *extension, struct certbind_leaf *out,
                                      struct certbind_error *err)
{
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    const struct certbind_bytes whole =
        certbind_bytes(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    const unsigned number = dstack_extension(object);
    struct certbind_leaf_extension *claim = claim_of(out, number);
    bool *has = NULL;
    struct certbind_bytes *evidence = evidence_of(out, number, &has);

    if (X509_EXTENSION_get_critical(extension) != 0 && !is_known_critical(object))
        return certbind_fail(err, CERTBIND_E_CERT_CRITICAL_EXTENSION,
                             "an unknown extension is critical");
    if (claim != NULL) {
        claim->present = true;
        claim->malformed = !certbind_der_only(whole, CERTBIND_DER_OCTET_STRING, &claim->content);
    }
    if (is_dice(object)) {
        out->dice = whole;
        out->has_dice = true;
    }
    if (evidence == NULL)
        return CERTBIND_OK;
    *has = true;
    if (!certbind_der_only(whole, CERTBIND_DER_OCTET_STRING, evidence))
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE,
                             "extension .%u does not hold exactly one OCTET STRING", number);
    return CERTBIND_OK;
}

static certbind_status read_extensions(struct certbind_leaf *out, struct certbind_error *err)
{
    const int count = X509_get_ext_count(out->x509);
    certbind_status status = CERTBIND_OK;

    if (count > CERTBIND_LEAF_MAX_EXTENSIONS)
        return certbind_fail(err, CERTBIND_E_CERT_DER, "%d extensions", count);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            if (OBJ_cmp(X509_EXTENSION_get_object(X509_get_ext(out->x509, i)),
                        X509_EXTENSION_get_object(X509_get_ext(out->x509, j))) == 0)
                return certbind_fail(err, CERTBIND_E_CERT_EXTENSION_DUPLICATE,
                                     "extensions %d and %d are the same", j, i);
    for (int i = 0; i < count && status == CERTBIND_OK; i++)
        status = read_extension(X509_get_ext(out->x509, i), out, err);
    return status;
}

static bool read_time(const ASN1_TIME *time, int64_t *out)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    const bool ok = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    ASN1_TIME_free(epoch);
    *out = (int64_t)days * 86400 + seconds;
    return ok;
}

static certbind_status read_certificate(struct certbind_bytes der, struct certbind_leaf *out,
                                        struct certbind_error *err)
{
    const uint8_t *at = der.data;

    out->x509 = d2i_X509(NULL, &at, (long)der.len);
    if (out->x509 == NULL || at != der.data + der.len)
        return certbind_fail_crypto(err, CERTBIND_E_CERT_DER, "not an X.509 certificate");
    if (X509_get_version(out->x509) != X509_VERSION_3)
        return certbind_fail(err, CERTBIND_E_CERT_DER, "not an X.509 certificate of version 3");
    if (!find_spki(der, &out->spki) ||
        !read_time(X509_get0_notBefore(out->x509), &out->not_before) ||
        !read_time(X509_get0_notAfter(out->x509), &out->not_after))
        return certbind_fail_crypto(err, CERTBIND_E_CERT_DER, "key or dates cannot be read");
    if (!certbind_sha256(der, out->leaf_sha256) || !certbind_sha256(out->spki, out->spki_sha256))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    return read_extensions(out, err);
}

certbind_status certbind_leaf_parse(struct certbind_bytes der, struct certbind_leaf *out,
                                    struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_leaf){0};
    if (der.len > CERTBIND_LEAF_MAX_BYTES || !certbind_der_is_strict(der))
        return certbind_fail(err, CERTBIND_E_CERT_DER, "%zu bytes are not strict DER", der.len);
    status = read_certificate(der, out, err);
    if (status != CERTBIND_OK)
        certbind_leaf_cleanup(out);
    ERR_clear_error();
    return status;
}

void certbind_leaf_cleanup(struct certbind_leaf *leaf)
{
    X509_free(leaf->x509);
    *leaf = (struct certbind_leaf){0};
}
