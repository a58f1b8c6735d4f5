#include "certbind/dcap/quote.h"

#include <string.h>

enum {
    VERSION_SGX = 3,
    VERSION_TDX = 4,
    VERSION_TDX_DESCRIBED = 5, /* the body's kind and size stand before it */
    KEY_TYPE_ECDSA_P256 = 2,
    CERTIFICATION_PCK_CHAIN = 5,
    CERTIFICATION_QE_REPORT = 6,
    SGX_REPORT_LEN = 384,
    TD_REPORT_1_0_LEN = 584,
    TD_REPORT_1_5_LEN = 648,
    SIGNATURE_LEN = 64,
    KEY_LEN = 64
};

static const uint8_t intel_vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                            0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

static certbind_status truncated(struct certbind_error *err, const char *part)
{
    return certbind_fail(err, CERTBIND_E_QUOTE_TRUNCATED, "the quote ends in its %s", part);
}

static certbind_status check_header(const struct certbind_quote *q, struct certbind_error *err)
{
    if (q->version < VERSION_SGX || q->version > VERSION_TDX_DESCRIBED)
        return certbind_fail(err, CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED,
                             "version %u, supported are 3, 4 and 5", q->version);
    if (q->att_key_type != KEY_TYPE_ECDSA_P256)
        return certbind_fail(err, CERTBIND_E_ATTESTATION_KEY_TYPE_UNSUPPORTED,
                             "attestation key type %u, supported is 2", q->att_key_type);
    if (q->tee_type != (q->version == VERSION_SGX ? CERTBIND_TEE_SGX : CERTBIND_TEE_TDX))
        return certbind_fail(err, CERTBIND_E_WRONG_TEE_TYPE, "TEE type 0x%x in version %u",
                             (unsigned)q->tee_type, q->version);
    if (memcmp(q->qe_vendor_id, intel_vendor_id, sizeof intel_vendor_id) != 0)
        return certbind_fail(err, CERTBIND_E_QE_VENDOR_ID_MISMATCH, "unknown QE vendor");
    return CERTBIND_OK;
}

static certbind_status read_header(struct certbind_reader *r, struct certbind_quote *q,
                                   struct certbind_error *err)
{
    q->version = certbind_read_u16le(r);
    q->att_key_type = certbind_read_u16le(r);
    q->tee_type = certbind_read_u32le(r);
    q->qe_svn = certbind_read_u16le(r);
    q->pce_svn = certbind_read_u16le(r);
    certbind_read_to(r, q->qe_vendor_id, sizeof q->qe_vendor_id);
    certbind_read_to(r, q->user_data, sizeof q->user_data);
    if (!certbind_reader_ok(r))
        return truncated(err, "header");
    return check_header(q, err);
}

static void read_sgx_report(struct certbind_reader *r, struct certbind_sgx_report *out)
{
    certbind_read_to(r, out->cpu_svn, sizeof out->cpu_svn);
    out->misc_select = certbind_read_u32le(r);
    (void)certbind_read(r, 12);
    certbind_read_to(r, out->isv_ext_prod_id, sizeof out->isv_ext_prod_id);
    certbind_read_to(r, out->attributes, sizeof out->attributes);
    certbind_read_to(r, out->mr_enclave, sizeof out->mr_enclave);
    (void)certbind_read(r, 32);
    certbind_read_to(r, out->mr_signer, sizeof out->mr_signer);
    (void)certbind_read(r, 32);
    certbind_read_to(r, out->config_id, sizeof out->config_id);
    out->isv_prod_id = certbind_read_u16le(r);
    out->isv_svn = certbind_read_u16le(r);
    out->config_svn = certbind_read_u16le(r);
    (void)certbind_read(r, 42);
    certbind_read_to(r, out->isv_family_id, sizeof out->isv_family_id);
    certbind_read_to(r, out->report_data, sizeof out->report_data);
}

