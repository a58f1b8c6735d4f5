#include "certbind/ratls_cert.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certbind/digest.h"
#include "certbind/server_name.h"
#include "certbind/tls_key.h"

#define OID_QUOTE "1.3.6.1.4.1.62397.1.1"
#define OID_EVENT_LOG "1.3.6.1.4.1.62397.1.2"
#define COMMON_NAME "devproof-gateway"

enum { SERIAL_LEN = 16, KEY_USAGE_DIGITAL_SIGNATURE_BIT = 0 };

static bool add_key_usage(X509 *cert)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    bool ok = usage != NULL &&
              ASN1_BIT_STRING_set_bit(usage, KEY_USAGE_DIGITAL_SIGNATURE_BIT, 1) == 1 &&
              X509_add1_ext_i2d(cert, NID_key_usage, usage, 1, X509V3_ADD_APPEND) == 1;

    ASN1_BIT_STRING_free(usage);
    return ok;
}

static bool add_extended_key_usage(X509 *cert)
{
    EXTENDED_KEY_USAGE *usage = sk_ASN1_OBJECT_new_null();
    bool ok = usage != NULL && sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(NID_server_auth)) == 1 &&
              X509_add1_ext_i2d(cert, NID_ext_key_usage, usage, 0, X509V3_ADD_APPEND) == 1;

    sk_ASN1_OBJECT_pop_free(usage, ASN1_OBJECT_free);
    return ok;
}

static GENERAL_NAME *make_name(const char *name)
{
    GENERAL_NAME *out = GENERAL_NAME_new();
    ASN1_STRING *value = NULL;
    int type = GEN_DNS;

    if (certbind_is_ip_address(name)) {
        type = GEN_IPADD;
        value = a2i_IPADDRESS(name);
    } else {
        const char *text = strcmp(name, "*") == 0 ? "localhost" : name;

        value = ASN1_IA5STRING_new();
        if (value != NULL && ASN1_STRING_set(value, text, (int)strlen(text)) != 1) {
            ASN1_STRING_free(value);
            value = NULL;
        }
    }
    if (out == NULL || value == NULL) {
        GENERAL_NAME_free(out);
        ASN1_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(out, type, value);
    return out;
}

static bool add_names(X509 *cert, const struct certbind_ratls_inputs *inputs)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    bool ok = names != NULL;

    for (size_t i = 0; ok && i < inputs->name_count; i++) {
        GENERAL_NAME *name = make_name(inputs->names[i]);

        ok = name != NULL && sk_GENERAL_NAME_push(names, name) > 0;
        if (!ok)
            GENERAL_NAME_free(name);
    }
    ok = ok && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1;
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    return ok;
}

/* extnValue holds the DER of an OCTET STRING whose content is the payload. */
static bool add_evidence(X509 *cert, const char *oid, struct certbind_bytes payload)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *inner = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING *outer = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    uint8_t *der = NULL;
    int len = 0;
    bool ok = false;

    if (object == NULL || inner == NULL || outer == NULL || payload.len > INT32_MAX / 2 ||
        ASN1_OCTET_STRING_set(inner, payload.data, (int)payload.len) != 1)
        goto done;
    len = i2d_ASN1_OCTET_STRING(inner, &der);
    if (len <= 0 || ASN1_OCTET_STRING_set(outer, der, len) != 1)
        goto done;
    extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, outer);
    ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
done:
    X509_EXTENSION_free(extension);
    OPENSSL_free(der);
    ASN1_OCTET_STRING_free(outer);
    ASN1_OCTET_STRING_free(inner);
    ASN1_OBJECT_free(object);
    return ok;
}

static bool set_serial(X509 *cert, const struct certbind_ratls_inputs *inputs)
{
    uint8_t hash[CERTBIND_SHA256_LEN];
    const struct certbind_bytes parts[] = {
        inputs->quote, inputs->event_log,
        certbind_bytes(&inputs->not_before, sizeof inputs->not_before)};
    BIGNUM *serial = NULL;
    bool ok;

    if (!certbind_sha256_parts(parts, 3, hash))
        return false;
    hash[0] = (uint8_t)((hash[0] & 0x3f) | 0x40); /* positive, 16 bytes, never zero */
    serial = BN_bin2bn(hash, SERIAL_LEN, NULL);
    ok = serial != NULL && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;
    BN_free(serial);
    return ok;
}

static bool set_subject(X509 *cert)
{
    X509_NAME *name = X509_get_subject_name(cert);

    return name != NULL &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                                      (const unsigned char *)COMMON_NAME, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1;
}

static bool fill(X509 *cert, const struct certbind_ratls_inputs *inputs)
{
    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert, inputs) &&
           set_subject(cert) &&
           ASN1_TIME_set(X509_getm_notBefore(cert), inputs->not_before) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(cert), inputs->not_after) != NULL &&
           X509_set_pubkey(cert, inputs->key) == 1 && add_names(cert, inputs) &&
           add_key_usage(cert) && add_extended_key_usage(cert) &&
           add_evidence(cert, OID_QUOTE, inputs->quote) &&
           add_evidence(cert, OID_EVENT_LOG, inputs->event_log) &&
           X509_sign(cert, inputs->key, EVP_sha256()) > 0;
}

static certbind_status check_inputs(const struct certbind_ratls_inputs *inputs,
                                    struct certbind_error *err)
{
    if (inputs->name_count == 0 || inputs->not_after <= inputs->not_before)
        return certbind_fail(err, CERTBIND_E_USAGE, "no names, or reversed dates");
    for (size_t i = 0; i < inputs->name_count; i++)
        if (strcmp(inputs->names[i], "*") != 0 && !certbind_is_ip_address(inputs->names[i]) &&
            !certbind_server_name_ok(certbind_text(inputs->names[i])))
            return certbind_fail(err, CERTBIND_E_USAGE, "'%.100s' is no server name",
                                 inputs->names[i]);
    return CERTBIND_OK;
}

certbind_status certbind_ratls_cert_encode(const struct certbind_ratls_inputs *inputs, X509 **out,
                                           struct certbind_error *err)
{
    certbind_status status = check_inputs(inputs, err);
    X509 *cert;

    *out = NULL;
    if (status != CERTBIND_OK)
        return status;
    cert = X509_new();
    if (cert == NULL || !fill(cert, inputs)) {
        X509_free(cert);
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot make the certificate");
    }
    *out = cert;
    return CERTBIND_OK;
}
