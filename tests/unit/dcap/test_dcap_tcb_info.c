/* Rows 5, 6, 8 to 10 for the TCB info. */
#include "tests/unit/dcap/broken.h"

static void the_tcb_info_chain_is_missing(struct forge *f)
{
    f->omit = "tcb_info_issuer_chain";
}

static void the_tcb_info_chain_lacks_the_root(struct forge *f)
{
    f->tcb_chain[1] = FORGE_NOBODY;
}

static void the_tcb_info_chain_ends_in_another_root(struct forge *f)
{
    f->tcb_chain[1] = FORGE_OTHER_ROOT;
}

static void the_tcb_info_signer_is_a_ca(struct forge *f)
{
    f->cert[FORGE_TCB_SIGNER].ca = true;
}

static void the_tcb_info_is_signed_by_the_pck_ca(struct forge *f)
{
    f->tcb_chain[0] = FORGE_CA;
    f->tcb_key = FORGE_CA;
}

static void the_tcb_info_is_signed_by_a_platform(struct forge *f)
{
    f->tcb_chain[0] = FORGE_PCK;
    f->tcb_key = FORGE_PCK;
}

static void the_tcb_info_signer_carries_a_platforms_extension(struct forge *f)
{
    f->cert[FORGE_TCB_SIGNER].sgx = true;
}

static void the_tcb_info_signer_is_under_another_root(struct forge *f)
{
    f->cert[FORGE_TCB_SIGNER].issuer_key = FORGE_OTHER_ROOT;
}

static void the_tcb_info_signer_is_under_the_pck_ca(struct forge *f)
{
    f->cert[FORGE_TCB_SIGNER].issuer = FORGE_CA;
    f->cert[FORGE_TCB_SIGNER].issuer_key = FORGE_CA;
}

static void the_tcb_info_signer_is_expired(struct forge *f)
{
    f->cert[FORGE_TCB_SIGNER].until = FORGE_NOW - 1;
}

static void the_tcb_info_signer_is_not_valid_yet(struct forge *f)
{
    f->cert[FORGE_TCB_SIGNER].from = FORGE_NOW + 1;
}

static void the_tcb_info_signer_is_revoked(struct forge *f)
{
    f->root_crl.revoked[2] = f->cert[FORGE_TCB_SIGNER].serial;
}

static void the_tcb_info_is_missing(struct forge *f)
{
    f->omit = "tcb_info";
}

static void the_tcb_info_signature_is_missing(struct forge *f)
{
    f->omit = "tcb_info_signature";
}

static void the_tcb_info_is_signed_by_another_key(struct forge *f)
{
    f->tcb_key = FORGE_ROOT;
}

static void one_blank_was_added_to_the_tcb_info(struct forge *f)
{
    f->tcb_info[0] = (struct forge_replace){true, ",", ", "};
}

static void a_number_of_the_tcb_info_was_written_otherwise(struct forge *f)
{
    f->tcb_info[0] = (struct forge_replace){true, ":18,", ":18.0,"};
}

static void a_text_follows_the_tcb_info(struct forge *f)
{
    forge_edit_tcb(f, "\"Revoked\"}]}", "\"Revoked\"}]} {}");
}

static void the_tcb_info_repeats_a_member(struct forge *f)
{
    forge_edit_tcb(f, "\"version\":", "\"issueDate\":\"2025-06-20T00:00:00Z\",\"version\":");
}

static void the_tcb_info_spells_a_member_in_another_case(struct forge *f)
{
    forge_edit_tcb(f, "\"issueDate\"", "\"issuedate\"");
}

static void the_tcb_info_has_a_date_in_another_zone(struct forge *f)
{
    forge_edit_tcb(f, "T00:00:00Z\",\"nextUpdate", "T00:00:00+00:00\",\"nextUpdate");
}

static void the_tcb_info_has_an_unknown_status(struct forge *f)
{
    forge_edit_tcb(f, "\"UpToDate\"", "\"Fine\"");
}

static void the_tcb_info_has_a_number_as_a_string(struct forge *f)
{
    forge_edit_tcb(f, ":18,", ":\"18\",");
}

static void the_tcb_info_has_a_number_with_an_exponent(struct forge *f)
{
    forge_edit_tcb(f, ":18,", ":1e2,");
}

