/*
 * pki: the simulated vendor's certificates: root, PCK platform CA, PCK leaf, TCB signer.
 *
 * All bytes follow from the seed. Names begin with "Simulated", so nobody takes them for Intel's.
 */
#ifndef SIM_PKI_H
#define SIM_PKI_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/buffer.h"
#include "tests/simulator/certificate.h"
#include "tests/simulator/p256.h"
#include "tests/simulator/platform.h"
#include "tests/simulator/seed.h"

/* Validity of every certificate: 2020-01-01T00:00:00Z to 2049-12-31T23:59:59Z. */
#define SIM_PKI_NOT_BEFORE 1577836800
#define SIM_PKI_NOT_AFTER 2524607999

struct sim_pki {
    struct sim_p256 root;
    struct sim_p256 platform_ca;
    struct sim_p256 pck;
    struct sim_p256 tcb_signer;
    struct sim_name root_name;
    struct sim_name platform_ca_name;
    struct sim_buffer root_der;
    struct sim_buffer root_pem;
    struct sim_buffer pck_chain;        /* PEM: PCK, platform CA, root */
    struct sim_buffer pck_issuer_chain; /* PEM: platform CA, root */
    struct sim_buffer tcb_issuer_chain; /* PEM: TCB signer, root */
};

/** Returns: whether everything was made; sim_pki_cleanup is due either way. */
bool sim_pki_init(struct sim_pki *pki, const struct sim_seed *seed,
                  const struct sim_platform *platform);

void sim_pki_cleanup(struct sim_pki *pki);

#endif
