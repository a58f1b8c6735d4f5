/* Rows 11 to 14: the certificate chain inside the quote. */
#include "tests/unit/dcap/broken.h"

static void the_root_is_left_out(struct forge *f)
{
    f->quote_chain[2] = FORGE_NOBODY;
}

static void a_fourth_certificate_follows(struct forge *f)
{
    f->quote_chain[3] = FORGE_ROOT;
}

static void the_leaf_stands_twice(struct forge *f)
{
    f->quote_chain[1] = FORGE_PCK;
    f->quote_chain[2] = FORGE_CA;
    f->quote_chain[3] = FORGE_ROOT;
}

static void the_leaf_stands_last(struct forge *f)
{
    f->quote_chain[0] = FORGE_ROOT;
    f->quote_chain[2] = FORGE_PCK;
}

static void there_is_no_certificate(struct forge *f)
{
    f->quote_chain[0] = FORGE_NOBODY;
}

static void text_stands_between_the_blocks(struct forge *f)
{
    f->quote_pem_junk = "hello";
}

static void blank_lines_may_stand_between_the_blocks(struct forge *f)
{
    f->quote_pem_junk = "\n \r\n";
}

static void the_chain_ends_in_an_attackers_root(struct forge *f)
{
    f->quote_chain[2] = FORGE_OTHER_ROOT;
    f->cert[FORGE_OTHER_CA].issuer_key = FORGE_OTHER_ROOT;
    f->quote_chain[1] = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer_key = FORGE_OTHER_CA;
}

static void the_ca_is_an_attackers_under_the_roots_name(struct forge *f)
{
    f->cert[FORGE_OTHER_CA].issuer_key = FORGE_OTHER_ROOT;
    f->quote_chain[1] = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer_key = FORGE_OTHER_CA;
}

static void an_end_entity_stands_as_issuer(struct forge *f)
{
    f->quote_chain[1] = FORGE_TCB_SIGNER;
    f->cert[FORGE_PCK].issuer = FORGE_TCB_SIGNER;
    f->cert[FORGE_PCK].issuer_key = FORGE_TCB_SIGNER;
}

static void the_leaf_is_signed_by_another_key(struct forge *f)
{
    f->cert[FORGE_PCK].issuer_key = FORGE_OTHER_CA;
}

static void the_leaf_names_another_issuer(struct forge *f)
{
    f->cert[FORGE_PCK].issuer = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer_key = FORGE_CA;
}

static void the_leaf_is_a_ca(struct forge *f)
{
    f->cert[FORGE_PCK].ca = true;
}

static void the_leaf_may_sign_certificates(struct forge *f)
{
    f->cert[FORGE_PCK].usage = "critical,digitalSignature,keyCertSign";
}

static void the_leaf_may_not_sign(struct forge *f)
{
    f->cert[FORGE_PCK].usage = "critical,keyEncipherment";
}

static void the_leaf_has_an_unknown_critical_extension(struct forge *f)
{
    f->cert[FORGE_PCK].unknown_critical = true;
}

static void the_leaf_is_expired(struct forge *f)
{
    f->cert[FORGE_PCK].until = FORGE_NOW - 1;
}

static void the_leaf_ends_this_second(struct forge *f)
{
    f->cert[FORGE_PCK].until = FORGE_NOW;
}

static void the_leaf_is_not_valid_yet(struct forge *f)
{
    f->cert[FORGE_PCK].from = FORGE_NOW + 1;
}

static void the_leaf_is_revoked(struct forge *f)
{
    f->pck_crl.revoked[2] = f->cert[FORGE_PCK].serial;
}

static void the_leafs_serial_is_revoked_by_another_issuer(struct forge *f)
{
    f->root_crl.revoked[2] = f->cert[FORGE_PCK].serial;
}

static void the_revocation_list_is_of_the_other_ca(struct forge *f)
{
    f->quote_chain[1] = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer_key = FORGE_OTHER_CA;
}

static void the_other_ca_is_revoked(struct forge *f)
{
    f->quote_chain[1] = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer_key = FORGE_OTHER_CA;
    f->root_crl.revoked[2] = f->cert[FORGE_OTHER_CA].serial;
}

static void the_other_ca_is_expired(struct forge *f)
{
    f->quote_chain[1] = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer = FORGE_OTHER_CA;
    f->cert[FORGE_PCK].issuer_key = FORGE_OTHER_CA;
    f->cert[FORGE_OTHER_CA].until = FORGE_NOW - 1;
}