static void the_tcb_info_has_a_negative_number(struct forge *f)
{
    forge_edit_tcb(f, ":18,", ":-1,");
}

static void the_tcb_info_has_another_version(struct forge *f)
{
    forge_edit_tcb(f, "\"version\":3", "\"version\":1");
}

static void the_tcb_info_is_for_an_unknown_tee(struct forge *f)
{
    forge_edit_tcb(f, "\"id\":\"T", "\"id\":\"X");
}

static void the_tcb_info_is_for_sgx(struct forge *f)
{
    forge_edit_tcb(f, "\"id\":\"TDX\"", "\"id\":\"SGX\"");
}

static void the_tcb_info_is_not_valid_any_more(struct forge *f)
{
    forge_edit_tcb(f, "\"nextUpdate\":\"2025-07-20", "\"nextUpdate\":\"2025-07-08");
}

static void the_tcb_info_is_not_valid_yet(struct forge *f)
{
    forge_edit_tcb(f, "\"issueDate\":\"2025-06-20", "\"issueDate\":\"2025-07-09");
}

static void the_tcb_info_is_below_the_policys_number(struct forge *f)
{
    f->policy.min_evaluation_number = 18;
    forge_edit_tcb(f, ":18,", ":17,");
}

static void the_tcb_info_is_older_than_the_policy_allows(struct forge *f)
{
    f->policy.max_collateral_age_s = 17 * 86400;
    forge_edit_tcb(f, "\"issueDate\":\"2025-06-20", "\"issueDate\":\"2025-06-10");
}

static void the_tcb_info_has_fifteen_components(struct forge *f)
{
    forge_edit_tcb(f, "{\"svn\":0}]", "0]");
    forge_edit_tcb(f, ",0]", "]");
}

static void the_tcb_info_has_a_component_above_255(struct forge *f)
{
    forge_edit_tcb(f, "{\"svn\":0}]", "{\"svn\":256}]");
}

static void the_tcb_info_has_no_tdx_components(struct forge *f)
{
    forge_edit_tcb(f, "tdxtcbcomponents", "tdxTcbComponents");
}

static void the_tcb_info_has_no_tdx_module(struct forge *f)
{
    forge_edit_tcb(f, "\"tdxModule\":", "\"x\":");
}

static void the_tcb_info_has_no_levels(struct forge *f)
{
    forge_edit_tcb(f, "],\"tcbLevels\":[", "],\"tcbLevels\":[],\"x\":[");
}

static void the_tcb_info_has_another_type(struct forge *f)
{
    forge_edit_tcb(f, "\"tcbType\":0", "\"tcbType\":1");
}

static void the_tcb_info_has_a_short_fmspc(struct forge *f)
{
    forge_edit_tcb(f, "53494D303030", "53494D3030");
}

static void the_fmspc_is_compared_without_regard_to_case(struct forge *f)
{
    forge_edit_tcb(f, "53494D303030", "53494d303030");
}

static void the_root_crl_has_only_its_own_dates(struct forge *f)
{
    f->policy.max_collateral_age_s = 20 * 86400;
    f->root_crl.last_update = FORGE_NOW - 20 * 86400 - 1;
}

static void the_pck_crl_is_older_than_the_policy_allows(struct forge *f)
{
    f->policy.max_collateral_age_s = 20 * 86400;
    f->pck_crl.last_update = FORGE_NOW - 20 * 86400 - 1;
}

