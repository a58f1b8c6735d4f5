#include "certbind/dcap/sgx_extension.h"

#include <string.h>

#include "certbind/dcap/der.h"

/* 1.2.840.113741.1.13.1 */
static const uint8_t base_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

enum { ARC_PPID = 1, ARC_TCB, ARC_PCEID, ARC_FMSPC, ARC_TYPE, ARC_INSTANCE, ARC_CONFIGURATION };
enum { ARC_PCE_SVN = 17, ARC_CPU_SVN = 18 };

#define BIT(n) (UINT32_C(1) << (n))

/* One SEQUENCE { OID, value }: the last arc of the OID, and the value's tag and content. */
struct member {
    uint8_t arc;
    uint8_t tag;
    struct certbind_bytes value;
};

/* The next member of a list whose OIDs are prefix and one more arc; arc 0: an OID of another form.
 */
static bool read_member(struct certbind_reader *r, struct certbind_bytes prefix, struct member *out)
{
    struct certbind_bytes oid;
    struct certbind_reader inner;

    if (!certbind_der_open(r, CERTBIND_DER_SEQUENCE, &inner) ||
        !certbind_der_expect(&inner, CERTBIND_DER_OID, &oid))
        return false;
    out->tag = certbind_der_read(&inner, &out->value);
    if (!certbind_reader_done(&inner))
        return false;
    out->arc = 0;
    if (oid.len == prefix.len + 1 &&
        certbind_bytes_equal(certbind_bytes(oid.data, prefix.len), prefix) &&
        oid.data[prefix.len] < 0x20)
        out->arc = oid.data[prefix.len];
    return true;
}

/* Note that a known member was seen; false when it was before. */
static bool note(uint32_t *seen, uint8_t arc)
{
    if (arc == 0)
        return true;
    if ((*seen & BIT(arc)) != 0)
        return false;
    *seen |= BIT(arc);
    return true;
}

static bool take_octets(const struct member *m, uint8_t *out, size_t len)
{
    if (m->tag != CERTBIND_DER_OCTET_STRING || m->value.len != len)
        return false;
    memcpy(out, m->value.data, len);
    return true;
}

/* A non-negative INTEGER or ENUMERATED in its shortest form. */
static bool take_number(const struct member *m, uint8_t tag, uint32_t max, uint32_t *out)
{
    const uint8_t *v = m->value.data;
    size_t len = m->value.len;

    if (m->tag != tag || len > 3 || !certbind_der_is_integer(m->value) || (v[0] & 0x80) != 0)
        return false;
    *out = 0;
    for (size_t i = 0; i < len; i++)
        *out = *out << 8 | v[i];
    return *out <= max;
}

static bool take_boolean(const struct member *m, bool *out)
{
    if (m->tag != CERTBIND_DER_BOOLEAN || m->value.len != 1)
        return false;
    *out = m->value.data[0] == 0xff;
    return *out || m->value.data[0] == 0;
}

static bool take_tcb_member(const struct member *m, struct certbind_pck_extension *out)
{
    uint32_t number;

    if (m->arc == 0 || m->arc > ARC_CPU_SVN)
        return true;
    if (m->arc == ARC_CPU_SVN)
        return take_octets(m, out->cpu_svn, sizeof out->cpu_svn);
    if (m->arc == ARC_PCE_SVN) {
        if (!take_number(m, CERTBIND_DER_INTEGER, UINT16_MAX, &number))
            return false;
        out->pce_svn = (uint16_t)number;
        return true;
    }
    if (!take_number(m, CERTBIND_DER_INTEGER, UINT8_MAX, &number))
        return false;
    out->component_svn[m->arc - 1] = (uint8_t)number;
    return true;
}

static bool take_configuration_member(const struct member *m, struct certbind_pck_extension *out)
{
    switch (m->arc) {
    case 1:
        return take_boolean(m, &out->dynamic_platform);
    case 2:
        return take_boolean(m, &out->cached_keys);
    case 3:
        return take_boolean(m, &out->smt_enabled);
    default:
        return true;
    }
}

