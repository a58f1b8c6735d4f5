#include "tests/simulator/platform.h"

#include <string.h>

#include "certbind/digest.h"
#include "tests/simulator/der.h"

static const uint8_t SGX_ARC[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

bool sim_platform_init(struct sim_platform *p, const struct sim_seed *seed)
{
    static const uint8_t sgx_svn[SIM_SVN_COUNT] = {2, 2, 2, 2, 3, 1, 0, 5};
    static const uint8_t tee_tcb_svn[SIM_SVN_COUNT] = {SIM_TDX_MODULE_ISVSVN,
                                                       SIM_TDX_MODULE_VERSION, 2};
    static const struct sim_seed no_seed = {.len = 0};

    memcpy(p->fmspc, "SIM000", sizeof p->fmspc);
    memset(p->pceid, 0, sizeof p->pceid);
    memcpy(p->sgx_svn, sgx_svn, sizeof p->sgx_svn);
    memcpy(p->tee_tcb_svn, tee_tcb_svn, sizeof p->tee_tcb_svn);
    /* Module and QE are software of a vendor: the same on every simulated machine. */
    return sim_seed_measurement(&no_seed, "mrseam", p->mrseam) &&
           certbind_sha256(certbind_text("dstack-simulator QE signer"), p->qe_mrsigner) &&
           certbind_sha256(certbind_text("dstack-simulator QE"), p->qe_mrenclave) &&
           sim_seed_derive(seed, "ppid", p->ppid, sizeof p->ppid) &&
           sim_seed_derive(seed, "platform-instance-id", p->platform_instance_id,
                           sizeof p->platform_instance_id) &&
           sim_seed_derive(seed, "qe-id", p->qe_id, sizeof p->qe_id);
}

/* The OID 1.2.840.113741.1.13.1.first[.second]; second 0: none. */
static void put_oid(struct sim_buffer *b, uint8_t first, uint8_t second)
{
    uint8_t arcs[sizeof SGX_ARC + 2];

    memcpy(arcs, SGX_ARC, sizeof SGX_ARC);
    arcs[sizeof SGX_ARC] = first;
    arcs[sizeof SGX_ARC + 1] = second;
    sim_der_put_oid(b, certbind_bytes(arcs, sizeof SGX_ARC + (second != 0 ? 2 : 1)));
}

static void put_octets(struct sim_buffer *b, uint8_t first, uint8_t second,
                       struct certbind_bytes value)
{
    size_t pair = sim_der_open(b, SIM_DER_SEQUENCE);

    put_oid(b, first, second);
    sim_der_put(b, SIM_DER_OCTET_STRING, value);
    sim_der_close(b, pair);
}

static void put_number(struct sim_buffer *b, uint8_t first, uint8_t second, uint8_t tag,
                       uint32_t value)
{
    size_t pair = sim_der_open(b, SIM_DER_SEQUENCE);

    put_oid(b, first, second);
    sim_der_put_number(b, tag, value);
    sim_der_close(b, pair);
}

static void put_tcb(struct sim_buffer *b, const struct sim_platform *p)
{
    size_t pair = sim_der_open(b, SIM_DER_SEQUENCE);
    size_t list;

    put_oid(b, 2, 0);
    list = sim_der_open(b, SIM_DER_SEQUENCE);
    for (unsigned i = 0; i < SIM_SVN_COUNT; i++)
        put_number(b, 2, (uint8_t)(i + 1), SIM_DER_INTEGER, p->sgx_svn[i]);
    put_number(b, 2, 17, SIM_DER_INTEGER, SIM_PCESVN);
    put_octets(b, 2, 18, certbind_bytes(p->sgx_svn, sizeof p->sgx_svn));
    sim_der_close(b, list);
    sim_der_close(b, pair);
}

static void put_configuration(struct sim_buffer *b)
{
    size_t pair = sim_der_open(b, SIM_DER_SEQUENCE);
    size_t list;

    put_oid(b, 7, 0);
    list = sim_der_open(b, SIM_DER_SEQUENCE);
    /* dynamicPlatform, cachedKeys, SMTenabled */
    for (uint8_t i = 1; i <= 3; i++) {
        size_t flag = sim_der_open(b, SIM_DER_SEQUENCE);

        put_oid(b, 7, i);
        sim_der_put_boolean(b, true);
        sim_der_close(b, flag);
    }
    sim_der_close(b, list);
    sim_der_close(b, pair);
}

void sim_platform_put_sgx_extension(const struct sim_platform *p, struct sim_buffer *out)
{
    size_t outer = sim_der_open(out, SIM_DER_SEQUENCE);

    put_octets(out, 1, 0, certbind_bytes(p->ppid, sizeof p->ppid));
    put_tcb(out, p);
    put_octets(out, 3, 0, certbind_bytes(p->pceid, sizeof p->pceid));
    put_octets(out, 4, 0, certbind_bytes(p->fmspc, sizeof p->fmspc));
    put_number(out, 5, 0, SIM_DER_ENUMERATED, 1);
    put_octets(out, 6, 0, certbind_bytes(p->platform_instance_id, sizeof p->platform_instance_id));
    put_configuration(out);
    sim_der_close(out, outer);
}