static const struct broken rows[] = {
    {"the_tcb_info_chain_is_missing", the_tcb_info_chain_is_missing,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_chain_lacks_the_root", the_tcb_info_chain_lacks_the_root,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_chain_ends_in_another_root", the_tcb_info_chain_ends_in_another_root,
     CERTBIND_E_ROOT_CA_UNTRUSTED},
    {"the_tcb_info_signer_is_a_ca", the_tcb_info_signer_is_a_ca, CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_is_signed_by_the_pck_ca", the_tcb_info_is_signed_by_the_pck_ca,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_is_signed_by_a_platform", the_tcb_info_is_signed_by_a_platform,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_signer_carries_a_platforms_extension",
     the_tcb_info_signer_carries_a_platforms_extension, CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_signer_is_under_another_root", the_tcb_info_signer_is_under_another_root,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_signer_is_under_the_pck_ca", the_tcb_info_signer_is_under_the_pck_ca,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_signer_is_expired", the_tcb_info_signer_is_expired,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_signer_is_not_valid_yet", the_tcb_info_signer_is_not_valid_yet,
     CERTBIND_E_TCB_INFO_CHAIN_INVALID},
    {"the_tcb_info_signer_is_revoked", the_tcb_info_signer_is_revoked,
     CERTBIND_E_TCB_INFO_SIGNER_REVOKED},
    {"the_tcb_info_is_missing", the_tcb_info_is_missing, CERTBIND_E_TCB_INFO_SIGNATURE_INVALID},
    {"the_tcb_info_signature_is_missing", the_tcb_info_signature_is_missing,
     CERTBIND_E_TCB_INFO_SIGNATURE_INVALID},
    {"the_tcb_info_is_signed_by_another_key", the_tcb_info_is_signed_by_another_key,
     CERTBIND_E_TCB_INFO_SIGNATURE_INVALID},
    {"one_blank_was_added_to_the_tcb_info", one_blank_was_added_to_the_tcb_info,
     CERTBIND_E_TCB_INFO_SIGNATURE_INVALID},
    {"a_number_of_the_tcb_info_was_written_otherwise",
     a_number_of_the_tcb_info_was_written_otherwise, CERTBIND_E_TCB_INFO_SIGNATURE_INVALID},
    {"a_text_follows_the_tcb_info", a_text_follows_the_tcb_info, CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_repeats_a_member", the_tcb_info_repeats_a_member, CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_spells_a_member_in_another_case", the_tcb_info_spells_a_member_in_another_case,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_a_date_in_another_zone", the_tcb_info_has_a_date_in_another_zone,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_an_unknown_status", the_tcb_info_has_an_unknown_status,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_a_number_as_a_string", the_tcb_info_has_a_number_as_a_string,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_a_number_with_an_exponent", the_tcb_info_has_a_number_with_an_exponent,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_a_negative_number", the_tcb_info_has_a_negative_number,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_another_version", the_tcb_info_has_another_version,
     CERTBIND_E_TCB_INFO_VERSION_INVALID},
    {"the_tcb_info_is_for_an_unknown_tee", the_tcb_info_is_for_an_unknown_tee,
     CERTBIND_E_TCB_INFO_ID_INVALID},
    {"the_tcb_info_is_for_sgx", the_tcb_info_is_for_sgx, CERTBIND_E_TCB_INFO_ID_INVALID},
    {"the_tcb_info_is_not_valid_any_more", the_tcb_info_is_not_valid_any_more,
     CERTBIND_E_TCB_INFO_EXPIRED},
    {"the_tcb_info_is_not_valid_yet", the_tcb_info_is_not_valid_yet, CERTBIND_E_TCB_INFO_EXPIRED},
    {"the_tcb_info_is_below_the_policys_number", the_tcb_info_is_below_the_policys_number,
     CERTBIND_E_TCB_EVAL_DATA_NUMBER_TOO_LOW},
    {"the_tcb_info_is_older_than_the_policy_allows", the_tcb_info_is_older_than_the_policy_allows,
     CERTBIND_E_COLLATERAL_TOO_OLD},
    {"the_tcb_info_has_fifteen_components", the_tcb_info_has_fifteen_components,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_a_component_above_255", the_tcb_info_has_a_component_above_255,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_no_tdx_components", the_tcb_info_has_no_tdx_components,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_no_tdx_module", the_tcb_info_has_no_tdx_module,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_no_levels", the_tcb_info_has_no_levels, CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_another_type", the_tcb_info_has_another_type, CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_tcb_info_has_a_short_fmspc", the_tcb_info_has_a_short_fmspc,
     CERTBIND_E_TCB_INFO_MALFORMED},
    {"the_fmspc_is_compared_without_regard_to_case", the_fmspc_is_compared_without_regard_to_case,
     CERTBIND_OK},
    {"the_root_crl_has_only_its_own_dates", the_root_crl_has_only_its_own_dates, CERTBIND_OK},
    {"the_pck_crl_is_older_than_the_policy_allows", the_pck_crl_is_older_than_the_policy_allows,
     CERTBIND_E_COLLATERAL_TOO_OLD},
};

int main(void)
{
    return run_broken(rows, sizeof rows / sizeof rows[0]);
}
