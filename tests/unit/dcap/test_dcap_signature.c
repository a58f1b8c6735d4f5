/* Rows 15, 16 and 19: what ties platform, attestation key and body together. */
#include "tests/unit/dcap/broken.h"

static void the_qe_report_is_signed_by_another_platform(struct forge *f)
{
    f->qe_report_key = FORGE_OTHER_CA;
}

static void the_qe_report_was_changed(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 770, "01");
}

static void the_qe_report_signature_is_zero(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 1154,
                "0000000000000000000000000000000000000000000000000000000000000000"
                "0000000000000000000000000000000000000000000000000000000000000000");
}

static void the_qe_report_is_of_another_attestation_key(struct forge *f)
{
    f->bind_other_key = true;
}

static void the_rest_of_the_report_data_is_not_zero(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 383, "01");
}

static void the_authentication_data_was_changed(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 1220, "ff");
}

static void authentication_data_may_be_empty(struct forge *f)
{
    f->auth_len = 0;
}

static void authentication_data_of_other_lengths_is_hashed_whole(struct forge *f)
{
    f->auth_len = 33;
}

static void an_attackers_key_signs_under_a_genuine_qe_report(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 700,
                "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

static void the_body_was_changed(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 184, "ff");
}

static void the_user_data_was_changed(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 28, "ff");
}

static void r_of_the_signature_is_zero(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 636,
                "0000000000000000000000000000000000000000000000000000000000000000");
}

static void s_of_the_signature_is_zero(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 668,
                "0000000000000000000000000000000000000000000000000000000000000000");
}

static void r_of_the_signature_is_the_group_order(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 636,
                "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
}

static void r_and_s_are_one(struct forge *f)
{
    forge_patch(f, FORGE_AFTER, 636,
                "0000000000000000000000000000000000000000000000000000000000000001"
                "0000000000000000000000000000000000000000000000000000000000000001");
}

static void the_attestation_key_is_not_on_the_curve(struct forge *f)
{
    f->attestation_point = "00000000000000000000000000000000000000000000000000000000000000ff"
                           "00000000000000000000000000000000000000000000000000000000000000ff";
}

static void the_attestation_key_is_all_zero(struct forge *f)
{
    f->attestation_point = "0000000000000000000000000000000000000000000000000000000000000000"
                           "0000000000000000000000000000000000000000000000000000000000000000";
}

static const struct broken rows[] = {
    {"the_qe_report_is_signed_by_another_platform", the_qe_report_is_signed_by_another_platform,
     CERTBIND_E_QE_REPORT_SIGNATURE_INVALID},
    {"the_qe_report_was_changed", the_qe_report_was_changed,
     CERTBIND_E_QE_REPORT_SIGNATURE_INVALID},
    {"the_qe_report_signature_is_zero", the_qe_report_signature_is_zero,
     CERTBIND_E_QE_REPORT_SIGNATURE_INVALID},
    {"the_qe_report_is_of_another_attestation_key", the_qe_report_is_of_another_attestation_key,
     CERTBIND_E_AK_BINDING_INVALID},
    {"the_rest_of_the_report_data_is_not_zero", the_rest_of_the_report_data_is_not_zero,
     CERTBIND_E_AK_BINDING_INVALID},
    {"the_authentication_data_was_changed", the_authentication_data_was_changed,
     CERTBIND_E_AK_BINDING_INVALID},
    {"authentication_data_may_be_empty", authentication_data_may_be_empty, CERTBIND_OK},
    {"authentication_data_of_other_lengths_is_hashed_whole",
     authentication_data_of_other_lengths_is_hashed_whole, CERTBIND_OK},
    {"an_attackers_key_signs_under_a_genuine_qe_report",
     an_attackers_key_signs_under_a_genuine_qe_report, CERTBIND_E_AK_BINDING_INVALID},
    {"the_body_was_changed", the_body_was_changed, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
    {"the_user_data_was_changed", the_user_data_was_changed, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
    {"r_of_the_signature_is_zero", r_of_the_signature_is_zero, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
    {"s_of_the_signature_is_zero", s_of_the_signature_is_zero, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
    {"r_of_the_signature_is_the_group_order", r_of_the_signature_is_the_group_order,
     CERTBIND_E_QUOTE_SIGNATURE_INVALID},
    {"r_and_s_are_one", r_and_s_are_one, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
    {"the_attestation_key_is_not_on_the_curve", the_attestation_key_is_not_on_the_curve,
     CERTBIND_E_ATTESTATION_KEY_INVALID},
    {"the_attestation_key_is_all_zero", the_attestation_key_is_all_zero,
     CERTBIND_E_ATTESTATION_KEY_INVALID},
};

int main(void)
{
    return run_broken(rows, sizeof rows / sizeof rows[0]);
}
