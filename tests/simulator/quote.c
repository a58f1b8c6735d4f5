#include "tests/simulator/quote.h"

#include <string.h>

#include "certbind/digest.h"

enum {
    TEE_TDX = 0x81,
    BODY_TD_1_5 = 3,
    BODY_TD_1_5_LEN = 648,
    KEY_ECDSA_P256 = 2,
    CERTIFICATION_PCK_CHAIN = 5,
    CERTIFICATION_QE_REPORT = 6,
    QE_REPORT_LEN = 384,
    QE_AUTH_LEN = 32
};

/* SGX ATTRIBUTES of the QE: INIT, MODE64BIT, PROVISION_KEY; XFRM e7. */
#define QE_FLAGS 0x15u
#define QE_XFRM 0xe7u

bool sim_quoter_init(struct sim_quoter *q, const struct sim_platform *platform,
                     const struct sim_pki *pki)
{
    q->platform = platform;
    q->pki = pki;
    q->version = 4;
    q->old_launch = false;
    return sim_p256_random(&q->attestation_key);
}

static void put_header(struct sim_buffer *b, const struct sim_quoter *q)
{
    static const uint8_t vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                          0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

    sim_buffer_put_u16le(b, (uint16_t)q->version);
    sim_buffer_put_u16le(b, KEY_ECDSA_P256);
    sim_buffer_put_u32le(b, TEE_TDX);
    sim_buffer_put_u16le(b, 0);
    sim_buffer_put_u16le(b, 0);
    sim_buffer_put(b, vendor_id, sizeof vendor_id);
    sim_buffer_put(b, q->platform->qe_id, sizeof q->platform->qe_id);
    sim_buffer_put_zeros(b, 4);
    if (q->version == 5) {
        sim_buffer_put_u16le(b, BODY_TD_1_5);
        sim_buffer_put_u32le(b, BODY_TD_1_5_LEN);
    }
}

static void put_body(struct sim_buffer *b, const struct sim_quoter *q, const struct sim_td *td,
                     const uint8_t *report_data)
{
    const struct sim_platform *p = q->platform;

    sim_buffer_put_u8(b, q->old_launch ? SIM_TDX_MODULE_OLD_ISVSVN : p->tee_tcb_svn[0]);
    sim_buffer_put(b, p->tee_tcb_svn + 1, sizeof p->tee_tcb_svn - 1);
    sim_buffer_put(b, p->mrseam, sizeof p->mrseam);
    sim_buffer_put_zeros(b, 48); /* MRSIGNERSEAM: the vendor's own module */
    sim_buffer_put_zeros(b, 8);  /* SEAMATTRIBUTES: production */
    sim_buffer_put_u64le(b, td->attributes);
    sim_buffer_put_u64le(b, SIM_TD_XFAM);
    sim_buffer_put(b, td->mrtd, sizeof td->mrtd);
    sim_buffer_put(b, td->mr_config_id, sizeof td->mr_config_id);
    sim_buffer_put_zeros(b, 48); /* MROWNER */
    sim_buffer_put_zeros(b, 48); /* MROWNERCONFIG */
    for (size_t i = 0; i < SIM_RTMR_COUNT; i++)
        sim_buffer_put(b, td->log.rtmr[i], sizeof td->log.rtmr[i]);
    sim_buffer_put(b, report_data, SIM_QUOTE_REPORT_DATA_LEN);
    if (q->version == 5) {
        sim_buffer_put(b, p->tee_tcb_svn, sizeof p->tee_tcb_svn);
        sim_buffer_put_zeros(b, 48); /* MRSERVICETD: none is bound */
    }
}

/* The QE's own report, whose report data commits to the attestation key. */
static bool put_qe_report(struct sim_buffer *b, const struct sim_quoter *q,
                          struct certbind_bytes auth)
{
    const struct sim_platform *p = q->platform;
    struct certbind_bytes parts[] = {certbind_bytes(q->attestation_key.point + 1, 64), auth};
    uint8_t binding[32];
    bool ok = certbind_sha256_parts(parts, 2, binding);

