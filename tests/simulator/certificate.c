#include "tests/simulator/certificate.h"

#include <string.h>

#include "certbind/digest.h"
#include "tests/simulator/der.h"
#include "tests/simulator/extension.h"

static const uint8_t ECDSA_SHA256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                       0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint8_t SGX_EXTENSION_OID[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

bool sim_key_id(const struct sim_p256 *key, uint8_t out[SIM_KEY_ID_LEN])
{
    uint8_t digest[32];

    if (!certbind_sha256(certbind_bytes(key->point, sizeof key->point), digest))
        return false;
    memcpy(out, digest, SIM_KEY_ID_LEN);
    return true;
}

bool sim_serial(const struct sim_p256 *key, uint8_t out[SIM_KEY_ID_LEN])
{
    if (!sim_key_id(key, out))
        return false;
    out[0] = (uint8_t)((out[0] & 0x7f) | 0x40);
    return true;
}

static void put_name(struct sim_buffer *b, const struct sim_name *name)
{
    size_t rdns = sim_der_open(b, SIM_DER_SEQUENCE);

    for (size_t i = 0; i < SIM_NAME_PARTS && name->parts[i].attribute != 0; i++) {
        uint8_t oid[] = {0x55, 0x04, name->parts[i].attribute};
        uint8_t tag = oid[2] == SIM_NAME_C ? SIM_DER_PRINTABLE_STRING : SIM_DER_UTF8_STRING;
        size_t rdn = sim_der_open(b, SIM_DER_SET);
        size_t pair = sim_der_open(b, SIM_DER_SEQUENCE);

        sim_der_put_oid(b, certbind_bytes(oid, sizeof oid));
        sim_der_put(b, tag, certbind_text(name->parts[i].text));
        sim_der_close(b, pair);
        sim_der_close(b, rdn);
    }
    sim_der_close(b, rdns);
}

static void put_validity(struct sim_buffer *b, int64_t not_before, int64_t not_after)
{
    size_t validity = sim_der_open(b, SIM_DER_SEQUENCE);

    sim_der_put_time(b, not_before);
    sim_der_put_time(b, not_after);
    sim_der_close(b, validity);
}

static bool put_authority_key_id(struct sim_buffer *b, const struct sim_p256 *issuer_key)
{
    struct sim_extension e = sim_extension_open_standard(b, SIM_EXT_AUTHORITY_KEY_ID, false);
    size_t sequence = sim_der_open(b, SIM_DER_SEQUENCE);
    uint8_t id[SIM_KEY_ID_LEN];
    bool ok = sim_key_id(issuer_key, id);

    sim_der_put(b, SIM_DER_CONTEXT | 0, certbind_bytes(id, sizeof id));
    sim_der_close(b, sequence);
    sim_extension_close(b, e);
    return ok;
}

bool sim_certificate_put_subject_key_id(struct sim_buffer *b, const struct sim_p256 *key)
{
    struct sim_extension e = sim_extension_open_standard(b, SIM_EXT_SUBJECT_KEY_ID, false);
    uint8_t id[SIM_KEY_ID_LEN];
    bool ok = sim_key_id(key, id);

    sim_der_put(b, SIM_DER_OCTET_STRING, certbind_bytes(id, sizeof id));
    sim_extension_close(b, e);
    return ok;
}

static void put_crl_point(struct sim_buffer *b, const char *url)
{
    struct sim_extension e = sim_extension_open_standard(b, SIM_EXT_CRL_POINTS, false);
    size_t points = sim_der_open(b, SIM_DER_SEQUENCE);
    size_t point = sim_der_open(b, SIM_DER_SEQUENCE);
    size_t name = sim_der_open(b, SIM_DER_CONTEXT_CONSTRUCTED | 0);
    size_t full = sim_der_open(b, SIM_DER_CONTEXT_CONSTRUCTED | 0);

    sim_der_put(b, SIM_DER_CONTEXT | 6, certbind_text(url));
    sim_der_close(b, full);
    sim_der_close(b, name);
    sim_der_close(b, point);
    sim_der_close(b, points);
    sim_extension_close(b, e);
}

static void put_usage_and_constraints(struct sim_buffer *b, int path_len)
{
    /* keyCertSign, cRLSign for a CA; digitalSignature, nonRepudiation for a leaf. */
    static const uint8_t ca_usage[] = {0x01, 0x06};
    static const uint8_t leaf_usage[] = {0x06, 0xc0};
    bool ca = path_len != SIM_NOT_A_CA;
    struct sim_extension e = sim_extension_open_standard(b, SIM_EXT_KEY_USAGE, true);
    size_t sequence;

    sim_der_put(b, SIM_DER_BIT_STRING, certbind_bytes(ca ? ca_usage : leaf_usage, 2));
    sim_extension_close(b, e);
    e = sim_extension_open_standard(b, SIM_EXT_BASIC_CONSTRAINTS, true);
    sequence = sim_der_open(b, SIM_DER_SEQUENCE);
    if (ca) {
        sim_der_put_boolean(b, true);
        sim_der_put_number(b, SIM_DER_INTEGER, (uint32_t)path_len);
    }
    sim_der_close(b, sequence);
    sim_extension_close(b, e);
}

static bool put_extensions(struct sim_buffer *b, const struct sim_certificate *c)
{
    size_t explicit = sim_der_open(b, SIM_DER_CONTEXT_CONSTRUCTED | 3);
    size_t sequence = sim_der_open(b, SIM_DER_SEQUENCE);
    bool ok;

    if (c->extensions.len != 0) {
        sim_buffer_put_bytes(b, c->extensions);
        sim_der_close(b, sequence);
        sim_der_close(b, explicit);
        return true;
    }
    ok = put_authority_key_id(b, c->issuer_key);
    if (c->crl_url != NULL)
        put_crl_point(b, c->crl_url);
    ok = sim_certificate_put_subject_key_id(b, c->key) && ok;
    put_usage_and_constraints(b, c->path_len);
    if (c->sgx_extension.len != 0) {
        struct sim_extension e = sim_extension_open(
            b, certbind_bytes(SGX_EXTENSION_OID, sizeof SGX_EXTENSION_OID), false);

        sim_buffer_put_bytes(b, c->sgx_extension);
        sim_extension_close(b, e);
    }
    sim_der_close(b, sequence);
    sim_der_close(b, explicit);
    return ok;
}

/* out = SEQUENCE { tbs, algorithm, BIT STRING signature }; tbs is freed. */
static bool sign_and_wrap(struct sim_buffer *tbs, const struct sim_p256 *key,
                          struct sim_buffer *out)
{
    uint8_t signature[64];
    bool ok = sim_buffer_ok(tbs) && sim_p256_sign(key, sim_buffer_view(tbs), signature);

    if (ok) {
        size_t outer = sim_der_open(out, SIM_DER_SEQUENCE);
        size_t bits;

        sim_buffer_put_bytes(out, sim_buffer_view(tbs));
        sim_buffer_put(out, ECDSA_SHA256, sizeof ECDSA_SHA256);
        bits = sim_der_open(out, SIM_DER_BIT_STRING);
        sim_buffer_put_u8(out, 0);
        sim_p256_put_signature(out, signature);
        sim_der_close(out, bits);
        sim_der_close(out, outer);
    }
    sim_buffer_cleanup(tbs);
    return ok && sim_buffer_ok(out);
}

bool sim_certificate_encode(const struct sim_certificate *c, struct sim_buffer *out)
{
    struct sim_buffer tbs = {0};
    size_t sequence = sim_der_open(&tbs, SIM_DER_SEQUENCE);
    size_t version = sim_der_open(&tbs, SIM_DER_CONTEXT_CONSTRUCTED | 0);
    uint8_t serial[SIM_KEY_ID_LEN];
    uint8_t spki[SIM_P256_SPKI_LEN];
    bool ok = sim_serial(c->key, serial);

    sim_der_put_number(&tbs, SIM_DER_INTEGER, 2);
    sim_der_close(&tbs, version);
    sim_der_put_unsigned(&tbs, SIM_DER_INTEGER, certbind_bytes(serial, sizeof serial));
    sim_buffer_put(&tbs, ECDSA_SHA256, sizeof ECDSA_SHA256);
    put_name(&tbs, &c->issuer);
    put_validity(&tbs, c->not_before, c->not_after);
    put_name(&tbs, &c->subject);
    sim_p256_spki(c->key, spki);
    sim_buffer_put(&tbs, spki, sizeof spki);
    ok = put_extensions(&tbs, c) && ok;
    sim_der_close(&tbs, sequence);
    if (!ok)
        tbs.failed = true;
    return sign_and_wrap(&tbs, c->issuer_key, out);
}

static bool put_revoked(struct sim_buffer *b, const struct sim_crl *crl)
{
    size_t list = sim_der_open(b, SIM_DER_SEQUENCE);
    size_t entry = sim_der_open(b, SIM_DER_SEQUENCE);
    uint8_t serial[SIM_KEY_ID_LEN];
    bool ok = sim_serial(crl->revoked, serial);

    sim_der_put_unsigned(b, SIM_DER_INTEGER, certbind_bytes(serial, sizeof serial));
    sim_der_put_time(b, crl->this_update);
    sim_der_close(b, entry);
    sim_der_close(b, list);
    return ok;
}

bool sim_crl_encode(const struct sim_crl *crl, struct sim_buffer *out)
{
    struct sim_buffer tbs = {0};
    size_t sequence = sim_der_open(&tbs, SIM_DER_SEQUENCE);
    size_t explicit;
    size_t extensions;
    struct sim_extension number;
    bool ok = true;

    sim_der_put_number(&tbs, SIM_DER_INTEGER, 1);
    sim_buffer_put(&tbs, ECDSA_SHA256, sizeof ECDSA_SHA256);
    put_name(&tbs, &crl->issuer);
    sim_der_put_time(&tbs, crl->this_update);
    sim_der_put_time(&tbs, crl->next_update);
    if (crl->revoked != NULL)
        ok = put_revoked(&tbs, crl);
    explicit = sim_der_open(&tbs, SIM_DER_CONTEXT_CONSTRUCTED | 0);
    extensions = sim_der_open(&tbs, SIM_DER_SEQUENCE);
    number = sim_extension_open_standard(&tbs, SIM_EXT_CRL_NUMBER, false);
    sim_der_put_number(&tbs, SIM_DER_INTEGER, crl->number);
    sim_extension_close(&tbs, number);
    ok = put_authority_key_id(&tbs, crl->issuer_key) && ok;
    sim_der_close(&tbs, extensions);
    sim_der_close(&tbs, explicit);
    sim_der_close(&tbs, sequence);
    if (!ok)
        tbs.failed = true;
    return sign_and_wrap(&tbs, crl->issuer_key, out);
}
