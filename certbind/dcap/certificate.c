#include "certbind/dcap/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/der.h"
#include "certbind/dcap/ecdsa.h"

enum { MAX_DER_BYTES = 16 * 1024, MAX_EXTENSIONS = 32, MAX_SERIAL_BYTES = 21 };

/* Bits of the first octet of keyUsage (RFC 5280 section 4.2.1.3). */
enum { DIGITAL_SIGNATURE = 0x80, KEY_CERT_SIGN = 0x04, CRL_SIGN = 0x02 };

static const uint8_t oid_basic_constraints[] = {0x55, 0x1d, 0x13};
static const uint8_t oid_key_usage[] = {0x55, 0x1d, 0x0f};
static const uint8_t oid_common_name[] = {0x55, 0x04, 0x03};

static bool is_oid(struct certbind_bytes oid, const uint8_t expected[3])
{
    return certbind_bytes_equal(oid, certbind_bytes(expected, 3));
}

/* id-ecPublicKey on prime256v1 with an uncompressed point; there is one DER form of that. */
static bool read_key(struct certbind_reader *r, struct certbind_certificate *out)
{
    static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

    if (!certbind_bytes_equal(certbind_read(r, sizeof head), certbind_bytes(head, sizeof head)))
        return false;
    out->point = certbind_read(r, CERTBIND_ECDSA_KEY_LEN);
    out->key = certbind_ecdsa_key(out->point);
    return out->key != NULL;
}

/* SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static bool read_basic_constraints(struct certbind_bytes value, struct certbind_certificate *out)
{
    struct certbind_reader outer;
    struct certbind_reader r;
    struct certbind_bytes content;

    certbind_reader_init(&outer, value);
    if (!certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &r) || !certbind_reader_done(&outer))
        return false;
    if (certbind_reader_done(&r))
        return true;
    if (!certbind_der_expect(&r, CERTBIND_DER_BOOLEAN, &content) || content.len != 1 ||
        content.data[0] != 0xff)
        return false;
    out->ca = true;
    if (certbind_reader_done(&r))
        return true;
    if (!certbind_der_expect(&r, CERTBIND_DER_INTEGER, &content) || content.len != 1 ||
        content.data[0] > 0x7f)
        return false;
    out->path_len = content.data[0];
    return certbind_reader_done(&r);
}

/* BIT STRING with at least one bit among the first eight. */
static bool read_key_usage(struct certbind_bytes value, struct certbind_certificate *out)
{
    struct certbind_reader r;
    struct certbind_bytes bits;

    certbind_reader_init(&r, value);
    if (!certbind_der_expect(&r, CERTBIND_DER_BIT_STRING, &bits) || !certbind_reader_done(&r) ||
        bits.len < 2 || bits.len > 3 || bits.data[0] > 7)
        return false;
    out->key_usage = bits.data[1];
    return out->key_usage != 0;
}

static bool take_extension(const struct certbind_der_extension *extension,
                           struct certbind_certificate *out)
{
    if (is_oid(extension->oid, oid_basic_constraints))
        return read_basic_constraints(extension->value, out);
    if (is_oid(extension->oid, oid_key_usage))
        return read_key_usage(extension->value, out);
    return !extension->critical;
}

static bool read_extensions(struct certbind_certificate *out)
{
    struct certbind_bytes seen[MAX_EXTENSIONS];
    struct certbind_der_extension extension;
    struct certbind_reader r;
    size_t count = 0;

    certbind_reader_init(&r, out->extensions);
    while (certbind_reader_left(&r) > 0) {
        if (count == MAX_EXTENSIONS || !certbind_der_read_extension(&r, &extension) ||
            !take_extension(&extension, out))
            return false;
        for (size_t i = 0; i < count; i++)
            if (certbind_bytes_equal(seen[i], extension.oid))
                return false;
        seen[count++] = extension.oid;
    }
    return true;
}

/* The tail of the TBSCertificate: explicit [3] and nothing else. */
static bool find_extensions(struct certbind_reader *r, struct certbind_certificate *out)
{
    struct certbind_reader inside;

    return certbind_der_open(r, CERTBIND_DER_CONTEXT_3, &inside) && certbind_reader_done(r) &&
           certbind_der_expect(&inside, CERTBIND_DER_SEQUENCE, &out->extensions) &&
           certbind_reader_done(&inside) && read_extensions(out);
}