    sim_buffer_put(b, p->sgx_svn, sizeof p->sgx_svn);
    sim_buffer_put_u32le(b, 0); /* MISCSELECT */
    sim_buffer_put_zeros(b, 28);
    sim_buffer_put_u64le(b, QE_FLAGS);
    sim_buffer_put_u64le(b, QE_XFRM);
    sim_buffer_put(b, p->qe_mrenclave, sizeof p->qe_mrenclave);
    sim_buffer_put_zeros(b, 32);
    sim_buffer_put(b, p->qe_mrsigner, sizeof p->qe_mrsigner);
    sim_buffer_put_zeros(b, 96);
    sim_buffer_put_u16le(b, SIM_QE_ISVPRODID);
    sim_buffer_put_u16le(b, SIM_QE_ISVSVN);
    sim_buffer_put_zeros(b, 60);
    sim_buffer_put(b, binding, sizeof binding);
    sim_buffer_put_zeros(b, 32);
    return ok;
}

/* Everything of the nested certification data: QE report, its signature, PCK chain. */
static bool put_certification(struct sim_buffer *b, const struct sim_quoter *q)
{
    struct certbind_bytes chain = sim_buffer_view(&q->pki->pck_chain);
    uint8_t auth[QE_AUTH_LEN];
    uint8_t signature[64];
    size_t start = b->len;

    for (size_t i = 0; i < sizeof auth; i++)
        auth[i] = (uint8_t)i;
    if (!put_qe_report(b, q, certbind_bytes(auth, sizeof auth)) || !sim_buffer_ok(b) ||
        !sim_p256_sign(&q->pki->pck, certbind_bytes(b->data + start, QE_REPORT_LEN), signature))
        return false;
    sim_buffer_put(b, signature, sizeof signature);
    sim_buffer_put_u16le(b, QE_AUTH_LEN);
    sim_buffer_put(b, auth, sizeof auth);
    sim_buffer_put_u16le(b, CERTIFICATION_PCK_CHAIN);
    sim_buffer_put_u32le(b, (uint32_t)chain.len + 1);
    sim_buffer_put_bytes(b, chain);
    sim_buffer_put_u8(b, 0); /* the chain is a C string */
    return true;
}

/* A recorded quote with other report data: its signature does not cover that. */
static bool patch(const struct sim_buffer *recorded,
                  const uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN], struct sim_buffer *out)
{
    size_t start = out->len;

    sim_buffer_put_bytes(out, sim_buffer_view(recorded));
    if (!sim_buffer_ok(out) || recorded->len < SIM_QUOTE_SIGNED_LEN)
        return false;
    memcpy(out->data + start + SIM_QUOTE_SIGNED_LEN - SIM_QUOTE_REPORT_DATA_LEN, report_data,
           SIM_QUOTE_REPORT_DATA_LEN);
    return true;
}

bool sim_quote_make(const struct sim_quoter *q, const struct sim_td *td,
                    const uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN], struct sim_buffer *out)
{
    struct sim_buffer signed_part = {0};
    struct sim_buffer certification = {0};
    uint8_t signature[64];
    size_t signed_len = q->version == 5 ? SIM_QUOTE_5_SIGNED_LEN : SIM_QUOTE_SIGNED_LEN;
    bool ok;

    if (td->quote.len != 0)
        return patch(&td->quote, report_data, out);
    put_header(&signed_part, q);
    put_body(&signed_part, q, td, report_data);
    ok = sim_buffer_ok(&signed_part) && signed_part.len == signed_len &&
         sim_p256_sign(&q->attestation_key, sim_buffer_view(&signed_part), signature) &&
         put_certification(&certification, q) && sim_buffer_ok(&certification);
    if (ok) {
        sim_buffer_put_bytes(out, sim_buffer_view(&signed_part));
        sim_buffer_put_u32le(out, (uint32_t)(134 + certification.len));
        sim_buffer_put(out, signature, sizeof signature);
        sim_buffer_put(out, q->attestation_key.point + 1, 64);
        sim_buffer_put_u16le(out, CERTIFICATION_QE_REPORT);
        sim_buffer_put_u32le(out, (uint32_t)certification.len);
        sim_buffer_put_bytes(out, sim_buffer_view(&certification));
        sim_buffer_put_zeros(out, SIM_QUOTE_PADDING);
        ok = sim_buffer_ok(out);
    }
    sim_buffer_cleanup(&certification);
    sim_buffer_cleanup(&signed_part);
    return ok;
}
