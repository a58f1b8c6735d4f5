/*
 * collateral: fetches the collateral of a quote from a PCS or PCCS.
 *
 * Blocking, over libcurl: never call it on an event loop. What it returns is not trusted; the
 * signatures inside are checked by certbind. Requests and headers: Intel PCS v4.
 */
#ifndef RATLS_COLLATERAL_H
#define RATLS_COLLATERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Ask for TCB info, QE identity and both revocation lists, and make a bundle of them.
 *
 * The root's list comes from the service's /sgx/certification/v4/rootcacrl; a service without one
 * (Intel's own) is followed by the distribution point of Intel's root certificate. TLS to the
 * service is verified, proxies and configuration files are not used.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_COLLATERAL_MISSING  a reply could not be had; err says which and why
 *          CERTBIND_E_MEMORY, and what certbind_pck_info and certbind_pcs_bundle return
 * In:      url         "https://api.trustedservices.intel.com", without a path at the end
 *          quote       the quote's bytes (borrowed)
 *          timeout_ms  for all requests together
 * Out:     out, len    JSON text, to be given to free(); NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status ratls_collateral_fetch(const char *url,
                                                           struct certbind_bytes quote,
                                                           long timeout_ms, char **out, size_t *len,
                                                           struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