static void read_td_report(struct certbind_reader *r, struct certbind_td_report *out)
{
    certbind_read_to(r, out->tee_tcb_svn, sizeof out->tee_tcb_svn);
    certbind_read_to(r, out->mr_seam, sizeof out->mr_seam);
    certbind_read_to(r, out->mr_signer_seam, sizeof out->mr_signer_seam);
    certbind_read_to(r, out->seam_attributes, sizeof out->seam_attributes);
    out->td_attributes = certbind_read_u64le(r);
    out->xfam = certbind_read_u64le(r);
    certbind_read_to(r, out->mrtd, sizeof out->mrtd);
    certbind_read_to(r, out->mr_config_id, sizeof out->mr_config_id);
    certbind_read_to(r, out->mr_owner, sizeof out->mr_owner);
    certbind_read_to(r, out->mr_owner_config, sizeof out->mr_owner_config);
    for (size_t i = 0; i < 4; i++)
        certbind_read_to(r, out->rtmr[i], sizeof out->rtmr[i]);
    certbind_read_to(r, out->report_data, sizeof out->report_data);
}

/* QE report, its signature, authentication data and certification data: the same in every version.
 */
static certbind_status read_qe_part(struct certbind_reader *r, struct certbind_quote *q,
                                    struct certbind_error *err)
{
    struct certbind_reader report;
    uint16_t auth_len;
    uint32_t size;

    q->qe_report_bytes = certbind_read(r, SGX_REPORT_LEN);
    certbind_reader_init(&report, q->qe_report_bytes);
    read_sgx_report(&report, &q->qe_report);
    q->qe_report_signature = certbind_read(r, SIGNATURE_LEN);
    auth_len = certbind_read_u16le(r);
    if (certbind_reader_ok(r) && auth_len > CERTBIND_QUOTE_MAX_AUTH_BYTES)
        return certbind_fail(err, CERTBIND_E_QUOTE_SIZE, "%u bytes of QE authentication data",
                             auth_len);
    q->qe_auth_data = certbind_read(r, auth_len);
    q->certification_type = certbind_read_u16le(r);
    size = certbind_read_u32le(r);
    if (certbind_reader_ok(r) && size > CERTBIND_QUOTE_MAX_CERTIFICATION_BYTES)
        return certbind_fail(err, CERTBIND_E_QUOTE_SIZE, "%lu bytes of certification data",
                             (unsigned long)size);
    q->certification_data = certbind_read(r, size);
    if (!certbind_reader_done(r))
        return certbind_fail(err, CERTBIND_E_QUOTE_MALFORMED,
                             "the sizes inside the signature data do not add up");
    if (q->certification_type != CERTIFICATION_PCK_CHAIN)
        return certbind_fail(err, CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED,
                             "certification data type %u, supported is 5", q->certification_type);
    return CERTBIND_OK;
}

/* Versions 4 and 5 wrap the QE part in certification data of type 6. */
static certbind_status open_container(struct certbind_reader *r, struct certbind_error *err)
{
    uint16_t type = certbind_read_u16le(r);
    uint32_t size = certbind_read_u32le(r);

    if (!certbind_reader_ok(r))
        return certbind_fail(err, CERTBIND_E_QUOTE_MALFORMED, "the signature data is too short");
    if (type != CERTIFICATION_QE_REPORT)
        return certbind_fail(err, CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED,
                             "outer certification data type %u, expected is 6", type);
    if (size != certbind_reader_left(r))
        return certbind_fail(err, CERTBIND_E_QUOTE_MALFORMED,
                             "the outer certification data does not fill the signature data");
    return CERTBIND_OK;
}

static certbind_status read_signature_data(struct certbind_bytes data, struct certbind_quote *q,
                                           struct certbind_error *err)
{
    struct certbind_reader r;

    certbind_reader_init(&r, data);
    q->signature = certbind_read(&r, SIGNATURE_LEN);
    q->attestation_key = certbind_read(&r, KEY_LEN);
    if (q->version != VERSION_SGX) {
        certbind_status status = open_container(&r, err);

        if (status != CERTBIND_OK)
            return status;
    }
    return read_qe_part(&r, q, err);
}

