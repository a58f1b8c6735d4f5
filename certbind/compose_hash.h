/*
 * compose_hash: what a measured compose file is known by.
 *
 * The compose hash is SHA-256 of the file's bytes. Nothing here parses or re-serialises it: two
 * texts that mean the same have different hashes. The device id is SHA-256 of the PPID.
 */
#ifndef CERTBIND_COMPOSE_HASH_H
#define CERTBIND_COMPOSE_HASH_H

#include "certbind/bytes.h"
#include "certbind/digest.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_PPID_LEN = 16 };

/** Returns: whether out holds SHA-256 of the bytes of an app-compose file. */
bool certbind_compose_hash(struct certbind_bytes app_compose, uint8_t out[CERTBIND_SHA256_LEN]);

/** Returns: whether out holds the device id, SHA-256 of the PPID in the PCK certificate. */
bool certbind_device_id(const uint8_t ppid[CERTBIND_PPID_LEN], uint8_t out[CERTBIND_SHA256_LEN]);

#ifdef __cplusplus
}
#endif

#endif