static void the_tcb_signer_stands_as_the_platform(struct forge *f)
{
    f->quote_chain[0] = FORGE_TCB_SIGNER;
    f->qe_report_key = FORGE_TCB_SIGNER;
}

static void the_leaf_has_no_sgx_extension(struct forge *f)
{
    f->cert[FORGE_PCK].sgx = false;
}

static void the_leaf_has_two_sgx_extensions(struct forge *f)
{
    f->cert[FORGE_PCK].sgx_copies = 2;
}

static void the_sgx_extension_is_malformed(struct forge *f)
{
    f->sgx_extension_hex = "3000";
}

static void the_fmspc_is_another(struct forge *f)
{
    f->fmspc[5] = 1;
}

static void the_pceid_is_another(struct forge *f)
{
    f->pceid[1] = 1;
}

static const struct broken rows[] = {
    {"the_root_is_left_out", the_root_is_left_out, CERTBIND_E_PCK_CHAIN_INCOMPLETE},
    {"a_fourth_certificate_follows", a_fourth_certificate_follows, CERTBIND_E_PCK_CHAIN_INCOMPLETE},
    {"the_leaf_stands_twice", the_leaf_stands_twice, CERTBIND_E_PCK_CHAIN_INCOMPLETE},
    {"the_leaf_stands_last", the_leaf_stands_last, CERTBIND_E_PCK_CHAIN_INVALID},
    {"there_is_no_certificate", there_is_no_certificate, CERTBIND_E_PCK_CHAIN_INVALID},
    {"text_stands_between_the_blocks", text_stands_between_the_blocks,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"blank_lines_may_stand_between_the_blocks", blank_lines_may_stand_between_the_blocks,
     CERTBIND_OK},
    {"the_chain_ends_in_an_attackers_root", the_chain_ends_in_an_attackers_root,
     CERTBIND_E_ROOT_CA_UNTRUSTED},
    {"the_ca_is_an_attackers_under_the_roots_name", the_ca_is_an_attackers_under_the_roots_name,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"an_end_entity_stands_as_issuer", an_end_entity_stands_as_issuer,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_is_signed_by_another_key", the_leaf_is_signed_by_another_key,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_names_another_issuer", the_leaf_names_another_issuer, CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_is_a_ca", the_leaf_is_a_ca, CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_may_sign_certificates", the_leaf_may_sign_certificates,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_may_not_sign", the_leaf_may_not_sign, CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_has_an_unknown_critical_extension", the_leaf_has_an_unknown_critical_extension,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_is_expired", the_leaf_is_expired, CERTBIND_E_PCK_EXPIRED},
    {"the_leaf_ends_this_second", the_leaf_ends_this_second, CERTBIND_OK},
    {"the_leaf_is_not_valid_yet", the_leaf_is_not_valid_yet, CERTBIND_E_PCK_EXPIRED},
    {"the_leaf_is_revoked", the_leaf_is_revoked, CERTBIND_E_PCK_REVOKED},
    {"the_leafs_serial_is_revoked_by_another_issuer", the_leafs_serial_is_revoked_by_another_issuer,
     CERTBIND_OK},
    {"the_revocation_list_is_of_the_other_ca", the_revocation_list_is_of_the_other_ca,
     CERTBIND_E_PCK_CRL_ISSUER_MISMATCH},
    {"the_other_ca_is_revoked", the_other_ca_is_revoked, CERTBIND_E_INTERMEDIATE_REVOKED},
    {"the_other_ca_is_expired", the_other_ca_is_expired, CERTBIND_E_PCK_EXPIRED},
    {"the_tcb_signer_stands_as_the_platform", the_tcb_signer_stands_as_the_platform,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_leaf_has_no_sgx_extension", the_leaf_has_no_sgx_extension,
     CERTBIND_E_PCK_EXTENSION_INVALID},
    {"the_leaf_has_two_sgx_extensions", the_leaf_has_two_sgx_extensions,
     CERTBIND_E_PCK_CHAIN_INVALID},
    {"the_sgx_extension_is_malformed", the_sgx_extension_is_malformed,
     CERTBIND_E_PCK_EXTENSION_INVALID},
    {"the_fmspc_is_another", the_fmspc_is_another, CERTBIND_E_PCK_FMSPC_MISMATCH},
    {"the_pceid_is_another", the_pceid_is_another, CERTBIND_E_PCK_PCEID_MISMATCH},
};

int main(void)
{
    return run_broken(rows, sizeof rows / sizeof rows[0]);
}
