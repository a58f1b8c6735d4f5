/*
 * quote: the bytes of an SGX or TDX quote as fields.
 *
 * Pure. Parsing proves nothing: every field is the sender's word until certbind_dcap_verify has
 * accepted the quote. Supported: version 3 with an SGX report, version 4 with a TD report 1.0,
 * version 5 with a TD report 1.0 or 1.5.
 */
#ifndef CERTBIND_DCAP_QUOTE_H
#define CERTBIND_DCAP_QUOTE_H

#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/preimage.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_QUOTE_MAX_BYTES = 64 * 1024,
    CERTBIND_QUOTE_MAX_CERTIFICATION_BYTES = 32 * 1024,
    CERTBIND_QUOTE_MAX_AUTH_BYTES = 1024,
    CERTBIND_MR_LEN = 48, /* every TDX measurement register: SHA-384 */
    CERTBIND_SVN_COUNT = 16
};

/* tee_type of the header. */
enum certbind_tee { CERTBIND_TEE_SGX = 0x00, CERTBIND_TEE_TDX = 0x81 };

/* The numbers that a version 5 quote uses for its body. */
enum certbind_quote_body {
    CERTBIND_BODY_SGX = 1,
    CERTBIND_BODY_TD_1_0 = 2,
    CERTBIND_BODY_TD_1_5 = 3
};

/* The report of an enclave, 384 bytes: the body of an SGX quote, and the QE report of every quote.
 */
struct certbind_sgx_report {
    uint8_t cpu_svn[16];
    uint32_t misc_select;
    uint8_t isv_ext_prod_id[16];
    uint8_t attributes[16]; /* 8 bytes of flags, 8 of XFRM, as in memory */
    uint8_t mr_enclave[32];
    uint8_t mr_signer[32];
    uint8_t config_id[64];
    uint16_t isv_prod_id;
    uint16_t isv_svn;
    uint16_t config_svn;
    uint8_t isv_family_id[16];
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN];
};

/* The report of a TD. The last two fields are zero in a TD report 1.0. */
struct certbind_td_report {
    uint8_t tee_tcb_svn[CERTBIND_SVN_COUNT];
    uint8_t mr_seam[CERTBIND_MR_LEN];
    uint8_t mr_signer_seam[CERTBIND_MR_LEN];
    uint8_t seam_attributes[8];
    uint64_t td_attributes;
    uint64_t xfam;
    uint8_t mrtd[CERTBIND_MR_LEN];
    uint8_t mr_config_id[CERTBIND_MR_LEN];
    uint8_t mr_owner[CERTBIND_MR_LEN];
    uint8_t mr_owner_config[CERTBIND_MR_LEN];
    uint8_t rtmr[4][CERTBIND_MR_LEN];
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN];
    uint8_t tee_tcb_svn_2[CERTBIND_SVN_COUNT];
    uint8_t mr_service_td[CERTBIND_MR_LEN];
};

/* Views point into the bytes that were parsed and live as long as those. */
struct certbind_quote {
    uint16_t version;
    uint16_t att_key_type;
    uint32_t tee_type;
    uint16_t qe_svn;  /* informational in version 3, reserved after */
    uint16_t pce_svn; /* the same */
    uint8_t qe_vendor_id[16];
    uint8_t user_data[20]; /* 16 bytes of QE id, 4 of zero */

    enum certbind_quote_body body_type;
    struct certbind_sgx_report sgx; /* zero unless body_type is CERTBIND_BODY_SGX */
    struct certbind_td_report td;   /* zero if it is */

    struct certbind_bytes canonical;    /* the quote without padding: compare and hash this one */
    struct certbind_bytes signed_range; /* what the attestation key signed, descriptor included */

    struct certbind_bytes signature;       /* 64 bytes: r, s */
    struct certbind_bytes attestation_key; /* 64 bytes: X, Y */
    struct certbind_bytes qe_report_bytes; /* 384 bytes, signed by the PCK */
    struct certbind_sgx_report qe_report;
    struct certbind_bytes qe_report_signature; /* 64 bytes: r, s */
    struct certbind_bytes qe_auth_data;
    uint16_t certification_type; /* 5: PCK chain as PEM */
    struct certbind_bytes certification_data;
};

/**
 * Split a quote into its fields. Zero bytes after the quote are padding; any other byte there, and
 * any length that does not fit exactly, is an error.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_QUOTE_TRUNCATED, _QUOTE_SIZE, _QUOTE_MALFORMED, _QUOTE_TRAILING_BYTES
 *          CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED   version, body or certification data of another
 *                                                type
 *          CERTBIND_E_WRONG_TEE_TYPE, _ATTESTATION_KEY_TYPE_UNSUPPORTED, _QE_VENDOR_ID_MISMATCH
 * In:      bytes  borrowed; out points into it
 * Out:     out    zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_quote_parse(struct certbind_bytes bytes,
                                                         struct certbind_quote *out,
                                                         struct certbind_error *err);

/** Returns: the 64 bytes of report data of the body, whichever it is (borrowed). */
const uint8_t *certbind_quote_report_data(const struct certbind_quote *quote);

#ifdef __cplusplus
}
#endif

#endif
