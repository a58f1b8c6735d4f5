/* Tables of forged evidence in which exactly one rule is broken. */
#ifndef TESTS_UNIT_DCAP_BROKEN_H
#define TESTS_UNIT_DCAP_BROKEN_H

#include "tests/support/dcap_forge.h"

struct broken {
    const char *claim;
    void (*turn)(struct forge *f); /* from a valid TDX forge */
    certbind_status status;
};

/**
 * Run every row as a test of its own. With DEVPROOF_FORGE_DIR in the environment, the evidence of
 * each stays in that folder: PROGRAM.CLAIM.quote, .collateral, .root and .now.
 *
 * Returns: the number of failures, for main
 */
int run_broken(const struct broken *rows, size_t count);

#endif
