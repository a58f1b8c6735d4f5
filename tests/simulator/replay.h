/*
 * replay: a TD from the state of dstack's own agent simulators (sdk/simulator of 0.5.3 and 0.6).
 *
 * The folder holds appkeys.json, app-compose.json, sys-config.json, and either quote.hex with
 * eventlog.json or attestation.bin. What is inconsistent there stays so: the compose file is not
 * the measured one, and a quote with other report data than zero has a wrong signature.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "certbind/status.h"
#include "tests/simulator/td.h"

/**
 * Load the folder.
 *
 * Returns: CERTBIND_OK; CERTBIND_E_MALFORMED for a file that is missing or of another form, also
 *          when the log does not replay to the quote; CERTBIND_E_MEMORY
 * Out:     td  to be given to sim_td_cleanup either way
 */
CERTBIND_MUST_CHECK certbind_status sim_replay_load(const char *folder, struct sim_td *td,
                                                    struct certbind_error *err);

#endif
