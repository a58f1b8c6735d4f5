/*
 * extension: X.509 extensions, written between open and close.
 */
#ifndef SIM_EXTENSION_H
#define SIM_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

/* Last arc of the extensions 2.5.29.x (RFC 5280 section 4.2.1 and 5.2). */
enum {
    SIM_EXT_SUBJECT_KEY_ID = 14,
    SIM_EXT_KEY_USAGE = 15,
    SIM_EXT_SUBJECT_ALT_NAME = 17,
    SIM_EXT_BASIC_CONSTRAINTS = 19,
    SIM_EXT_CRL_NUMBER = 20,
    SIM_EXT_CRL_POINTS = 31,
    SIM_EXT_AUTHORITY_KEY_ID = 35,
    SIM_EXT_EXTENDED_KEY_USAGE = 37
};

/* Last arc of dstack's extensions 1.3.6.1.4.1.62397.1.x. */
enum {
    SIM_EXT_TDX_QUOTE = 1,
    SIM_EXT_EVENT_LOG = 2,
    SIM_EXT_APP_ID = 3,
    SIM_EXT_CERT_USAGE = 4,
    SIM_EXT_ATTESTATION = 8,
    SIM_EXT_APP_INFO = 9
};

/* An open extension and the OCTET STRING of its value. */
struct sim_extension {
    size_t outer;
    size_t value;
};

/** In: oid  the encoded arcs */
struct sim_extension sim_extension_open(struct sim_buffer *b, struct certbind_bytes oid,
                                        bool critical);

/** 2.5.29.arc */
struct sim_extension sim_extension_open_standard(struct sim_buffer *b, uint8_t arc, bool critical);

void sim_extension_close(struct sim_buffer *b, struct sim_extension e);

/** A whole extension of dstack: its value is an OCTET STRING around payload. */
void sim_extension_put_dstack(struct sim_buffer *b, uint8_t arc, struct certbind_bytes payload);

#endif