static const char *read_tbs(struct certbind_reader *r, struct certbind_certificate *out)
{
    static const uint8_t version_3[] = {0xa0, 0x03, 0x02, 0x01, 0x02};
    struct certbind_reader validity;

    if (!certbind_bytes_equal(certbind_read(r, sizeof version_3),
                              certbind_bytes(version_3, sizeof version_3)))
        return "a certificate that is not version 3";
    if (!certbind_der_expect(r, CERTBIND_DER_INTEGER, &out->serial) ||
        !certbind_der_is_integer(out->serial) || out->serial.len > MAX_SERIAL_BYTES)
        return "a certificate without a serial number";
    if (!certbind_der_expect_ecdsa_sha256(r))
        return "a certificate not signed with ecdsa-with-SHA256";
    if (!certbind_der_expect_whole(r, CERTBIND_DER_SEQUENCE, &out->issuer) ||
        !certbind_der_open(r, CERTBIND_DER_SEQUENCE, &validity) ||
        !certbind_der_expect_whole(r, CERTBIND_DER_SEQUENCE, &out->subject))
        return "a certificate without names and dates";
    if (!certbind_der_read_time(&validity, &out->not_before) ||
        !certbind_der_read_time(&validity, &out->not_after) || !certbind_reader_done(&validity))
        return "a certificate with unreadable dates";
    if (!read_key(r, out))
        return "a certificate whose key is not P-256";
    if (!find_extensions(r, out))
        return "a certificate with an unknown critical, repeated or broken extension";
    return NULL;
}

static const char *read_certificate(struct certbind_certificate *out)
{
    struct certbind_reader outer;
    struct certbind_reader r;
    struct certbind_reader tbs;
    struct certbind_bytes bits;

    certbind_reader_init(&outer, out->der);
    if (!certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &r) || !certbind_reader_done(&outer) ||
        !certbind_der_expect_whole(&r, CERTBIND_DER_SEQUENCE, &out->tbs))
        return "a certificate that is not DER";
    if (!certbind_der_expect_ecdsa_sha256(&r))
        return "a certificate not signed with ecdsa-with-SHA256";
    if (!certbind_der_expect(&r, CERTBIND_DER_BIT_STRING, &bits) || !certbind_reader_done(&r) ||
        bits.len < 2 || bits.data[0] != 0)
        return "a certificate without a signature";
    out->signature = certbind_bytes(bits.data + 1, bits.len - 1);
    certbind_reader_init(&outer, out->tbs);
    (void)certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &tbs);
    return read_tbs(&tbs, out);
}

certbind_status certbind_certificate_parse(struct certbind_bytes der, certbind_status code,
                                           struct certbind_certificate *out,
                                           struct certbind_error *err)
{
    const char *problem;

