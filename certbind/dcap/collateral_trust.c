#include "certbind/dcap/collateral_build.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"

static const char root_name[] = "Intel SGX Root CA";
static const char platform_ca_name[] = "Intel SGX PCK Platform CA";
static const char processor_ca_name[] = "Intel SGX PCK Processor CA";

static certbind_status add_range(struct certbind_collateral_build *b, uint64_t from, uint64_t until,
                                 certbind_status code, const char *what)
{
    const struct certbind_valid_range range = {from, until, code, what};

    return certbind_collateral_add_range(b, &range);
}

static certbind_status take_root(struct certbind_collateral_build *b,
                                 struct certbind_bytes root_der)
{
    struct certbind_collateral *c = b->c;
    struct certbind_bytes intel = certbind_intel_root();
    certbind_status status;

    if (root_der.len == 0)
        root_der = intel;
    c->facts.simulated = !certbind_bytes_equal(root_der, intel);
    if (!certbind_sha256(root_der, c->facts.root_sha256))
        return certbind_fail(b->err, CERTBIND_E_INTERNAL, "SHA-256 failed");
    status = certbind_certificate_parse(root_der, CERTBIND_E_ROOT_INVALID, &c->root, b->err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_role(&c->root, CERTBIND_ROLE_CA, 1,
                                                 CERTBIND_E_ROOT_INVALID, b->err);
    if (status == CERTBIND_OK)
        status =
            certbind_collateral_check_name(c, &c->root, root_name, CERTBIND_E_ROOT_INVALID, b->err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_issued(&c->root, &c->root, CERTBIND_E_ROOT_INVALID,
                                                   &c->facts.signature_checks, b->err);
    if (status == CERTBIND_OK)
        status = add_range(b, c->root.not_before, c->root.not_after, CERTBIND_E_ROOT_INVALID,
                           "the root");
    return status;
}

/* Another root is the first thing to tell: a list that it signed would only be called invalid. */
static certbind_status check_roots(struct certbind_collateral_build *b)
{
    struct certbind_pem chain;
    certbind_status status = certbind_collateral_split_chain(
        b, "pck_crl_issuer_chain", CERTBIND_E_PCK_CRL_CHAIN_INVALID, &chain);

    certbind_pem_cleanup(&chain);
    return status;
}

/* A list whose nextUpdate has come is no longer valid, so its last second is the one before. */
static certbind_status take_crl(struct certbind_collateral_build *b, const char *member,
                                certbind_status invalid, struct certbind_crl *out)
{
    const char *hex = certbind_json_string(b->bundle, member);
    size_t len = hex != NULL ? strlen(hex) : 0;
    certbind_status status;
    uint8_t *der;

    if (len == 0 || len % 2 != 0)
        return certbind_fail(b->err, invalid, "%s is missing or not hex", member);
    der = malloc(len / 2);
    if (der == NULL)
        return certbind_fail(b->err, CERTBIND_E_MEMORY, "memory ran out");
    if (certbind_hex_decode_any_case(certbind_bytes(hex, len), der, len / 2))
        status = certbind_crl_parse(certbind_bytes(der, len / 2), invalid, out, b->err);
    else
        status = certbind_fail(b->err, invalid, "%s is not hex", member);
    free(der);
    return status;
}

static certbind_status take_root_crl(struct certbind_collateral_build *b)
{
    struct certbind_collateral *c = b->c;
    struct certbind_crl *crl = &c->root_crl;
    certbind_status status = take_crl(b, "root_ca_crl", CERTBIND_E_ROOT_CRL_INVALID, crl);

    if (status == CERTBIND_OK)
        status = certbind_crl_check_issued(crl, &c->root, CERTBIND_E_ROOT_CRL_INVALID,
                                           &c->facts.signature_checks, b->err);
    if (status == CERTBIND_OK)
        status = add_range(b, crl->last_update, crl->next_update - 1, CERTBIND_E_ROOT_CRL_EXPIRED,
                           "the root's revocation list");
    c->facts.root_crl_issued = crl->last_update;
    c->facts.root_crl_number = crl->number;
    return status;
}

certbind_status certbind_collateral_check_name(const struct certbind_collateral *c,
                                               const struct certbind_certificate *cert,
                                               const char *name, certbind_status code,
                                               struct certbind_error *err)
{
    return c->facts.simulated ? CERTBIND_OK
                              : certbind_certificate_check_name(cert, name, code, err);
}

static certbind_status check_pck_ca_name(const struct certbind_collateral *c,
                                         const struct certbind_certificate *pck_ca,
                                         certbind_status code, struct certbind_error *err)
{
    if (certbind_collateral_check_name(c, pck_ca, platform_ca_name, code, NULL) == CERTBIND_OK)
        return CERTBIND_OK;
    return certbind_collateral_check_name(c, pck_ca, processor_ca_name, code, err);
}

certbind_status certbind_collateral_check_pck_ca(const struct certbind_collateral *collateral,
                                                 const struct certbind_certificate *pck_ca,
                                                 certbind_status code, unsigned *checks,
                                                 struct certbind_error *err)
{
    certbind_status status =
        certbind_certificate_check_role(pck_ca, CERTBIND_ROLE_CA, 0, code, err);

    if (status == CERTBIND_OK)
        status = check_pck_ca_name(collateral, pck_ca, code, err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_issued(pck_ca, &collateral->root, code, checks, err);
    if (status == CERTBIND_OK && certbind_crl_lists(&collateral->root_crl, pck_ca))
        status = certbind_fail(err, CERTBIND_E_INTERMEDIATE_REVOKED, "the PCK CA is revoked");
    return status;
}

static certbind_status take_pck_ca(struct certbind_collateral_build *b)
{
    struct certbind_collateral *c = b->c;
    struct certbind_pem chain;
    certbind_status status = certbind_collateral_split_chain(
        b, "pck_crl_issuer_chain", CERTBIND_E_PCK_CRL_CHAIN_INVALID, &chain);

    if (status == CERTBIND_OK)
        status = certbind_certificate_parse(chain.der[0], CERTBIND_E_PCK_CRL_CHAIN_INVALID,
                                            &c->pck_ca, b->err);
    if (status == CERTBIND_OK)
        status = certbind_collateral_check_pck_ca(c, &c->pck_ca, CERTBIND_E_PCK_CRL_CHAIN_INVALID,
                                                  &c->facts.signature_checks, b->err);
    if (status == CERTBIND_OK)
        status = add_range(b, c->pck_ca.not_before, c->pck_ca.not_after,
                           CERTBIND_E_PCK_CRL_CHAIN_INVALID, "the PCK CA");
    if (status == CERTBIND_OK && !certbind_sha256(c->pck_ca.point, c->facts.pck_ca_key_sha256))
        status = certbind_fail_crypto(b->err, CERTBIND_E_INTERNAL, "cannot hash");
    certbind_pem_cleanup(&chain);
    return status;
}

static certbind_status take_pck_crl(struct certbind_collateral_build *b)
{
    struct certbind_collateral *c = b->c;
    struct certbind_crl *crl = &c->pck_crl;
    certbind_status status = take_crl(b, "pck_crl", CERTBIND_E_PCK_CRL_INVALID, crl);

    if (status == CERTBIND_OK)
        status = certbind_crl_check_issued(crl, &c->pck_ca, CERTBIND_E_PCK_CRL_INVALID,
                                           &c->facts.signature_checks, b->err);
    if (status == CERTBIND_OK)
        status = add_range(b, crl->last_update, crl->next_update - 1, CERTBIND_E_PCK_CRL_EXPIRED,
                           "the PCK revocation list");
    c->facts.pck_crl_issued = crl->last_update;
    c->facts.pck_crl_number = crl->number;
    if (status == CERTBIND_OK && certbind_crl_lists(&c->root_crl, &c->root))
        status = certbind_fail(b->err, CERTBIND_E_ROOT_REVOKED, "the root revoked itself");
    return status;
}

certbind_status certbind_collateral_take_trust(struct certbind_collateral_build *b,
                                               struct certbind_bytes root_der)
{
    certbind_status status = take_root(b, root_der);

    if (status == CERTBIND_OK)
        status = check_roots(b);
    if (status == CERTBIND_OK)
        status = take_root_crl(b);
    if (status == CERTBIND_OK)
        status = take_pck_ca(b);
    if (status == CERTBIND_OK)
        status = take_pck_crl(b);
    return status;
}
