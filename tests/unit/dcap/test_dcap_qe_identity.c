/* Rows 7 to 10, 17 and 18: the QE identity and the quoting enclave. */
#include "tests/unit/dcap/broken.h"

static void the_qe_identity_chain_is_missing(struct forge *f)
{
    f->omit = "qe_identity_issuer_chain";
}

static void the_qe_identity_chain_lacks_the_root(struct forge *f)
{
    f->qe_chain[1] = FORGE_NOBODY;
}

static void the_qe_identity_chain_ends_in_another_root(struct forge *f)
{
    f->qe_chain[1] = FORGE_OTHER_ROOT;
}

static void the_qe_identity_signer_is_a_ca(struct forge *f)
{
    f->cert[FORGE_QE_SIGNER].ca = true;
}

static void the_qe_identity_is_signed_by_the_pck_ca(struct forge *f)
{
    f->qe_chain[0] = FORGE_CA;
    f->qe_key = FORGE_CA;
}

static void the_qe_identity_is_signed_by_a_platform(struct forge *f)
{
    f->qe_chain[0] = FORGE_PCK;
    f->qe_key = FORGE_PCK;
}

static void the_qe_identity_signer_carries_a_platforms_extension(struct forge *f)
{
    f->cert[FORGE_QE_SIGNER].sgx = true;
}

static void the_qe_identity_signer_is_under_another_root(struct forge *f)
{
    f->cert[FORGE_QE_SIGNER].issuer_key = FORGE_OTHER_ROOT;
}

static void the_qe_identity_signer_is_under_the_pck_ca(struct forge *f)
{
    f->cert[FORGE_QE_SIGNER].issuer = FORGE_CA;
    f->cert[FORGE_QE_SIGNER].issuer_key = FORGE_CA;
}

static void the_qe_identity_signer_is_expired(struct forge *f)
{
    f->cert[FORGE_QE_SIGNER].until = FORGE_NOW - 1;
}

static void the_qe_identity_signer_is_not_valid_yet(struct forge *f)
{
    f->cert[FORGE_QE_SIGNER].from = FORGE_NOW + 1;
}

static void the_qe_identity_signer_is_revoked(struct forge *f)
{
    f->root_crl.revoked[2] = f->cert[FORGE_QE_SIGNER].serial;
}

static void the_qe_identity_is_missing(struct forge *f)
{
    f->omit = "qe_identity";
}

static void the_qe_identity_signature_is_missing(struct forge *f)
{
    f->omit = "qe_identity_signature";
}

static void the_qe_identity_is_signed_by_another_key(struct forge *f)
{
    f->qe_key = FORGE_ROOT;
}

static void one_blank_was_added_to_the_qe_identity(struct forge *f)
{
    f->qe_identity[0] = (struct forge_replace){true, ",", ", "};
}

static void a_number_of_the_qe_identity_was_written_otherwise(struct forge *f)
{
    f->qe_identity[0] = (struct forge_replace){true, ":18,", ":18.0,"};
}

static void a_text_follows_the_qe_identity(struct forge *f)
{
    forge_edit_qe(f, "}]}", "}]} {}");
}

static void the_qe_identity_repeats_a_member(struct forge *f)
{
    forge_edit_qe(f, "\"version\":", "\"issueDate\":\"2025-06-20T00:00:00Z\",\"version\":");
}

static void the_qe_identity_spells_a_member_in_another_case(struct forge *f)
{
    forge_edit_qe(f, "\"issueDate\"", "\"issuedate\"");
}

static void the_qe_identity_has_a_date_in_another_zone(struct forge *f)
{
    forge_edit_qe(f, "T00:00:00Z\",\"nextUpdate", "T00:00:00+00:00\",\"nextUpdate");
}

static void the_qe_identity_has_an_unknown_status(struct forge *f)
{
    forge_edit_qe(f, "\"UpToDate\"", "\"Fine\"");
}

