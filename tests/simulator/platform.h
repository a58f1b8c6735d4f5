/*
 * platform: the simulated machine: what its PCK certificate and quotes say of the hardware.
 */
#ifndef SIM_PLATFORM_H
#define SIM_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/buffer.h"
#include "tests/simulator/seed.h"

enum {
    SIM_PCESVN = 11,
    SIM_QE_ISVSVN = 4,
    SIM_QE_ISVPRODID = 2,
    SIM_TDX_MODULE_ISVSVN = 5,
    SIM_TDX_MODULE_OLD_ISVSVN = 2, /* out of date */
    SIM_TDX_MODULE_VERSION = 1,
    SIM_SVN_COUNT = 16
};

struct sim_platform {
    uint8_t ppid[16];
    uint8_t platform_instance_id[16];
    uint8_t qe_id[16];
    uint8_t fmspc[6];
    uint8_t pceid[2];
    uint8_t sgx_svn[SIM_SVN_COUNT];
    uint8_t tee_tcb_svn[SIM_SVN_COUNT];
    uint8_t mrseam[48];
    uint8_t qe_mrsigner[32];
    uint8_t qe_mrenclave[32];
};

/** Identities from the seed, versions fixed. Returns: whether it was made. */
bool sim_platform_init(struct sim_platform *p, const struct sim_seed *seed);

/** Append the content of the SGX extension of the PCK certificate: OIDs
 * below 1.2.840.113741.1.13.1. */
void sim_platform_put_sgx_extension(const struct sim_platform *p, struct sim_buffer *out);

#endif
