/*
 * kms_chain: the chain that a KMS puts above a certificate: leaf, app CA, KMS root.
 *
 * It proves that some code that was ever allowed for the app id, or the KMS, asked for this
 * certificate, and nothing more: not which release, not when, not for which name (the app chooses
 * names and dates). It never replaces a quote.
 */
#ifndef CERTBIND_KMS_CHAIN_H
#define CERTBIND_KMS_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/digest.h"
#include "certbind/event_log.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_KMS_CHAIN_LEN = 3 };

/* All borrowed. */
struct certbind_kms_chain {
    const struct certbind_bytes *der; /* leaf first */
    size_t count;
    const uint8_t *root_spki_sha256; /* 32 bytes: of the KMS root CA, as kms.ca_spki_sha256 */
    const uint8_t *app_id;           /* 20 bytes, expected */
    uint64_t now;
};

/**
 * Check signatures, CA flags and path lengths, dates, the pinned root, that app CA and leaf name
 * the app id (.3), and their usages (.4): `app:ca` and `app:custom`.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_KMS_CHAIN      not exactly three certificates that hold, leaf to root
 *          CERTBIND_E_KMS_CHAIN_APP  app id or usage is missing, malformed or another
 *          CERTBIND_E_KMS_ROOT       ends in another root
 *          CERTBIND_E_CERT_VALIDITY  one of them is not valid now
 */
CERTBIND_MUST_CHECK certbind_status certbind_kms_chain_check(const struct certbind_kms_chain *chain,
                                                             struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
