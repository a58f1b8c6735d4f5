/*
 * csr: a certificate request for the derived TLS key, so that a public authority can certify it.
 */
#ifndef GATEWAY_CSR_H
#define GATEWAY_CSR_H

#include <stdio.h>

#include <openssl/evp.h>

#include "gateway/config/config.h"
#include "gateway/options.h"

/**
 * Ask the guest agent for the key of the configured epoch and write a request for it (PKCS #10,
 * PEM) with the names as subjectAltName. The key never leaves memory. Blocks for agent.timeout_ms a
 * call.
 *
 * Returns: GATEWAY_EXIT_OK; GATEWAY_EXIT_USAGE for a name that no listener serves;
 *          GATEWAY_EXIT_NOT_SUPPORTED when the key is not derived (tls.key = "process");
 *          GATEWAY_EXIT_FAILURE when the agent gives no key
 * In:      to        gets the request, or nothing
 *          problems  gets why there is none
 */
enum gateway_exit gateway_csr_print(const struct gateway_config *config, const char *const *names,
                                    size_t names_count, FILE *to, FILE *problems);

/** Returns: a request of this key for one name (PKCS #10, DER), to be freed with OPENSSL_free; NULL
 * on failure. */
uint8_t *gateway_csr_der(EVP_PKEY *key, const char *name, size_t *len);

#endif
