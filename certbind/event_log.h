/*
 * event_log: the events that a dstack guest measured, and what they say once they replay.
 *
 * Rules: dstack.md 4.2 and binding.md section 6. Digests of RTMR3 are always recomputed from name
 * and payload; the digests and preimages written beside them are never trusted. Events of both
 * versions may be mixed: what is hashed begins with 01 in one and with a brace in the other, so no
 * event can be read in two ways. Nothing an event says means
 * anything before the operating system (MRTD, RTMR0-2) is accepted.
 */
#ifndef CERTBIND_EVENT_LOG_H
#define CERTBIND_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "certbind/bytes.h"
#include "certbind/event_digest.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_EVENT_LOG_MAX_EVENTS = 1024,
    CERTBIND_EVENT_LOG_MAX_BYTES = 4 << 20,
    CERTBIND_APP_ID_LEN = 20,
    CERTBIND_INSTANCE_ID_LEN = 20,
    CERTBIND_COMPOSE_HASH_LEN = 32,
    CERTBIND_KEY_PROVIDER_NAME_ROOM = 32,
    CERTBIND_KEY_PROVIDER_ID_MAX = 512
};

struct certbind_event {
    uint32_t version; /* of the digest: 1 or 2 */
    uint32_t imr;     /* 0..3 */
    uint32_t type;    /* TCG event type */
    bool has_digest;
    uint8_t digest[CERTBIND_SHA384_LEN]; /* as written in the log; untrusted */
    struct certbind_bytes name;          /* borrowed from the log */
    struct certbind_bytes payload;       /* borrowed from the log */
};

struct certbind_event_log {
    struct certbind_event *events; /* owned */
    size_t count;
    uint8_t *storage; /* owned: names and payloads; NULL when they live elsewhere */
};

/* What the trusted part of a log says, that is, the part before system-ready. */
struct certbind_identity {
    uint8_t app_id[CERTBIND_APP_ID_LEN];
    uint8_t compose_hash[CERTBIND_COMPOSE_HASH_LEN];
    uint8_t instance_id[CERTBIND_INSTANCE_ID_LEN];
    bool has_instance_id;                               /* false: the event's payload was empty */
    char key_provider[CERTBIND_KEY_PROVIDER_NAME_ROOM]; /* "kms", "local-sgx", "tpm", "none" */
    uint8_t key_provider_id[CERTBIND_KEY_PROVIDER_ID_MAX];
    size_t key_provider_id_len;
    uint8_t key_provider_id_sha256[CERTBIND_SHA256_LEN];
    uint8_t os_image_hash[CERTBIND_SHA256_LEN];
    bool has_os_image_hash;
    size_t ready_at;     /* index of system-ready in the log */
    size_t later_events; /* RTMR3 events after it: an app may have added them */
    uint8_t rtmr3[CERTBIND_RTMR_LEN];
};

/**
 * Parse the text of a log: a JSON array of TdxEvent objects.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_EVENT_LOG_SYNTAX, CERTBIND_E_EVENT_LOG_VERSION or
 *          CERTBIND_E_MEMORY
 * Out:     out  to be given to certbind_event_log_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_event_log_parse(struct certbind_bytes text,
                                                             struct certbind_event_log *out,
                                                             struct certbind_error *err);

/** The same from a value of a document that certbind_json_parse accepted. */
CERTBIND_MUST_CHECK certbind_status certbind_event_log_read(const cJSON *array,
                                                            struct certbind_event_log *out,
                                                            struct certbind_error *err);

/**
 * Check that an event stands where its type belongs: the runtime type and register 3 belong
 * together, anything else would be skipped in silence. No version 1 name holds a colon, and the
 * digest of version 2 has its limits.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_EVENT_LOG_SYNTAX
 * In:      index  for the message
 */
CERTBIND_MUST_CHECK certbind_status certbind_event_check_place(const struct certbind_event *event,
                                                               size_t index,
                                                               struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_event_log_cleanup(struct certbind_event_log *log);

/** Returns: whether rtmr holds the replay of the RTMR3 events with recomputed digests. */
bool certbind_event_log_replay(const struct certbind_event_log *log,
                               uint8_t rtmr[CERTBIND_RTMR_LEN]);

/**
 * Replay the boot events of register 0, 1 or 2 with the digests written in the log.
 *
 * Returns: whether the log has such events, all of them with digests; then rtmr holds the replay.
 *          A log may lack boot events or hold some of them only: a difference from the quote says
 *          that they describe nothing, it does not refuse.
 */
bool certbind_event_log_replay_boot(const struct certbind_event_log *log, uint32_t imr,
                                    uint8_t rtmr[CERTBIND_RTMR_LEN]);

/**
 * Check a log against RTMR3 of a quote and read the identity from it.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_EVENT_LOG_RTMR3, CERTBIND_E_EVENT_LOG_IDENTITY,
 *          CERTBIND_E_INTERNAL or CERTBIND_E_MEMORY
 * In:      rtmr3  of the quote
 * Out:     out    zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_event_log_check(const struct certbind_event_log *log,
                                                             const uint8_t rtmr3[CERTBIND_RTMR_LEN],
                                                             struct certbind_identity *out,
                                                             struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
