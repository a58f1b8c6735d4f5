#include "certbind/dcap/collateral_build.h"

#include <string.h>

#include "certbind/dcap/ecdsa.h"
#include "certbind/hex.h"

static const char signer_name[] = "Intel SGX TCB Signing";

/* A signed document of the bundle with the codes it fails with. */
struct signed_document {
    const char *text_member;
    const char *signature_member;
    const char *chain_member;
    certbind_status chain;
    certbind_status revoked;
    certbind_status signature;
};

static const struct signed_document tcb_info_document = {
    "tcb_info",
    "tcb_info_signature",
    "tcb_info_issuer_chain",
    CERTBIND_E_TCB_INFO_CHAIN_INVALID,
    CERTBIND_E_TCB_INFO_SIGNER_REVOKED,
    CERTBIND_E_TCB_INFO_SIGNATURE_INVALID,
};

static const struct signed_document qe_identity_document = {
    "qe_identity",
    "qe_identity_signature",
    "qe_identity_issuer_chain",
    CERTBIND_E_QE_IDENTITY_CHAIN_INVALID,
    CERTBIND_E_QE_IDENTITY_SIGNER_REVOKED,
    CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID,
};

static certbind_status add_range(struct certbind_collateral_build *b, uint64_t from, uint64_t until,
                                 certbind_status code, const char *what)
{
    const struct certbind_valid_range range = {from, until, code, what};

    return certbind_collateral_add_range(b, &range);
}

static bool has_sgx_extension(const struct certbind_certificate *cert)
{
    struct certbind_bytes value;

    return certbind_certificate_extension(cert, certbind_pck_extension_oid(), &value);
}

/* The certificate is the signer: an end entity directly under the root, not a platform's. */
static certbind_status check_signer(struct certbind_collateral_build *b,
                                    const struct signed_document *doc,
                                    const struct certbind_certificate *cert)
{
    struct certbind_collateral *c = b->c;
    certbind_status status =
        certbind_certificate_check_role(cert, CERTBIND_ROLE_SIGNER, 0, doc->chain, b->err);

    if (status == CERTBIND_OK)
        status = certbind_collateral_check_name(c, cert, signer_name, doc->chain, b->err);
    if (status == CERTBIND_OK && has_sgx_extension(cert))
        status =
            certbind_fail(b->err, doc->chain, "a PCK certificate stands where a signer should");
    if (status == CERTBIND_OK)
        status = certbind_certificate_check_issued(cert, &c->root, doc->chain,
                                                   &c->facts.signature_checks, b->err);
    if (status == CERTBIND_OK && certbind_crl_lists(&c->root_crl, cert))
        status = certbind_fail(b->err, doc->revoked, "the signer is revoked");
    if (status == CERTBIND_OK)
        status = add_range(b, cert->not_before, cert->not_after, doc->chain, "the signer");
    return status;
}

/* Intel signs both documents with one certificate; the same bytes are not checked twice. */
static certbind_status take_signer(struct certbind_collateral_build *b,
                                   const struct signed_document *doc)
{
    struct certbind_certificate cert = {0};
    struct certbind_pem chain;
    certbind_status status =
        certbind_collateral_split_chain(b, doc->chain_member, doc->chain, &chain);

    if (status == CERTBIND_OK && b->signer.key != NULL &&
        certbind_bytes_equal(chain.der[0], b->signer.der)) {
        certbind_pem_cleanup(&chain);
        return CERTBIND_OK;
    }
    if (status == CERTBIND_OK)
        status = certbind_certificate_parse(chain.der[0], doc->chain, &cert, b->err);
    if (status == CERTBIND_OK)
        status = check_signer(b, doc, &cert);
    certbind_certificate_cleanup(&b->signer);
    certbind_pem_cleanup(&chain);
    b->signer = cert;
    return status;
}

/* Check signer and signature of a document; text: its exact bytes. */
static certbind_status check_document(struct certbind_collateral_build *b,
                                      const struct signed_document *doc,
                                      struct certbind_bytes *text)
{
    const char *body = certbind_json_string(b->bundle, doc->text_member);
    const char *hex = certbind_json_string(b->bundle, doc->signature_member);
    uint8_t signature[CERTBIND_ECDSA_SIGNATURE_LEN];
    certbind_status status = take_signer(b, doc);

    if (status != CERTBIND_OK)
        return status;
    if (body == NULL || hex == NULL ||
        !certbind_hex_decode_any_case(certbind_text(hex), signature, sizeof signature))
        return certbind_fail(b->err, doc->signature, "%s or its signature is missing or malformed",
                             doc->text_member);
    *text = certbind_text(body);
    b->c->facts.signature_checks++;
    if (!certbind_ecdsa_verify(b->signer.key, certbind_bytes(signature, sizeof signature), *text))
        return certbind_fail(b->err, doc->signature, "the signature of %s does not hold",
                             doc->text_member);
    return CERTBIND_OK;
}

static certbind_status take_tcb_info(struct certbind_collateral_build *b)
{
    struct certbind_collateral *c = b->c;
    struct certbind_bytes text = {0};
    certbind_status status = check_document(b, &tcb_info_document, &text);

    if (status == CERTBIND_OK)
        status = certbind_tcb_info_parse(text, &c->tcb_info, b->err);
    if (status != CERTBIND_OK)
        return status;
    c->facts.tee_type = c->tcb_info.tee_type;
    c->facts.tcb_evaluation_number = c->tcb_info.dates.evaluation_number;
    c->facts.tcb_issued = c->tcb_info.dates.issued;
    memcpy(c->facts.fmspc, c->tcb_info.fmspc, sizeof c->facts.fmspc);
    memcpy(c->facts.pceid, c->tcb_info.pceid, sizeof c->facts.pceid);
    return CERTBIND_OK;
}

static certbind_status take_qe_identity(struct certbind_collateral_build *b)
{
    struct certbind_collateral *c = b->c;
    struct certbind_bytes text = {0};
    certbind_status status = check_document(b, &qe_identity_document, &text);

    if (status == CERTBIND_OK)
        status = certbind_qe_identity_parse(text, &c->qe_identity, b->err);
    if (status != CERTBIND_OK)
        return status;
    c->facts.qe_evaluation_number = c->qe_identity.dates.evaluation_number;
    c->facts.qe_issued = c->qe_identity.dates.issued;
    return CERTBIND_OK;
}

static certbind_status take_document_dates(struct certbind_collateral_build *b)
{
    const struct certbind_document_dates *tcb = &b->c->tcb_info.dates;
    const struct certbind_document_dates *qe = &b->c->qe_identity.dates;
    certbind_status status =
        add_range(b, tcb->issued, tcb->next_update, CERTBIND_E_TCB_INFO_EXPIRED, "the TCB info");

    if (status == CERTBIND_OK)
        status = add_range(b, qe->issued, qe->next_update, CERTBIND_E_QE_IDENTITY_EXPIRED,
                           "the QE identity");
    return status;
}

certbind_status certbind_collateral_take_documents(struct certbind_collateral_build *b)
{
    certbind_status status = take_tcb_info(b);

    if (status == CERTBIND_OK)
        status = take_qe_identity(b);
    if (status == CERTBIND_OK)
        status = take_document_dates(b);
    return status;
}
