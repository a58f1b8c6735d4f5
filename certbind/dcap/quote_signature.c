#include "certbind/dcap/quote_signature.h"

#include <openssl/crypto.h>

#include "certbind/dcap/ecdsa.h"
#include "certbind/digest.h"

certbind_status certbind_quote_check_qe_report(const struct certbind_quote *quote, EVP_PKEY *pck,
                                               unsigned *checks, struct certbind_error *err)
{
    const struct certbind_bytes parts[] = {quote->attestation_key, quote->qe_auth_data};
    const uint8_t *report_data = quote->qe_report.report_data;
    uint8_t hash[CERTBIND_SHA256_LEN];

    *checks += 1;
    if (!certbind_ecdsa_verify(pck, quote->qe_report_signature, quote->qe_report_bytes))
        return certbind_fail(err, CERTBIND_E_QE_REPORT_SIGNATURE_INVALID,
                             "the PCK did not sign the QE report");
    if (!certbind_sha256_parts(parts, 2, hash))
        return certbind_fail(err, CERTBIND_E_INTERNAL, "SHA-256 failed");
    if (CRYPTO_memcmp(hash, report_data, sizeof hash) != 0 ||
        !certbind_is_zero(report_data + sizeof hash, CERTBIND_REPORT_DATA_LEN - sizeof hash))
        return certbind_fail(err, CERTBIND_E_AK_BINDING_INVALID,
                             "the QE report is of another attestation key");
    return CERTBIND_OK;
}

certbind_status certbind_quote_check_signature(const struct certbind_quote *quote, unsigned *checks,
                                               struct certbind_error *err)
{
    EVP_PKEY *key = certbind_ecdsa_key(quote->attestation_key);
    bool ok;

    if (key == NULL)
        return certbind_fail(err, CERTBIND_E_ATTESTATION_KEY_INVALID,
                             "the attestation key is not a point of P-256");
    *checks += 1;
    ok = certbind_ecdsa_verify(key, quote->signature, quote->signed_range);
    EVP_PKEY_free(key);
    if (!ok)
        return certbind_fail(err, CERTBIND_E_QUOTE_SIGNATURE_INVALID,
                             "the attestation key did not sign the quote");
    return CERTBIND_OK;
}
