/*
 * Reason codes of quote verification (certbind/dcap). Form of the list: certbind/status.h.
 */
#ifndef CERTBIND_STATUS_DCAP_H
#define CERTBIND_STATUS_DCAP_H

#define CERTBIND_STATUS_QUOTE_FORM_LIST(X)                                                         \
    X(CERTBIND_E_QUOTE_TRUNCATED, "quote-truncated", CERTBIND_STEP_QUOTE,                          \
      "the quote ends before its fields do")                                                       \
    X(CERTBIND_E_QUOTE_SIZE, "quote-size", CERTBIND_STEP_QUOTE,                                    \
      "the quote, or a part of it, is larger than any real one")                                   \
    X(CERTBIND_E_QUOTE_MALFORMED, "quote-malformed", CERTBIND_STEP_QUOTE,                          \
      "the lengths inside the quote contradict each other")                                        \
    X(CERTBIND_E_QUOTE_TRAILING_BYTES, "quote-trailing-bytes", CERTBIND_STEP_QUOTE,                \
      "something other than zero padding follows the quote")                                       \
    X(CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED, "quote-format-unsupported", CERTBIND_STEP_QUOTE,        \
      "the quote's version, or the form of its certification data, is not supported")              \
    X(CERTBIND_E_WRONG_TEE_TYPE, "wrong-tee-type", CERTBIND_STEP_QUOTE,                            \
      "the quote is not of the kind of TEE that its version stands for")                           \
    X(CERTBIND_E_ATTESTATION_KEY_TYPE_UNSUPPORTED, "attestation-key-type-unsupported",             \
      CERTBIND_STEP_QUOTE, "the quote was not signed with ECDSA P-256")                            \
    X(CERTBIND_E_QE_VENDOR_ID_MISMATCH, "qe-vendor-id-mismatch", CERTBIND_STEP_QUOTE,              \
      "the quote was not made by Intel's quoting enclave")