static void the_qe_identity_has_a_number_as_a_string(struct forge *f)
{
    forge_edit_qe(f, ":18,", ":\"18\",");
}

static void the_qe_identity_has_a_number_with_an_exponent(struct forge *f)
{
    forge_edit_qe(f, ":18,", ":1e2,");
}

static void the_qe_identity_has_a_negative_number(struct forge *f)
{
    forge_edit_qe(f, ":18,", ":-1,");
}

static void the_qe_identity_has_another_version(struct forge *f)
{
    forge_edit_qe(f, "\"version\":2", "\"version\":1");
}

static void the_qe_identity_is_for_an_unknown_tee(struct forge *f)
{
    forge_edit_qe(f, "\"id\":\"T", "\"id\":\"X");
}

static void the_qe_identity_is_for_sgx(struct forge *f)
{
    forge_edit_qe(f, "\"id\":\"TD_QE\"", "\"id\":\"QE\"");
}

static void the_qe_identity_is_not_valid_any_more(struct forge *f)
{
    forge_edit_qe(f, "\"nextUpdate\":\"2025-07-21", "\"nextUpdate\":\"2025-07-08");
}

static void the_qe_identity_is_not_valid_yet(struct forge *f)
{
    forge_edit_qe(f, "\"issueDate\":\"2025-06-21", "\"issueDate\":\"2025-07-09");
}

static void the_qe_identity_is_below_the_policys_number(struct forge *f)
{
    f->policy.min_evaluation_number = 18;
    forge_edit_qe(f, ":18,", ":17,");
}

static void the_qe_identity_is_older_than_the_policy_allows(struct forge *f)
{
    f->policy.max_collateral_age_s = 20 * 86400;
    forge_edit_qe(f, "\"issueDate\":\"2025-06-21", "\"issueDate\":\"2025-06-10");
}

static void version_3_of_the_qe_identity_is_taken_for_tdx(struct forge *f)
{
    forge_edit_qe(f, "\"version\":2", "\"version\":3");
}

static void the_quoting_enclave_runs_in_debug_mode(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 48, "17");
}

static void the_quoting_enclave_has_another_signer(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 159, "ff");
}

static void the_quoting_enclave_is_another_product(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 256, "0300");
}

static void the_quoting_enclave_has_other_attributes(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 48, "35");
}

static void attributes_outside_the_mask_do_not_count(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 56, "ff");
}

static void the_quoting_enclave_has_another_misc_select(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 19, "80");
}

static void the_quoting_enclave_is_below_all_levels(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 258, "0100");
}

