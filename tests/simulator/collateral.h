/*
 * collateral: what the simulated vendor publishes about its platforms: TCB info, QE identity,
 * CRLs. Signed JSON is printed once and served as signed.
 */
#ifndef SIM_COLLATERAL_H
#define SIM_COLLATERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/buffer.h"
#include "tests/simulator/pki.h"
#include "tests/simulator/platform.h"

enum {
    SIM_COLLATERAL_BACKDATE_S = 60,
    SIM_COLLATERAL_LIFETIME_S = 30 * 86400,
    SIM_COLLATERAL_REISSUE_S = 86400,
    SIM_TCB_EVALUATION_NUMBER = 17
};

enum sim_revoke { SIM_REVOKE_NONE, SIM_REVOKE_PCK, SIM_REVOKE_PLATFORM_CA };

struct sim_collateral_options {
    unsigned evaluation_number; /* 0: SIM_TCB_EVALUATION_NUMBER */
    const char *tcb_status;     /* a name of sim_tcb_status_ok */
    enum sim_revoke revoke;
    unsigned lifetime_s; /* 0: SIM_COLLATERAL_LIFETIME_S */
};

struct sim_collateral {
    int64_t made_at;
    struct sim_buffer root_crl;    /* DER */
    struct sim_buffer pck_crl;     /* DER */
    struct sim_buffer tcb_info;    /* {"tcbInfo":{…},"signature":"…"} */
    struct sim_buffer qe_identity; /* {"enclaveIdentity":{…},"signature":"…"} */
};

/** Returns: whether name is a status of Intel's TCB levels. */
bool sim_tcb_status_ok(const char *name);

/**
 * Make everything anew for this time.
 *
 * Returns: whether it was made; c is replaced then and unchanged otherwise
 */
bool sim_collateral_issue(struct sim_collateral *c, const struct sim_pki *pki,
                          const struct sim_platform *platform,
                          const struct sim_collateral_options *options, int64_t now);

/** Returns: whether it is so old (or from the future) that it should be issued again. */
bool sim_collateral_is_stale(const struct sim_collateral *c,
                             const struct sim_collateral_options *options, int64_t now);

void sim_collateral_cleanup(struct sim_collateral *c);

#endif