#define CERTBIND_STATUS_QUOTE_TRUST_LIST(X)                                                        \
    X(CERTBIND_E_ROOT_INVALID, "root-invalid", CERTBIND_STEP_QUOTE,                                \
      "the trusted root is not a self-signed CA certificate that is valid now")                    \
    X(CERTBIND_E_ROOT_CA_UNTRUSTED, "root-ca-untrusted", CERTBIND_STEP_QUOTE,                      \
      "a certificate chain ends in another root than the trusted one")                             \
    X(CERTBIND_E_ROOT_REVOKED, "root-revoked", CERTBIND_STEP_QUOTE,                                \
      "the root's own revocation list names the root")                                             \
    X(CERTBIND_E_ROOT_CRL_INVALID, "root-crl-invalid", CERTBIND_STEP_QUOTE,                        \
      "the root's revocation list is missing, unreadable or not signed by the root")               \
    X(CERTBIND_E_ROOT_CRL_EXPIRED, "root-crl-expired", CERTBIND_STEP_QUOTE,                        \
      "the root's revocation list is not valid now")                                               \
    X(CERTBIND_E_PCK_CRL_INVALID, "pck-crl-invalid", CERTBIND_STEP_QUOTE,                          \
      "the PCK revocation list is missing, unreadable or not signed by its PCK CA")                \
    X(CERTBIND_E_PCK_CRL_EXPIRED, "pck-crl-expired", CERTBIND_STEP_QUOTE,                          \
      "the PCK revocation list is not valid now")                                                  \
    X(CERTBIND_E_PCK_CRL_CHAIN_INVALID, "pck-crl-chain-invalid", CERTBIND_STEP_QUOTE,              \
      "the issuer chain of the PCK revocation list is not a valid PCK CA under the root")          \
    X(CERTBIND_E_PCK_CRL_ISSUER_MISMATCH, "pck-crl-issuer-mismatch", CERTBIND_STEP_QUOTE,          \
      "the PCK revocation list is of another CA than the one that issued the PCK certificate")     \
    X(CERTBIND_E_INTERMEDIATE_REVOKED, "intermediate-revoked", CERTBIND_STEP_QUOTE,                \
      "the root revoked the PCK CA")                                                               \
    X(CERTBIND_E_PCK_CHAIN_INCOMPLETE, "pck-chain-incomplete", CERTBIND_STEP_QUOTE,                \
      "the quote does not carry exactly the PCK certificate, its CA and the root")                 \
    X(CERTBIND_E_PCK_CHAIN_INVALID, "pck-chain-invalid", CERTBIND_STEP_QUOTE,                      \
      "the PCK certificate chain is unreadable or does not hold")                                  \
    X(CERTBIND_E_PCK_EXPIRED, "pck-expired", CERTBIND_STEP_QUOTE,                                  \
      "a certificate of the PCK chain is not valid now")                                           \
    X(CERTBIND_E_PCK_REVOKED, "pck-revoked", CERTBIND_STEP_QUOTE,                                  \
      "the platform's certificate was revoked")                                                    \
    X(CERTBIND_E_PCK_EXTENSION_INVALID, "pck-extension-invalid", CERTBIND_STEP_QUOTE,              \
      "the SGX extension of the PCK certificate is missing or malformed")                          \
    X(CERTBIND_E_QE_REPORT_SIGNATURE_INVALID, "qe-report-signature-invalid", CERTBIND_STEP_QUOTE,  \
      "the QE report was not signed by the platform's key")                                        \
    X(CERTBIND_E_AK_BINDING_INVALID, "ak-binding-invalid", CERTBIND_STEP_QUOTE,                    \
      "the QE report does not commit to the attestation key")                                      \
    X(CERTBIND_E_QE_IDENTITY_MRSIGNER_MISMATCH, "qe-identity-mrsigner-mismatch",                   \
      CERTBIND_STEP_QUOTE, "the quoting enclave was not signed by the signer that Intel names")    \
    X(CERTBIND_E_QE_IDENTITY_FIELD_MISMATCH, "qe-identity-field-mismatch", CERTBIND_STEP_QUOTE,    \
      "product, attributes or misc-select of the quoting enclave are not those Intel names")       \
    X(CERTBIND_E_QE_DEBUG, "qe-debug", CERTBIND_STEP_QUOTE,                                        \
      "the quoting enclave runs in debug mode")                                                    \
    X(CERTBIND_E_ATTESTATION_KEY_INVALID, "attestation-key-invalid", CERTBIND_STEP_QUOTE,          \
      "the attestation key is not a point of P-256")                                               \
    X(CERTBIND_E_QUOTE_SIGNATURE_INVALID, "quote-signature-invalid", CERTBIND_STEP_QUOTE,          \
      "the quote was not signed by its attestation key")

