/*
 * der: an encoder for the few DER forms of certificates, CRLs and the SGX extension.
 *
 * Constructed values are opened and closed; the length is put in at the close. Depth is the
 * caller's C nesting, so the text reads like the structure it makes.
 */
#ifndef SIM_DER_H
#define SIM_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

enum {
    SIM_DER_BOOLEAN = 0x01,
    SIM_DER_INTEGER = 0x02,
    SIM_DER_BIT_STRING = 0x03,
    SIM_DER_OCTET_STRING = 0x04,
    SIM_DER_OID = 0x06,
    SIM_DER_ENUMERATED = 0x0a,
    SIM_DER_UTF8_STRING = 0x0c,
    SIM_DER_PRINTABLE_STRING = 0x13,
    SIM_DER_UTC_TIME = 0x17,
    SIM_DER_GENERALIZED_TIME = 0x18,
    SIM_DER_SEQUENCE = 0x30,
    SIM_DER_SET = 0x31,
    SIM_DER_CONTEXT = 0x80,            /* | number: primitive */
    SIM_DER_CONTEXT_CONSTRUCTED = 0xa0 /* | number */
};

/** Write a tag. Returns: the place to give to sim_der_close. */
size_t sim_der_open(struct sim_buffer *b, uint8_t tag);

/** Put the length of everything written since the open. */
void sim_der_close(struct sim_buffer *b, size_t place);

/** A whole primitive value. */
void sim_der_put(struct sim_buffer *b, uint8_t tag, struct certbind_bytes content);

/** An INTEGER or ENUMERATED from big-endian unsigned bytes, in minimal form. */
void sim_der_put_unsigned(struct sim_buffer *b, uint8_t tag, struct certbind_bytes big_endian);
void sim_der_put_number(struct sim_buffer *b, uint8_t tag, uint32_t value);

void sim_der_put_boolean(struct sim_buffer *b, bool value);

/** An OBJECT IDENTIFIER whose encoded arcs are given. */
void sim_der_put_oid(struct sim_buffer *b, struct certbind_bytes arcs);

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
void sim_der_put_time(struct sim_buffer *b, int64_t unix_seconds);

/** Append a PEM block: lines of 64 characters, ending in a newline (RFC 7468). */
void sim_pem_put(struct sim_buffer *b, const char *label, struct certbind_bytes der);

#endif
