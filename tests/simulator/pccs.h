/*
 * pccs: the simulated vendor's collateral service, in the shape of Intel's PCS and PCCS v4.
 */
#ifndef SIM_PCCS_H
#define SIM_PCCS_H

#include "tests/simulator/collateral.h"
#include "tests/simulator/http_server.h"
#include "tests/simulator/pki.h"
#include "tests/simulator/platform.h"
#include "tests/simulator/reply.h"

struct sim_pccs {
    const struct sim_pki *pki;               /* borrowed */
    const struct sim_platform *platform;     /* borrowed */
    const struct sim_collateral *collateral; /* borrowed */
};

/** Answer one request. */
void sim_pccs_answer(const struct sim_pccs *p, const struct sim_http_request *r,
                     struct sim_reply *reply);

#endif
