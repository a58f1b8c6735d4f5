/*
 * quote: TDX quotes with every signature a verifier checks: version 4 with a TD report 1.0, or
 * version 5 with a TD report 1.5.
 */
#ifndef SIM_QUOTE_H
#define SIM_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/buffer.h"
#include "tests/simulator/p256.h"
#include "tests/simulator/pki.h"
#include "tests/simulator/platform.h"
#include "tests/simulator/td.h"

enum {
    SIM_QUOTE_REPORT_DATA_LEN = 64,
    SIM_QUOTE_SIGNED_LEN = 632,   /* header and TD report 1.0 */
    SIM_QUOTE_5_SIGNED_LEN = 702, /* header, descriptor and TD report 1.5 */
    SIM_QUOTE_PADDING = 64        /* zero bytes after the signature data, as real quotes carry */
};

/* The quoting enclave of one start of the simulator. */
struct sim_quoter {
    const struct sim_platform *platform; /* borrowed */
    const struct sim_pki *pki;           /* borrowed */
    struct sim_p256 attestation_key;     /* fresh */
    unsigned version;                    /* 4 or 5 */
    bool old_launch;                     /* the TD was started before the TDX module was updated */
};

/** A quoter of version 4. Returns: whether the attestation key was made. */
bool sim_quoter_init(struct sim_quoter *q, const struct sim_platform *platform,
                     const struct sim_pki *pki);

/** Append a quote over the TD and report_data. Returns: whether it was made. */
bool sim_quote_make(const struct sim_quoter *q, const struct sim_td *td,
                    const uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN], struct sim_buffer *out);

#endif