#define CERTBIND_STATUS_COLLATERAL_LIST(X)                                                         \
    X(CERTBIND_E_COLLATERAL_MISSING, "collateral-missing", CERTBIND_STEP_COLLATERAL,               \
      "no collateral is at hand, so the quote cannot be judged")                                   \
    X(CERTBIND_E_COLLATERAL_MALFORMED, "collateral-malformed", CERTBIND_STEP_COLLATERAL,           \
      "the collateral bundle is not the documented JSON, or lacks a member")                       \
    X(CERTBIND_E_CLOCK_INVALID, "clock-invalid", CERTBIND_STEP_COLLATERAL,                         \
      "the clock shows a time before this software was written")                                   \
    X(CERTBIND_E_TCB_INFO_CHAIN_INVALID, "tcb-info-chain-invalid", CERTBIND_STEP_COLLATERAL,       \
      "the signer of the TCB info is not a valid TCB signing certificate under the root")          \
    X(CERTBIND_E_TCB_INFO_SIGNER_REVOKED, "tcb-info-signer-revoked", CERTBIND_STEP_COLLATERAL,     \
      "the signer of the TCB info was revoked")                                                    \
    X(CERTBIND_E_TCB_INFO_SIGNATURE_INVALID, "tcb-info-signature-invalid",                         \
      CERTBIND_STEP_COLLATERAL, "the TCB info was changed after it was signed")                    \
    X(CERTBIND_E_TCB_INFO_MALFORMED, "tcb-info-malformed", CERTBIND_STEP_COLLATERAL,               \
      "the TCB info does not have the documented members")                                         \
    X(CERTBIND_E_TCB_INFO_EXPIRED, "tcb-info-expired", CERTBIND_STEP_COLLATERAL,                   \
      "the TCB info is not valid now")                                                             \
    X(CERTBIND_E_TCB_INFO_ID_INVALID, "tcb-info-id-invalid", CERTBIND_STEP_COLLATERAL,             \
      "the TCB info is for another kind of TEE than the quote")                                    \
    X(CERTBIND_E_TCB_INFO_VERSION_INVALID, "tcb-info-version-invalid", CERTBIND_STEP_COLLATERAL,   \
      "the TCB info has a version that is not supported")                                          \
    X(CERTBIND_E_QE_IDENTITY_CHAIN_INVALID, "qe-identity-chain-invalid", CERTBIND_STEP_COLLATERAL, \
      "the signer of the QE identity is not a valid TCB signing certificate under the root")       \
    X(CERTBIND_E_QE_IDENTITY_SIGNER_REVOKED, "qe-identity-signer-revoked",                         \
      CERTBIND_STEP_COLLATERAL, "the signer of the QE identity was revoked")                       \
    X(CERTBIND_E_QE_IDENTITY_SIGNATURE_INVALID, "qe-identity-signature-invalid",                   \
      CERTBIND_STEP_COLLATERAL, "the QE identity was changed after it was signed")                 \
    X(CERTBIND_E_QE_IDENTITY_MALFORMED, "qe-identity-malformed", CERTBIND_STEP_COLLATERAL,         \
      "the QE identity does not have the documented members")                                      \
    X(CERTBIND_E_QE_IDENTITY_EXPIRED, "qe-identity-expired", CERTBIND_STEP_COLLATERAL,             \
      "the QE identity is not valid now")                                                          \
    X(CERTBIND_E_QE_IDENTITY_ID_INVALID, "qe-identity-id-invalid", CERTBIND_STEP_COLLATERAL,       \
      "the QE identity is for another kind of TEE than the quote")                                 \
    X(CERTBIND_E_QE_IDENTITY_VERSION_INVALID, "qe-identity-version-invalid",                       \
      CERTBIND_STEP_COLLATERAL, "the QE identity has a version that is not supported")             \
    X(CERTBIND_E_TCB_EVAL_DATA_NUMBER_TOO_LOW, "tcb-eval-data-number-too-low",                     \
      CERTBIND_STEP_COLLATERAL, "the collateral is older than the policy's evaluation number")     \
    X(CERTBIND_E_COLLATERAL_TOO_OLD, "collateral-too-old", CERTBIND_STEP_COLLATERAL,               \
      "a document of the collateral was issued longer ago than the policy allows")                 \
    X(CERTBIND_E_PCK_FMSPC_MISMATCH, "pck-fmspc-mismatch", CERTBIND_STEP_COLLATERAL,               \
      "the TCB info is for another family of platforms")                                           \
    X(CERTBIND_E_PCK_PCEID_MISMATCH, "pck-pceid-mismatch", CERTBIND_STEP_COLLATERAL,               \
      "the TCB info is for another provisioning enclave")                                          \
    X(CERTBIND_E_PCS_REPLY_MALFORMED, "pcs-reply-malformed", CERTBIND_STEP_COLLATERAL,             \
      "a reply of the collateral service does not have the documented form")

#define CERTBIND_STATUS_TCB_LIST(X)                                                                \
    X(CERTBIND_E_QE_TCB_NOT_SUPPORTED, "qe-tcb-not-supported", CERTBIND_STEP_TCB,                  \
      "the quoting enclave is older than every level that Intel lists")                            \
    X(CERTBIND_E_TDX_MODULE_UNKNOWN, "tdx-module-unknown", CERTBIND_STEP_TCB,                      \
      "the TCB info does not name the platform's TDX module")                                      \
    X(CERTBIND_E_TDX_MODULE_TCB_NOT_SUPPORTED, "tdx-module-tcb-not-supported", CERTBIND_STEP_TCB,  \
      "the TDX module is older than every level that Intel lists")                                 \
    X(CERTBIND_E_TCB_NOT_SUPPORTED, "tcb-not-supported", CERTBIND_STEP_TCB,                        \
      "the platform is older than every level that Intel lists")                                   \
    X(CERTBIND_E_TCB_REVOKED, "tcb-revoked", CERTBIND_STEP_TCB,                                    \
      "Intel revoked what the platform, its TDX module or its quoting enclave runs")               \
    X(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED, "tcb-status-not-accepted", CERTBIND_STEP_TCB,            \
      "the policy does not accept the status of the platform")                                     \
    X(CERTBIND_E_TCB_ADVISORY_DENIED, "tcb-advisory-denied", CERTBIND_STEP_TCB,                    \
      "an advisory applies to the platform that the policy refuses")                               \
    X(CERTBIND_E_TEE_TCB_SVN_BELOW_MINIMUM, "tee-tcb-svn-below-minimum", CERTBIND_STEP_TCB,        \
      "a security version of the TDX platform is below the policy's floor")

