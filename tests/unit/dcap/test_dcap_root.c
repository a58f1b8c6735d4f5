/* Rows 2 to 4: the root, both revocation lists and the PCK CA that issued one. */
#include "tests/unit/dcap/broken.h"

static void the_root_is_no_ca(struct forge *f)
{
    f->cert[FORGE_ROOT].ca = false;
}

static void the_root_is_not_self_signed(struct forge *f)
{
    f->cert[FORGE_ROOT].issuer_key = FORGE_OTHER_ROOT;
}

static void the_root_names_another_issuer(struct forge *f)
{
    f->cert[FORGE_ROOT].issuer = FORGE_CA;
    f->cert[FORGE_ROOT].issuer_key = FORGE_ROOT;
}

static void the_root_is_expired(struct forge *f)
{
    f->cert[FORGE_ROOT].until = FORGE_NOW - 1;
}

static void the_root_is_not_valid_yet(struct forge *f)
{
    f->cert[FORGE_ROOT].from = FORGE_NOW + 1;
}

static void the_root_leaves_no_room_for_a_ca(struct forge *f)
{
    f->cert[FORGE_ROOT].path_len = 0;
}

static void the_root_may_not_sign_certificates(struct forge *f)
{
    f->cert[FORGE_ROOT].usage = "critical,cRLSign";
}

static void the_root_has_no_key_usage(struct forge *f)
{
    f->cert[FORGE_ROOT].usage = NULL;
}

static void the_root_has_an_unknown_critical_extension(struct forge *f)
{
    f->cert[FORGE_ROOT].unknown_critical = true;
}

static void the_root_has_a_key_on_another_curve(struct forge *f)
{
    f->cert[FORGE_ROOT].p384 = true;
}

static void the_root_is_signed_with_another_hash(struct forge *f)
{
    f->cert[FORGE_ROOT].sha384 = true;
}

static void the_root_crl_is_missing(struct forge *f)
{
    f->omit = "root_ca_crl";
}

static void the_root_crl_is_empty(struct forge *f)
{
    f->root_crl.replace = "";
}

static void the_root_crl_is_not_hex(struct forge *f)
{
    f->root_crl.replace = "3082zz";
}

static void the_root_crl_is_garbage(struct forge *f)
{
    f->root_crl.replace = "3003020101";
}

static void the_root_crl_names_another_issuer(struct forge *f)
{
    f->root_crl.issuer = FORGE_CA;
    f->root_crl.issuer_key = FORGE_ROOT;
}

static void the_root_crl_is_signed_by_another_root(struct forge *f)
{
    f->root_crl.issuer_key = FORGE_OTHER_ROOT;
}

static void the_root_crl_has_a_critical_extension(struct forge *f)
{
    f->root_crl.critical = true;
}

static void the_root_crl_is_a_delta(struct forge *f)
{
    f->root_crl.delta = true;
}

static void the_root_crl_limits_an_entry(struct forge *f)
{
    f->root_crl.entry_critical = true;
}

static void the_root_crl_ends_this_second(struct forge *f)
{
    f->root_crl.next_update = FORGE_NOW;
}

static void the_root_crl_holds_one_more_second(struct forge *f)
{
    f->root_crl.next_update = FORGE_NOW + 1;
}

static void the_root_crl_is_not_valid_yet(struct forge *f)
{
    f->root_crl.last_update = FORGE_NOW + 1;
}

static void the_root_crl_starts_this_second(struct forge *f)
{
    f->root_crl.last_update = FORGE_NOW;
}

static void the_crl_chain_is_missing(struct forge *f)
{
    f->omit = "pck_crl_issuer_chain";
}

static void the_crl_chain_lacks_the_root(struct forge *f)
{
    f->crl_chain[1] = FORGE_NOBODY;
}

static void the_crl_chain_ends_in_another_root(struct forge *f)
{
    f->crl_chain[1] = FORGE_OTHER_ROOT;
}

static void the_crl_chain_holds_three(struct forge *f)
{
    f->crl_chain[2] = FORGE_ROOT;
}

static void the_crl_ca_is_no_ca(struct forge *f)
{
    f->cert[FORGE_CA].ca = false;
    f->cert[FORGE_CA].path_len = -1;
}

static void the_crl_ca_may_not_sign_lists(struct forge *f)
{
    f->cert[FORGE_CA].usage = "critical,keyCertSign";
}

static void the_crl_ca_is_signed_by_another_root(struct forge *f)
{
    f->cert[FORGE_CA].issuer_key = FORGE_OTHER_ROOT;
}

static void the_crl_ca_is_expired(struct forge *f)
{
    f->cert[FORGE_CA].until = FORGE_NOW - 1;
}

static void the_ca_is_revoked(struct forge *f)
{
    f->root_crl.revoked[2] = f->cert[FORGE_CA].serial;
}

static void the_pck_crl_is_missing(struct forge *f)
{
    f->omit = "pck_crl";
}

static void the_pck_crl_is_of_a_non_issuer(struct forge *f)
{
    f->pck_crl.issuer_key = FORGE_PCK;
}

