/* A version 1 attestation of a guest, made from knobs; complete and right as it is opened. */
#ifndef TESTS_UNIT_CERTBIND_ATTESTATION_SAMPLE_H
#define TESTS_UNIT_CERTBIND_ATTESTATION_SAMPLE_H

#include <stdbool.h>

#include "certbind/attestation.h"
#include "tests/unit/certbind/pack.h"

struct attestation_sample {
    const char *platform;
    const char *stack;
    bool data_first;       /* `data` before `kind`, of the platform */
    bool stack_data_first; /* the same of the stack */
    bool binary;           /* byte fields as binary, not as arrays */
    bool without_config;   /* leave that member out */
    const char *extra;     /* one more member of the stack's data, whose value is the text "x" */
    const char *name;      /* of the event */
    const char *log_name;
    const char *payload;
    const char *log_payload;
    uint32_t imr;
    uint32_t type;
    uint32_t version; /* of the event; 1: not written */
    uint32_t log_version;
    uint32_t events;
    uint32_t log_events; /* how many of them stand in event_log */
    size_t digest_len;
    const char *pod_payload; /* NULL: none */
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN];
    size_t report_data_len;
};

void attestation_sample_open(struct attestation_sample *s);

/** Write the attestation. */
void attestation_sample_write(const struct attestation_sample *s, struct pack *out);

/** Returns: the status of writing and parsing. Out: detail may be NULL. */
certbind_status attestation_sample_parse(const struct attestation_sample *s,
                                         struct certbind_error *err);

#endif