static const struct broken rows[] = {
    {"the_qe_identity_chain_is_missing", the_qe_identity_chain_is_missing,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_chain_lacks_the_root", the_qe_identity_chain_lacks_the_root,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_chain_ends_in_another_root", the_qe_identity_chain_ends_in_another_root,
     CERTBIND_E_ROOT_CA_UNTRUSTED},
    {"the_qe_identity_signer_is_a_ca", the_qe_identity_signer_is_a_ca,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_is_signed_by_the_pck_ca", the_qe_identity_is_signed_by_the_pck_ca,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_is_signed_by_a_platform", the_qe_identity_is_signed_by_a_platform,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_signer_carries_a_platforms_extension",
     the_qe_identity_signer_carries_a_platforms_extension, CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_signer_is_under_another_root", the_qe_identity_signer_is_under_another_root,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_signer_is_under_the_pck_ca", the_qe_identity_signer_is_under_the_pck_ca,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_signer_is_expired", the_qe_identity_signer_is_expired,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_signer_is_not_valid_yet", the_qe_identity_signer_is_not_valid_yet,
     CERTBIND_E_QE_IDENTITY_CHAIN_INVALID},
    {"the_qe_identity_signer_is_revoked", the_qe_identity_signer_is_revoked,
     CERTBIND_E_QE_IDENTITY_SIGNER_REVOKED},
    {"the_qe_identity_is_missing", the_qe_identity_is_missing,
     CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID},
    {"the_qe_identity_signature_is_missing", the_qe_identity_signature_is_missing,
     CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID},
    {"the_qe_identity_is_signed_by_another_key", the_qe_identity_is_signed_by_another_key,
     CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID},
    {"one_blank_was_added_to_the_qe_identity", one_blank_was_added_to_the_qe_identity,
     CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID},
    {"a_number_of_the_qe_identity_was_written_otherwise",
     a_number_of_the_qe_identity_was_written_otherwise, CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID},
    {"a_text_follows_the_qe_identity", a_text_follows_the_qe_identity,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_repeats_a_member", the_qe_identity_repeats_a_member,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_spells_a_member_in_another_case",
     the_qe_identity_spells_a_member_in_another_case, CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_has_a_date_in_another_zone", the_qe_identity_has_a_date_in_another_zone,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_has_an_unknown_status", the_qe_identity_has_an_unknown_status,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_has_a_number_as_a_string", the_qe_identity_has_a_number_as_a_string,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_has_a_number_with_an_exponent", the_qe_identity_has_a_number_with_an_exponent,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_has_a_negative_number", the_qe_identity_has_a_negative_number,
     CERTBIND_E_QE_IDENTITY_MALFORMED},
    {"the_qe_identity_has_another_version", the_qe_identity_has_another_version,
     CERTBIND_E_QE_IDENTITY_VERSION_INVALID},
    {"the_qe_identity_is_for_an_unknown_tee", the_qe_identity_is_for_an_unknown_tee,
     CERTBIND_E_QE_IDENTITY_ID_INVALID},
    {"the_qe_identity_is_for_sgx", the_qe_identity_is_for_sgx, CERTBIND_E_QE_IDENTITY_ID_INVALID},
    {"the_qe_identity_is_not_valid_any_more", the_qe_identity_is_not_valid_any_more,
     CERTBIND_E_QE_IDENTITY_EXPIRED},
    {"the_qe_identity_is_not_valid_yet", the_qe_identity_is_not_valid_yet,
     CERTBIND_E_QE_IDENTITY_EXPIRED},
    {"the_qe_identity_is_below_the_policys_number", the_qe_identity_is_below_the_policys_number,
     CERTBIND_E_TCB_EVAL_DATA_NUMBER_TOO_LOW},
    {"the_qe_identity_is_older_than_the_policy_allows",
     the_qe_identity_is_older_than_the_policy_allows, CERTBIND_E_COLLATERAL_TOO_OLD},
    {"version_3_of_the_qe_identity_is_taken_for_tdx", version_3_of_the_qe_identity_is_taken_for_tdx,
     CERTBIND_OK},
    {"the_quoting_enclave_runs_in_debug_mode", the_quoting_enclave_runs_in_debug_mode,
     CERTBIND_E_QE_DEBUG},
    {"the_quoting_enclave_has_another_signer", the_quoting_enclave_has_another_signer,
     CERTBIND_E_QE_IDENTITY_MRSIGNER_MISMATCH},
    {"the_quoting_enclave_is_another_product", the_quoting_enclave_is_another_product,
     CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH},
    {"the_quoting_enclave_has_other_attributes", the_quoting_enclave_has_other_attributes,
     CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH},
    {"attributes_outside_the_mask_do_not_count", attributes_outside_the_mask_do_not_count,
     CERTBIND_OK},
    {"the_quoting_enclave_has_another_misc_select", the_quoting_enclave_has_another_misc_select,
     CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH},
    {"the_quoting_enclave_is_below_all_levels", the_quoting_enclave_is_below_all_levels,
     CERTBIND_E_QE_TCB_NOT_SUPPORTED},
};

int main(void)
{
    return run_broken(rows, sizeof rows / sizeof rows[0]);
}