static void the_pck_crl_is_the_roots(struct forge *f)
{
    f->pck_crl.issuer = FORGE_ROOT;
    f->pck_crl.issuer_key = FORGE_ROOT;
}

static void the_pck_crl_is_expired(struct forge *f)
{
    f->pck_crl.next_update = FORGE_NOW;
}

static void the_pck_crl_is_not_valid_yet(struct forge *f)
{
    f->pck_crl.last_update = FORGE_NOW + 1;
}

static void the_root_revokes_itself(struct forge *f)
{
    f->root_crl.revoked[2] = f->cert[FORGE_ROOT].serial;
}

static const struct broken rows[] = {
    {"the_root_is_no_ca", the_root_is_no_ca, CERTBIND_E_ROOT_INVALID},
    {"the_root_is_not_self_signed", the_root_is_not_self_signed, CERTBIND_E_ROOT_INVALID},
    {"the_root_names_another_issuer", the_root_names_another_issuer, CERTBIND_E_ROOT_INVALID},
    {"the_root_is_expired", the_root_is_expired, CERTBIND_E_ROOT_INVALID},
    {"the_root_is_not_valid_yet", the_root_is_not_valid_yet, CERTBIND_E_ROOT_INVALID},
    {"the_root_leaves_no_room_for_a_ca", the_root_leaves_no_room_for_a_ca, CERTBIND_E_ROOT_INVALID},
    {"the_root_may_not_sign_certificates", the_root_may_not_sign_certificates,
     CERTBIND_E_ROOT_INVALID},
    {"the_root_has_no_key_usage", the_root_has_no_key_usage, CERTBIND_E_ROOT_INVALID},
    {"the_root_has_an_unknown_critical_extension", the_root_has_an_unknown_critical_extension,
     CERTBIND_E_ROOT_INVALID},
    {"the_root_has_a_key_on_another_curve", the_root_has_a_key_on_another_curve,
     CERTBIND_E_ROOT_INVALID},
    {"the_root_is_signed_with_another_hash", the_root_is_signed_with_another_hash,
     CERTBIND_E_ROOT_INVALID},
    {"the_root_crl_is_missing", the_root_crl_is_missing, CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_is_empty", the_root_crl_is_empty, CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_is_not_hex", the_root_crl_is_not_hex, CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_is_garbage", the_root_crl_is_garbage, CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_names_another_issuer", the_root_crl_names_another_issuer,
     CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_is_signed_by_another_root", the_root_crl_is_signed_by_another_root,
     CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_has_a_critical_extension", the_root_crl_has_a_critical_extension,
     CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_is_a_delta", the_root_crl_is_a_delta, CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_limits_an_entry", the_root_crl_limits_an_entry, CERTBIND_E_ROOT_CRL_INVALID},
    {"the_root_crl_ends_this_second", the_root_crl_ends_this_second, CERTBIND_E_ROOT_CRL_EXPIRED},
    {"the_root_crl_holds_one_more_second", the_root_crl_holds_one_more_second, CERTBIND_OK},
    {"the_root_crl_is_not_valid_yet", the_root_crl_is_not_valid_yet, CERTBIND_E_ROOT_CRL_EXPIRED},
    {"the_root_crl_starts_this_second", the_root_crl_starts_this_second, CERTBIND_OK},
    {"the_crl_chain_is_missing", the_crl_chain_is_missing, CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_crl_chain_lacks_the_root", the_crl_chain_lacks_the_root,
     CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_crl_chain_ends_in_another_root", the_crl_chain_ends_in_another_root,
     CERTBIND_E_ROOT_CA_UNTRUSTED},
    {"the_crl_chain_holds_three", the_crl_chain_holds_three, CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_crl_ca_is_no_ca", the_crl_ca_is_no_ca, CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_crl_ca_may_not_sign_lists", the_crl_ca_may_not_sign_lists,
     CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_crl_ca_is_signed_by_another_root", the_crl_ca_is_signed_by_another_root,
     CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_crl_ca_is_expired", the_crl_ca_is_expired, CERTBIND_E_PCK_CRL_CHAIN_INVALID},
    {"the_ca_is_revoked", the_ca_is_revoked, CERTBIND_E_INTERMEDIATE_REVOKED},
    {"the_pck_crl_is_missing", the_pck_crl_is_missing, CERTBIND_E_PCK_CRL_INVALID},
    {"the_pck_crl_is_of_a_non_issuer", the_pck_crl_is_of_a_non_issuer, CERTBIND_E_PCK_CRL_INVALID},
    {"the_pck_crl_is_the_roots", the_pck_crl_is_the_roots, CERTBIND_E_PCK_CRL_INVALID},
    {"the_pck_crl_is_expired", the_pck_crl_is_expired, CERTBIND_E_PCK_CRL_EXPIRED},
    {"the_pck_crl_is_not_valid_yet", the_pck_crl_is_not_valid_yet, CERTBIND_E_PCK_CRL_EXPIRED},
    {"the_root_revokes_itself", the_root_revokes_itself, CERTBIND_E_ROOT_REVOKED},
};

int main(void)
{
    return run_broken(rows, sizeof rows / sizeof rows[0]);
}
