/*
 * mr_config_id: what the host measured into MR_CONFIG_ID before the guest started (dstack.md 4.3).
 *
 * Pure. It must agree with what the event log says; it never stands in for the log, because a host
 * may leave it zero.
 */
#ifndef CERTBIND_MR_CONFIG_ID_H
#define CERTBIND_MR_CONFIG_ID_H

#include "certbind/bytes.h"
#include "certbind/event_log.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_MR_CONFIG_ID_LEN = 48, CERTBIND_MR_CONFIG_DOCUMENT_MAX = 64 * 1024 };

/**
 * Check MR_CONFIG_ID of a quote against the identity in the replayed log.
 *
 * Version 1 holds the compose hash. Version 2 holds a hash of compose hash, app id, kind and id of
 * the key provider. Version 3 holds the hash of a document, which is not part of a binding.
 *
 * Returns: CERTBIND_OK                          it commits to this app
 *          CERTBIND_NOT_CHECKED                 all zero: the host does not use it; or version 3
 *                                               without its document
 *          CERTBIND_E_MR_CONFIG_ID              it commits to something else
 *          CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED  another version; the caller reports it as skipped
 *          CERTBIND_E_INTERNAL
 * In:      document  of version 3, exact bytes (borrowed); empty when it is not at hand
 */
CERTBIND_MUST_CHECK certbind_status certbind_mr_config_id_check(
    const uint8_t mr_config_id[CERTBIND_MR_CONFIG_ID_LEN], const struct certbind_identity *identity,
    struct certbind_bytes document, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
