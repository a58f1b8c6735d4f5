/*
 * attestation_form: one reading of a versioned attestation, private to attestation*.c.
 */
#ifndef CERTBIND_ATTESTATION_FORM_H
#define CERTBIND_ATTESTATION_FORM_H

#include "certbind/attestation.h"

struct attestation_run {
    struct certbind_reader r;
    struct certbind_attestation *out;
    struct certbind_error *err;
    certbind_status status; /* CERTBIND_OK until something refuses */
};

/** Record the first refusal. Returns: false. */
bool certbind_attestation_refuse(struct attestation_run *run, certbind_status status,
                                 const char *what);

/** Make room for events. Returns: whether count is in bounds and memory was there. */
bool certbind_attestation_room(struct attestation_run *run, uint64_t count,
                               struct certbind_event_log *log);

/** Take an event whose fields were read: text, place and version. Returns: whether it may be. */
bool certbind_attestation_add(struct attestation_run *run, const struct certbind_event *event,
                              struct certbind_event_log *log);

/** Take the digest that a log writes beside an event. Returns: whether its length is right. */
bool certbind_attestation_digest(struct certbind_bytes digest, struct certbind_event *event);

/** Read everything behind the first byte (version 0) or from it (version 1). */
void certbind_attestation_read_v0(struct attestation_run *run);
void certbind_attestation_read_v1(struct attestation_run *run);

#endif
