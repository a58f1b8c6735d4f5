/*
 * attestation: dstack's versioned attestation of a TDX guest: version 0 in SCALE, version 1 in
 * MessagePack when an event of the log has version 2.
 */
#ifndef SIM_ATTESTATION_H
#define SIM_ATTESTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/td.h"

enum sim_attestation_form {
    SIM_ATTESTATION_FULL,    /* the whole log, as Attest gives it */
    SIM_ATTESTATION_STRIPPED /* RTMR3 events without digests, as in certificates */
};

/** Append the attestation. In: quote, report_data  of this TD. Returns: whether it was made. */
bool sim_attestation_encode(const struct sim_td *td, struct certbind_bytes quote,
                            const uint8_t report_data[64], enum sim_attestation_form form,
                            struct sim_buffer *out);

#endif
