/*
 * attestation: the platform's versioned attestation, as in extension .8 of a certificate.
 *
 * The first byte selects the encoding (dstack.md 3.5): 00 is version 0 in SCALE; 80..8f, de and df
 * begin version 1, a MessagePack map. Both hold the same: a quote, the log that the platform keeps,
 * the runtime events once more, the report data once more, and a configuration text that nothing
 * authenticates. Only `runtime_events` is ever replayed; where the log also holds events of
 * register 3 it must hold the same ones, or the attestation is refused.
 *
 * Not covered by anything: config, digests and preimages written beside events, and all of
 * event_log outside register 3. Nothing is taken from them.
 */
#ifndef CERTBIND_ATTESTATION_H
#define CERTBIND_ATTESTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/event_log.h"
#include "certbind/preimage.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_ATTESTATION_MAX_BYTES = 128 * 1024, CERTBIND_ATTESTATION_MAX_TEXT = 64 * 1024 };

struct certbind_attestation {
    unsigned version;                              /* 0 or 1 */
    bool is_pod;                                   /* stack `dstack-pod` */
    struct certbind_bytes quote;                   /* raw, as sent */
    struct certbind_event_log event_log;           /* the platform's copy: shown, never replayed */
    struct certbind_event_log runtime_events;      /* what is replayed */
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN]; /* the sender's word; compare with the quote's */
    struct certbind_bytes report_data_payload;     /* of a pod: report_data commits to it */
    struct certbind_bytes config;                  /* text that nothing authenticates */
    uint8_t *memory;                               /* owned: bytes that came as arrays */
};

/**
 * Read an attestation of a TDX guest, to its last byte, and check what it says twice.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_CERT_EVIDENCE              unknown version, another form, trailing bytes
 *          CERTBIND_E_CERT_EVIDENCE_PLATFORM     of another platform
 *          CERTBIND_E_CERT_EVIDENCE_EVENT_LOG    the two copies of the runtime events differ
 *          CERTBIND_E_CERT_EVIDENCE_REPORT_DATA  of a pod, and not made from its payload
 *          CERTBIND_E_MEMORY, CERTBIND_E_INTERNAL
 * In:      bytes  borrowed as long as out lives
 * Out:     out    to be given to certbind_attestation_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_attestation_parse(struct certbind_bytes bytes,
                                                               struct certbind_attestation *out,
                                                               struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_attestation_cleanup(struct certbind_attestation *attestation);

#ifdef __cplusplus
}
#endif

#endif
