/*
 * sgx_extension: what Intel certifies about a platform inside its PCK certificate
 * (1.2.840.113741.1.13.1).
 *
 * Pure. No allocation.
 */
#ifndef CERTBIND_DCAP_SGX_EXTENSION_H
#define CERTBIND_DCAP_SGX_EXTENSION_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/quote.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum certbind_sgx_type {
    CERTBIND_SGX_STANDARD = 0,
    CERTBIND_SGX_SCALABLE = 1,
    CERTBIND_SGX_SCALABLE_WITH_INTEGRITY = 2
};

struct certbind_pck_extension {
    uint8_t ppid[16]; /* identifies the machine: not for logs */
    uint8_t component_svn[CERTBIND_SVN_COUNT];
    uint16_t pce_svn;
    uint8_t cpu_svn[16];
    uint8_t pceid[CERTBIND_PCEID_LEN];
    uint8_t fmspc[CERTBIND_FMSPC_LEN];
    enum certbind_sgx_type sgx_type;
    bool has_platform_instance_id;
    uint8_t platform_instance_id[16];
    bool has_configuration; /* the three flags below were given */
    bool dynamic_platform;
    bool cached_keys;
    bool smt_enabled;
};

/** Returns: the content octets of the extension's OBJECT IDENTIFIER. Static. */
struct certbind_bytes certbind_pck_extension_oid(void);

/**
 * Read the value of the extension: members are found by OID, in any order, each at most once;
 * .1 to .5 are required; nothing may follow the outer SEQUENCE.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_PCK_EXTENSION_INVALID
 * In:      der  the content of extnValue (borrowed)
 * Out:     out  zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_pck_extension_parse(struct certbind_bytes der,
                                                                 struct certbind_pck_extension *out,
                                                                 struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
