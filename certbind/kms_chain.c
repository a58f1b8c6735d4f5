#include "certbind/kms_chain.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certbind/dcap/certificate.h"
#include "certbind/leaf.h"

enum { LEAF, APP_CA, KMS_ROOT };

/* Each certificate as an X.509 certificate with the platform's extensions; the CAs strictly. */
struct chain {
    struct certbind_leaf all[CERTBIND_KMS_CHAIN_LEN];
    struct certbind_certificate app_ca;
    struct certbind_certificate root;
};

static certbind_status parse(const struct certbind_kms_chain *in, struct chain *chain,
                             struct certbind_error *err)
{
    struct certbind_error inner = {0};
    certbind_status status = CERTBIND_OK;

    if (in->count != CERTBIND_KMS_CHAIN_LEN)
        return certbind_fail(err, CERTBIND_E_KMS_CHAIN,
                             "%zu certificates where leaf, app CA and KMS root are needed",
                             in->count);
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++)
        if (certbind_leaf_parse(in->der[i], &chain->all[i], &inner) != CERTBIND_OK)
            return certbind_fail(err, CERTBIND_E_KMS_CHAIN, "certificate %d: %.150s", i,
                                 inner.detail);
    status = certbind_certificate_parse(in->der[APP_CA], CERTBIND_E_KMS_CHAIN, &chain->app_ca, err);
    if (status == CERTBIND_OK)
        status =
            certbind_certificate_parse(in->der[KMS_ROOT], CERTBIND_E_KMS_CHAIN, &chain->root, err);
    return status;
}

static certbind_status check_dates(const struct chain *chain, uint64_t now,
                                   struct certbind_error *err)
{
    certbind_status status = CERTBIND_OK;

    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN && status == CERTBIND_OK; i++)
        status = certbind_leaf_check_validity(&chain->all[i], now, err);
    return status;
}

/* The leaf may have extensions that no CA has, so it is left to OpenSSL. */
static certbind_status check_leaf(const struct chain *chain, struct certbind_error *err)
{
    X509 *leaf = chain->all[LEAF].x509;
    X509 *issuer = chain->all[APP_CA].x509;
    certbind_status status = CERTBIND_OK;

    if (X509_check_ca(leaf) != 0)
        status = certbind_fail(err, CERTBIND_E_KMS_CHAIN, "the leaf is a CA");
    else if (X509_get_signature_nid(leaf) != NID_ecdsa_with_SHA256 ||
             X509_NAME_cmp(X509_get_issuer_name(leaf), X509_get_subject_name(issuer)) != 0 ||
             X509_verify(leaf, X509_get0_pubkey(issuer)) != 1)
        status = certbind_fail(err, CERTBIND_E_KMS_CHAIN, "the app CA did not issue the leaf");
    ERR_clear_error();
    return status;
}

static certbind_status check_issuers(const struct chain *chain, struct certbind_error *err)
{
    unsigned checks = 0;
    certbind_status status = certbind_certificate_check_role(&chain->root, CERTBIND_ROLE_CA, 1,
                                                             CERTBIND_E_KMS_CHAIN, err);

    if (status == CERTBIND_OK)
        status = certbind_certificate_check_role(&chain->app_ca, CERTBIND_ROLE_CA, 0,
                                                 CERTBIND_E_KMS_CHAIN, err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_issued(&chain->root, &chain->root, CERTBIND_E_KMS_CHAIN,
                                                   &checks, err);
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_issued(&chain->app_ca, &chain->root,
                                                   CERTBIND_E_KMS_CHAIN, &checks, err);
    return status == CERTBIND_OK ? check_leaf(chain, err) : status;
}

static bool says(const struct certbind_leaf_extension *extension, struct certbind_bytes expected)
{
    return extension->present && !extension->malformed &&
           certbind_bytes_equal(extension->content, expected);
}

static certbind_status check_app(const struct certbind_kms_chain *in, const struct chain *chain,
                                 struct certbind_error *err)
{
    const struct certbind_bytes app_id = certbind_bytes(in->app_id, CERTBIND_APP_ID_LEN);

    if (!says(&chain->all[APP_CA].usage, certbind_text("app:ca")))
        return certbind_fail(err, CERTBIND_E_KMS_CHAIN_APP, "the app CA's usage is not app:ca");
    if (!says(&chain->all[LEAF].usage, certbind_text("app:custom")))
        return certbind_fail(err, CERTBIND_E_KMS_CHAIN_APP, "the leaf's usage is not app:custom");
    if (!says(&chain->all[APP_CA].app_id, app_id))
        return certbind_fail(err, CERTBIND_E_KMS_CHAIN_APP, "the app CA is of another app id");
    if (!says(&chain->all[LEAF].app_id, app_id))
        return certbind_fail(err, CERTBIND_E_KMS_CHAIN_APP, "the leaf is of another app id");
    return CERTBIND_OK;
}

certbind_status certbind_kms_chain_check(const struct certbind_kms_chain *in,
                                         struct certbind_error *err)
{
    struct chain chain = {.app_ca = {.ca = false}};
    certbind_status status = parse(in, &chain, err);

    if (status == CERTBIND_OK &&
        memcmp(chain.all[KMS_ROOT].spki_sha256, in->root_spki_sha256, CERTBIND_SHA256_LEN) != 0)
        status = certbind_fail(err, CERTBIND_E_KMS_ROOT, "the chain ends in another KMS root");
    if (status == CERTBIND_OK)
        status = check_issuers(&chain, err);
    if (status == CERTBIND_OK)
        status = check_dates(&chain, in->now, err);
    if (status == CERTBIND_OK)
        status = check_app(in, &chain, err);
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++)
        certbind_leaf_cleanup(&chain.all[i]);
    certbind_certificate_cleanup(&chain.app_ca);
    certbind_certificate_cleanup(&chain.root);
    return status;
}