    *out = (struct certbind_certificate){.path_len = -1};
    if (der.len == 0 || der.len > MAX_DER_BYTES)
        return certbind_fail(err, code, "a certificate of impossible size");
    out->memory = malloc(der.len);
    if (out->memory == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    memcpy(out->memory, der.data, der.len);
    out->der = certbind_bytes(out->memory, der.len);
    problem = read_certificate(out);
    if (problem == NULL)
        return CERTBIND_OK;
    certbind_certificate_cleanup(out);
    return certbind_fail(err, code, "%s", problem);
}

void certbind_certificate_cleanup(struct certbind_certificate *cert)
{
    EVP_PKEY_free(cert->key);
    free(cert->memory);
    *cert = (struct certbind_certificate){0};
}

certbind_status certbind_certificate_check_role(const struct certbind_certificate *cert,
                                                enum certbind_certificate_role role, int below,
                                                certbind_status code, struct certbind_error *err)
{
    const uint8_t usage = cert->key_usage;

    if (usage == 0)
        return certbind_fail(err, code, "a certificate without keyUsage");
    if (role == CERTBIND_ROLE_SIGNER) {
        if (cert->ca || (usage & (KEY_CERT_SIGN | CRL_SIGN)) != 0)
            return certbind_fail(err, code, "a CA certificate stands where a signer should");
        if ((usage & DIGITAL_SIGNATURE) == 0)
            return certbind_fail(err, code, "the certificate's key may not sign");
        return CERTBIND_OK;
    }
    if (!cert->ca)
        return certbind_fail(err, code, "a certificate that is no CA stands where one should");
    if ((usage & KEY_CERT_SIGN) == 0 || (usage & CRL_SIGN) == 0)
        return certbind_fail(err, code, "the CA's key may not sign certificates and CRLs");
    if (cert->path_len >= 0 && cert->path_len < below)
        return certbind_fail(err, code, "the CA's path length does not allow the chain");
    return CERTBIND_OK;
}

certbind_status certbind_certificate_check_issued(const struct certbind_certificate *cert,
                                                  const struct certbind_certificate *issuer,
                                                  certbind_status code, unsigned *checks,
                                                  struct certbind_error *err)
{
    if (!certbind_bytes_equal(cert->issuer, issuer->subject))
        return certbind_fail(err, code, "a certificate names another issuer than the next one");
    *checks += 1;
    if (!certbind_ecdsa_verify_der(issuer->key, cert->signature, cert->tbs))
        return certbind_fail(err, code, "a certificate's signature does not hold");
    return CERTBIND_OK;
}

/* SEQUENCE { type OID, value }: the value when it is a common name in a plain alphabet. */
static bool read_attribute(struct certbind_reader *set, struct certbind_bytes *common_name)
{
    struct certbind_reader r;
    struct certbind_bytes oid;
    struct certbind_bytes value;
    uint8_t tag;

    *common_name = (struct certbind_bytes){0};
    if (!certbind_der_open(set, CERTBIND_DER_SEQUENCE, &r) ||
        !certbind_der_expect(&r, CERTBIND_DER_OID, &oid))
        return false;
    tag = certbind_der_read(&r, &value);
    if (!certbind_reader_done(&r))
        return false;
    if (!is_oid(oid, oid_common_name))
        return true;
    *common_name = value;
    return value.len > 0 &&
           (tag == CERTBIND_DER_UTF8_STRING || tag == CERTBIND_DER_PRINTABLE_STRING);
}

static bool find_common_name(struct certbind_bytes name, struct certbind_bytes *out)
{
    struct certbind_reader outer;
    struct certbind_reader names;

    *out = (struct certbind_bytes){0};
    certbind_reader_init(&outer, name);
    if (!certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &names) || !certbind_reader_done(&outer))
        return false;
    while (certbind_reader_left(&names) > 0) {
        struct certbind_bytes found;
        struct certbind_reader set;

        if (!certbind_der_open(&names, CERTBIND_DER_SET, &set) || !read_attribute(&set, &found) ||
            !certbind_reader_done(&set) || (found.len > 0 && out->len > 0))
            return false;
        if (found.len > 0)
            *out = found;
    }
    return out->len > 0;
}

bool certbind_common_name(struct certbind_bytes name, char *out, size_t size)
{
    struct certbind_bytes text;

    out[0] = '\0';
    if (!find_common_name(name, &text) || text.len >= size)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

certbind_status certbind_certificate_check_name(const struct certbind_certificate *cert,
                                                const char *common_name, certbind_status code,
                                                struct certbind_error *err)
{
    char name[96];

    if (!certbind_common_name(cert->subject, name, sizeof name) || strcmp(name, common_name) != 0)
        return certbind_fail(err, code, "a certificate is not called '%s'", common_name);
    return CERTBIND_OK;
}

bool certbind_certificate_extension(const struct certbind_certificate *cert,
                                    struct certbind_bytes oid, struct certbind_bytes *value)
{
    struct certbind_der_extension extension;
    struct certbind_reader r;

    *value = (struct certbind_bytes){0};
    certbind_reader_init(&r, cert->extensions);
    while (certbind_reader_left(&r) > 0 && certbind_der_read_extension(&r, &extension))
        if (certbind_bytes_equal(extension.oid, oid)) {
            *value = extension.value;
            return true;
        }
    return false;
}

bool certbind_certificate_same_holder(const struct certbind_certificate *a,
                                      const struct certbind_certificate *b)
{
    return certbind_bytes_equal(a->subject, b->subject) && certbind_bytes_equal(a->point, b->point);
}
