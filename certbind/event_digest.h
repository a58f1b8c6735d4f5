/*
 * event_digest: how dstack's runtime events are hashed and how a register grows.
 *
 * A register starts as 48 zero bytes; each event makes it SHA-384(register || digest).
 * Pure. A failure of libcrypto gives false and zeroed output; callers refuse.
 */
#ifndef CERTBIND_EVENT_DIGEST_H
#define CERTBIND_EVENT_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/digest.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_RTMR_LEN = 48, CERTBIND_EVENT_V2_MAX_BYTES = 1 << 20 };

/* The TCG event type of every runtime event; they all go into RTMR3. */
#define CERTBIND_RUNTIME_EVENT_TYPE 0x08000001u

/**
 * Version 1: SHA-384(u32le(event type) || ":" || name || ":" || payload).
 *
 * A name with a colon would make the preimage ambiguous; certbind_event_log_parse refuses it.
 */
bool certbind_event_digest_v1(struct certbind_bytes name, struct certbind_bytes payload,
                              uint8_t out[CERTBIND_SHA384_LEN]);

/**
 * Version 2: SHA-384 of the RFC 8785 text {"name":"<name>","payload":"<hex>","type":134217729}.
 *
 * Returns: false too for a name or payload over 1 MiB
 * In:      name  UTF-8, checked by the caller
 */
bool certbind_event_digest_v2(struct certbind_bytes name, struct certbind_bytes payload,
                              uint8_t out[CERTBIND_SHA384_LEN]);

/** rtmr = SHA-384(rtmr || digest), in place. */
bool certbind_rtmr_extend(uint8_t rtmr[CERTBIND_RTMR_LEN],
                          const uint8_t digest[CERTBIND_SHA384_LEN]);

#ifdef __cplusplus
}
#endif

#endif