typedef bool (*take_member)(const struct member *m, struct certbind_pck_extension *out);

/* A member that is itself a list; all of its arcs 1..required must be there. */
static bool take_list(const struct member *m, unsigned required, take_member take,
                      struct certbind_pck_extension *out)
{
    uint8_t oid[sizeof base_oid + 1];
    struct certbind_reader r;
    struct member inner;
    uint32_t seen = 0;

    if (m->tag != CERTBIND_DER_SEQUENCE)
        return false;
    memcpy(oid, base_oid, sizeof base_oid);
    oid[sizeof base_oid] = m->arc;
    certbind_reader_init(&r, m->value);
    while (certbind_reader_left(&r) > 0)
        if (!read_member(&r, certbind_bytes(oid, sizeof oid), &inner) || !note(&seen, inner.arc) ||
            !take(&inner, out))
            return false;
    for (unsigned arc = 1; arc <= required; arc++)
        if ((seen & BIT(arc)) == 0)
            return false;
    return true;
}

static bool take_top_member(const struct member *m, struct certbind_pck_extension *out)
{
    uint32_t number;

    switch (m->arc) {
    case ARC_PPID:
        return take_octets(m, out->ppid, sizeof out->ppid);
    case ARC_TCB:
        return take_list(m, ARC_CPU_SVN, take_tcb_member, out);
    case ARC_PCEID:
        return take_octets(m, out->pceid, sizeof out->pceid);
    case ARC_FMSPC:
        return take_octets(m, out->fmspc, sizeof out->fmspc);
    case ARC_TYPE:
        if (!take_number(m, CERTBIND_DER_ENUMERATED, CERTBIND_SGX_SCALABLE_WITH_INTEGRITY, &number))
            return false;
        out->sgx_type = (enum certbind_sgx_type)number;
        return true;
    case ARC_INSTANCE:
        out->has_platform_instance_id = true;
        return take_octets(m, out->platform_instance_id, sizeof out->platform_instance_id);
    case ARC_CONFIGURATION:
        out->has_configuration = true;
        return take_list(m, 3, take_configuration_member, out);
    default:
        return true;
    }
}

static const char *parse(struct certbind_bytes der, struct certbind_pck_extension *out)
{
    const uint32_t required =
        BIT(ARC_PPID) | BIT(ARC_TCB) | BIT(ARC_PCEID) | BIT(ARC_FMSPC) | BIT(ARC_TYPE);
    struct certbind_reader outer;
    struct certbind_reader r;
    struct member m;
    uint32_t seen = 0;

    certbind_reader_init(&outer, der);
    if (!certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &r) || !certbind_reader_done(&outer))
        return "the extension is not one SEQUENCE";
    while (certbind_reader_left(&r) > 0) {
        if (!read_member(&r, certbind_bytes(base_oid, sizeof base_oid), &m))
            return "a member of the extension is not DER";
        if (!note(&seen, m.arc))
            return "a member of the extension stands twice";
        if (!take_top_member(&m, out))
            return "a member of the extension has the wrong form";
    }
    return (seen & required) == required ? NULL : "a member of the extension is missing";
}

struct certbind_bytes certbind_pck_extension_oid(void)
{
    return certbind_bytes(base_oid, sizeof base_oid);
}

certbind_status certbind_pck_extension_parse(struct certbind_bytes der,
                                             struct certbind_pck_extension *out,
                                             struct certbind_error *err)
{
    const char *problem;

    *out = (struct certbind_pck_extension){0};
    problem = parse(der, out);
    if (problem == NULL)
        return CERTBIND_OK;
    *out = (struct certbind_pck_extension){0};
    return certbind_fail(err, CERTBIND_E_PCK_EXTENSION_INVALID, "%s", problem);
}
