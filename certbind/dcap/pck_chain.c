#include "certbind/dcap/pck_chain.h"

static const char leaf_name[] = "Intel SGX PCK Certificate";

certbind_status certbind_pck_chain_split(const struct certbind_quote *quote,
                                         struct certbind_pck_chain *out, struct certbind_error *err)
{
    const char *problem;

    *out = (struct certbind_pck_chain){0};
    problem = certbind_pem_split(quote->certification_data, &out->pem);
    if (problem != NULL)
        return certbind_fail(err, CERTBIND_E_PCK_CHAIN_INVALID, "certification data: %s", problem);
    if (out->pem.count != 3)
        return certbind_fail(err, CERTBIND_E_PCK_CHAIN_INCOMPLETE, "%zu certificates, not 3",
                             out->pem.count);
    return CERTBIND_OK;
}

certbind_status certbind_pck_chain_read_leaf(struct certbind_pck_chain *chain,
                                             struct certbind_error *err)
{
    return certbind_certificate_parse(chain->pem.der[0], CERTBIND_E_PCK_CHAIN_INVALID, &chain->leaf,
                                      err);
}

certbind_status certbind_pck_chain_read_extension(struct certbind_pck_chain *chain,
                                                  struct certbind_error *err)
{
    struct certbind_bytes value;

    if (!certbind_certificate_extension(&chain->leaf, certbind_pck_extension_oid(), &value))
        return certbind_fail(err, CERTBIND_E_PCK_EXTENSION_INVALID, "there is no SGX extension");
    return certbind_pck_extension_parse(value, &chain->extension, err);
}

/* The copy of the root in the quote is the trusted one, byte for byte. */
static certbind_status check_root(const struct certbind_pck_chain *chain,
                                  const struct certbind_collateral *c, struct certbind_error *err)
{
    struct certbind_certificate root;
    certbind_status status;

    if (certbind_bytes_equal(chain->pem.der[2], c->root.der))
        return CERTBIND_OK;
    status =
        certbind_certificate_parse(chain->pem.der[2], CERTBIND_E_PCK_CHAIN_INVALID, &root, err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_role(&root, CERTBIND_ROLE_CA, 1,
                                                 CERTBIND_E_PCK_CHAIN_INVALID, err);
    certbind_certificate_cleanup(&root);
    if (status != CERTBIND_OK)
        return status;
    return certbind_fail(err, CERTBIND_E_ROOT_CA_UNTRUSTED,
                         "the quote's chain ends in another root than the trusted one");
}

static certbind_status add_dates(struct certbind_pck_chain *chain,
                                 const struct certbind_certificate *cert, uint64_t now,
                                 const char *what, struct certbind_error *err)
{
    const struct certbind_valid_range range = {cert->not_before, cert->not_after,
                                               CERTBIND_E_PCK_EXPIRED, what};

    if (range.from > chain->valid_from)
        chain->valid_from = range.from;
    if (range.until < chain->valid_until)
        chain->valid_until = range.until;
    return certbind_valid_range_check(&range, now, err);
}

static certbind_status check_leaf(struct certbind_pck_chain *chain,
                                  const struct certbind_certificate *pck_ca,
                                  const struct certbind_collateral *c, unsigned *checks,
                                  struct certbind_error *err)
{
    const certbind_status code = CERTBIND_E_PCK_CHAIN_INVALID;
    certbind_status status = certbind_pck_chain_read_leaf(chain, err);

    if (status == CERTBIND_OK)
        status = certbind_certificate_check_role(&chain->leaf, CERTBIND_ROLE_SIGNER, 0, code, err);
    if (status == CERTBIND_OK)
        status = certbind_collateral_check_name(c, &chain->leaf, leaf_name, code, err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_issued(&chain->leaf, pck_ca, code, checks, err);
    return status;
}

/* The leaf under its CA: valid now, and not on the list of that very CA. */
static certbind_status check_under(struct certbind_pck_chain *chain,
                                   const struct certbind_certificate *pck_ca,
                                   const struct certbind_collateral *c, uint64_t now,
                                   unsigned *checks, struct certbind_error *err)
{
    certbind_status status = check_leaf(chain, pck_ca, c, checks, err);

    if (status == CERTBIND_OK)
        status = add_dates(chain, pck_ca, now, "the PCK CA", err);
    if (status == CERTBIND_OK)
        status = add_dates(chain, &chain->leaf, now, "the PCK certificate", err);
    if (status == CERTBIND_OK && pck_ca != &c->pck_ca &&
        !certbind_certificate_same_holder(pck_ca, &c->pck_ca))
        status = certbind_fail(err, CERTBIND_E_PCK_CRL_ISSUER_MISMATCH,
                               "the revocation list is not of the CA that issued the certificate");
    if (status == CERTBIND_OK && certbind_crl_lists(&c->pck_crl, &chain->leaf))
        status = certbind_fail(err, CERTBIND_E_PCK_REVOKED, "the PCK certificate is revoked");
    return status;
}

/* A CA certificate other than the one whose list the collateral holds is checked from scratch. */
static certbind_status check_under_other_ca(struct certbind_pck_chain *chain,
                                            const struct certbind_collateral *c, uint64_t now,
                                            unsigned *checks, struct certbind_error *err)
{
    struct certbind_certificate pck_ca;
    certbind_status status =
        certbind_certificate_parse(chain->pem.der[1], CERTBIND_E_PCK_CHAIN_INVALID, &pck_ca, err);

    if (status == CERTBIND_OK)
        status =
            certbind_collateral_check_pck_ca(c, &pck_ca, CERTBIND_E_PCK_CHAIN_INVALID, checks, err);
    if (status == CERTBIND_OK)
        status = check_under(chain, &pck_ca, c, now, checks, err);
    certbind_certificate_cleanup(&pck_ca);
    return status;
}

certbind_status certbind_pck_chain_check(const struct certbind_quote *quote,
                                         const struct certbind_collateral *collateral, uint64_t now,
                                         struct certbind_pck_chain *chain, unsigned *checks,
                                         struct certbind_error *err)
{
    const struct certbind_collateral *c = collateral;
    certbind_status status = certbind_pck_chain_split(quote, chain, err);

    chain->valid_until = UINT64_MAX;
    if (status == CERTBIND_OK)
        status = check_root(chain, c, err);
    if (status != CERTBIND_OK)
        return status;
    if (certbind_bytes_equal(chain->pem.der[1], c->pck_ca.der))
        status = check_under(chain, &c->pck_ca, c, now, checks, err);
    else
        status = check_under_other_ca(chain, c, now, checks, err);
    return status == CERTBIND_OK ? certbind_pck_chain_read_extension(chain, err) : status;
}

void certbind_pck_chain_cleanup(struct certbind_pck_chain *chain)
{
    certbind_certificate_cleanup(&chain->leaf);
    certbind_pem_cleanup(&chain->pem);
    *chain = (struct certbind_pck_chain){0};
}
