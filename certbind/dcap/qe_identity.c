#include "certbind/dcap/qe_identity.h"

#include <string.h>

enum { MAX_BYTES = 64 * 1024, ATTRIBUTE_DEBUG = 0x02 };

static certbind_status read_kind(const cJSON *root, struct certbind_qe_identity *out,
                                 struct certbind_error *err)
{
    const char *id = certbind_json_string(root, "id");
    uint32_t version;

    if (id == NULL || (strcmp(id, "TD_QE") != 0 && strcmp(id, "QE") != 0))
        return certbind_fail(err, CERTBIND_E_QE_IDENTITY_ID_INVALID, "id is neither QE nor TD_QE");
    out->tee_type = strcmp(id, "TD_QE") == 0 ? CERTBIND_TEE_TDX : CERTBIND_TEE_SGX;
    if (!certbind_signed_number(root, "version", UINT16_MAX, &version) ||
        (version != 2 && !(version == 3 && out->tee_type == CERTBIND_TEE_TDX)))
        return certbind_fail(err, CERTBIND_E_QE_IDENTITY_VERSION_INVALID, "version is not 2");
    return CERTBIND_OK;
}

static const char *read_members(const cJSON *root, struct certbind_qe_identity *out)
{
    uint32_t prod_id;

    if (!certbind_signed_dates(root, &out->dates))
        return "issueDate, nextUpdate or tcbEvaluationDataNumber";
    if (!certbind_signed_hex(root, "miscselect", out->misc_select, 4) ||
        !certbind_signed_hex(root, "miscselectMask", out->misc_select_mask, 4))
        return "miscselect or miscselectMask";
    if (!certbind_signed_hex(root, "attributes", out->attributes, 16) ||
        !certbind_signed_hex(root, "attributesMask", out->attributes_mask, 16))
        return "attributes or attributesMask";
    if (!certbind_signed_hex(root, "mrsigner", out->mr_signer, sizeof out->mr_signer))
        return "mrsigner";
    if (!certbind_signed_number(root, "isvprodid", UINT16_MAX, &prod_id))
        return "isvprodid";
    out->isv_prod_id = (uint16_t)prod_id;
    return certbind_signed_isv_levels(root, &out->levels) ? NULL : "tcbLevels";
}

certbind_status certbind_qe_identity_parse(struct certbind_bytes text,
                                           struct certbind_qe_identity *out,
                                           struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_qe_identity){0};
    status = certbind_signed_parse(text, MAX_BYTES, CERTBIND_E_QE_IDENTITY_MALFORMED,
                                   &out->document, err);
    if (status == CERTBIND_OK)
        status = read_kind(out->document.root, out, err);
    if (status == CERTBIND_OK)
        status = certbind_signed_members(read_members(out->document.root, out),
                                         CERTBIND_E_QE_IDENTITY_MALFORMED, err);
    return status;
}

void certbind_qe_identity_cleanup(struct certbind_qe_identity *identity)
{
    certbind_isv_levels_cleanup(&identity->levels);
    certbind_json_cleanup(&identity->document);
    *identity = (struct certbind_qe_identity){0};
}

static bool equal_under_mask(const uint8_t *have, const uint8_t *want, const uint8_t *mask,
                             size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((have[i] ^ want[i]) & mask[i]) != 0)
            return false;
    return true;
}

certbind_status certbind_qe_identity_check(const struct certbind_qe_identity *identity,
                                           const struct certbind_sgx_report *report,
                                           struct certbind_error *err)
{
    uint8_t misc_select[4];

    for (size_t i = 0; i < sizeof misc_select; i++)
        misc_select[i] = (uint8_t)(report->misc_select >> (8 * i));
    if ((report->attributes[0] & ATTRIBUTE_DEBUG) != 0)
        return certbind_fail(err, CERTBIND_E_QE_DEBUG, "DEBUG is set in the QE report");
    if (memcmp(report->mr_signer, identity->mr_signer, sizeof identity->mr_signer) != 0)
        return certbind_fail(err, CERTBIND_E_QE_IDENTITY_MRSIGNER_MISMATCH,
                             "MRSIGNER of the QE report differs");
    if (report->isv_prod_id != identity->isv_prod_id)
        return certbind_fail(err, CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH, "ISVPRODID is %u, not %u",
                             report->isv_prod_id, identity->isv_prod_id);
    if (!equal_under_mask(misc_select, identity->misc_select, identity->misc_select_mask,
                          sizeof misc_select))
        return certbind_fail(err, CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH, "MISCSELECT differs");
    if (!equal_under_mask(report->attributes, identity->attributes, identity->attributes_mask,
                          sizeof identity->attributes))
        return certbind_fail(err, CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH, "ATTRIBUTES differ");
    return CERTBIND_OK;
}