/* Kind and size of the body; the size follows from the kind and is never a choice of the sender. */
static certbind_status read_descriptor(struct certbind_reader *r, struct certbind_quote *q,
                                       struct certbind_error *err)
{
    uint16_t type = certbind_read_u16le(r);
    uint32_t size = certbind_read_u32le(r);

    if (!certbind_reader_ok(r))
        return truncated(err, "body descriptor");
    if (type == CERTBIND_BODY_SGX)
        return certbind_fail(err, CERTBIND_E_WRONG_TEE_TYPE,
                             "the body of an enclave in the quote of a TD");
    if (type != CERTBIND_BODY_TD_1_0 && type != CERTBIND_BODY_TD_1_5)
        return certbind_fail(err, CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED,
                             "body type %u, supported are 2 and 3", type);
    if (size != (type == CERTBIND_BODY_TD_1_0 ? TD_REPORT_1_0_LEN : TD_REPORT_1_5_LEN))
        return certbind_fail(err, CERTBIND_E_QUOTE_MALFORMED, "%lu bytes of a body of type %u",
                             (unsigned long)size, type);
    q->body_type = (enum certbind_quote_body)type;
    return CERTBIND_OK;
}

static certbind_status read_body(struct certbind_reader *r, struct certbind_quote *q,
                                 struct certbind_error *err)
{
    if (q->version == VERSION_SGX) {
        q->body_type = CERTBIND_BODY_SGX;
        read_sgx_report(r, &q->sgx);
        return CERTBIND_OK;
    }
    q->body_type = CERTBIND_BODY_TD_1_0;
    if (q->version == VERSION_TDX_DESCRIBED) {
        certbind_status status = read_descriptor(r, q, err);

        if (status != CERTBIND_OK)
            return status;
    }
    read_td_report(r, &q->td);
    if (q->body_type == CERTBIND_BODY_TD_1_5) {
        certbind_read_to(r, q->td.tee_tcb_svn_2, sizeof q->td.tee_tcb_svn_2);
        certbind_read_to(r, q->td.mr_service_td, sizeof q->td.mr_service_td);
    }
    return CERTBIND_OK;
}

static certbind_status parse(struct certbind_bytes bytes, struct certbind_quote *q,
                             struct certbind_error *err)
{
    struct certbind_reader r;
    struct certbind_bytes data;
    struct certbind_bytes padding;
    certbind_status status;
    size_t size;

    if (bytes.len > CERTBIND_QUOTE_MAX_BYTES)
        return certbind_fail(err, CERTBIND_E_QUOTE_SIZE, "%zu bytes, at most %d are taken",
                             bytes.len, CERTBIND_QUOTE_MAX_BYTES);
    certbind_reader_init(&r, bytes);
    status = read_header(&r, q, err);
    if (status == CERTBIND_OK)
        status = read_body(&r, q, err);
    if (status != CERTBIND_OK)
        return status;
    q->signed_range = certbind_bytes(bytes.data, bytes.len - certbind_reader_left(&r));
    size = certbind_read_u32le(&r);
    data = certbind_read(&r, size);
    if (!certbind_reader_ok(&r))
        return truncated(err, "body or signature data");
    q->canonical = certbind_bytes(bytes.data, bytes.len - certbind_reader_left(&r));
    padding = certbind_read(&r, certbind_reader_left(&r));
    if (!certbind_is_zero(padding.data, padding.len))
        return certbind_fail(err, CERTBIND_E_QUOTE_TRAILING_BYTES,
                             "%zu bytes follow the quote and are not all zero", padding.len);
    return read_signature_data(data, q, err);
}

certbind_status certbind_quote_parse(struct certbind_bytes bytes, struct certbind_quote *out,
                                     struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_quote){0};
    status = parse(bytes, out, err);
    if (status != CERTBIND_OK)
        *out = (struct certbind_quote){0};
    return status;
}

const uint8_t *certbind_quote_report_data(const struct certbind_quote *quote)
{
    return quote->body_type == CERTBIND_BODY_SGX ? quote->sgx.report_data : quote->td.report_data;
}