#define CERTBIND_STATUS_TD_LIST(X)                                                                 \
    X(CERTBIND_E_MR_SIGNER_SEAM_MISMATCH, "mr-signer-seam-mismatch", CERTBIND_STEP_TD_ATTRIBUTES,  \
      "the TDX module was not signed by the signer that Intel names")                              \
    X(CERTBIND_E_SEAM_ATTRIBUTES_MISMATCH, "seam-attributes-mismatch",                             \
      CERTBIND_STEP_TD_ATTRIBUTES, "the TDX module is not a production module")                    \
    X(CERTBIND_E_MR_SEAM_NOT_ALLOWED, "mr-seam-not-allowed", CERTBIND_STEP_TD_ATTRIBUTES,          \
      "the policy does not list the TDX module")                                                   \
    X(CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET, "td-attributes-debug-set", CERTBIND_STEP_TD_ATTRIBUTES,  \
      "the TD runs in debug mode: the host can read it")                                           \
    X(CERTBIND_E_TD_ATTRIBUTES_RESERVED_BIT_SET, "td-attributes-reserved-bit-set",                 \
      CERTBIND_STEP_TD_ATTRIBUTES, "a TD attribute is set whose meaning is not known")             \
    X(CERTBIND_E_TD_ATTRIBUTES_SEPT_VE_CLEAR, "td-attributes-sept-ve-clear",                       \
      CERTBIND_STEP_TD_ATTRIBUTES, "the host can inject exceptions: SEPT_VE_DISABLE is not set")   \
    X(CERTBIND_E_TD_ATTRIBUTES_MIGRATABLE, "td-attributes-migratable",                             \
      CERTBIND_STEP_TD_ATTRIBUTES, "the TD may be migrated to another machine")                    \
    X(CERTBIND_E_TD_ATTRIBUTES_PERFMON, "td-attributes-perfmon", CERTBIND_STEP_TD_ATTRIBUTES,      \
      "the TD may use performance counters and the policy does not allow it")                      \
    X(CERTBIND_E_TD_ATTRIBUTES_MISMATCH, "td-attributes-mismatch", CERTBIND_STEP_TD_ATTRIBUTES,    \
      "the TD attributes are not those of the policy")                                             \
    X(CERTBIND_E_MR_SERVICE_TD_SET, "mr-service-td-set", CERTBIND_STEP_TD_ATTRIBUTES,              \
      "a service TD is bound to the TD")                                                           \
    X(CERTBIND_E_XFAM_REQUIRED_BIT_CLEAR, "xfam-required-bit-clear", CERTBIND_STEP_TD_ATTRIBUTES,  \
      "XFAM lacks the two bits that are always set")                                               \
    X(CERTBIND_E_XFAM_MISMATCH, "xfam-mismatch", CERTBIND_STEP_TD_ATTRIBUTES,                      \
      "XFAM is not that of the policy")                                                            \
    X(CERTBIND_E_ENCLAVE_DEBUG, "enclave-debug", CERTBIND_STEP_TD_ATTRIBUTES,                      \
      "the enclave runs in debug mode")                                                            \
    X(CERTBIND_E_ENCLAVE_NOT_INITIALISED, "enclave-not-initialised", CERTBIND_STEP_TD_ATTRIBUTES,  \
      "the enclave was not initialised when it was quoted")

#define CERTBIND_STATUS_DCAP_LIST(X)                                                               \
    CERTBIND_STATUS_QUOTE_FORM_LIST(X)                                                             \
    CERTBIND_STATUS_QUOTE_TRUST_LIST(X)                                                            \
    CERTBIND_STATUS_COLLATERAL_LIST(X)                                                             \
    CERTBIND_STATUS_TCB_LIST(X)                                                                    \
    CERTBIND_STATUS_TD_LIST(X)

#endif
