/*
 * options: the simulator's command line.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/simulator/collateral.h"
#include "tests/simulator/fault.h"
#include "tests/simulator/seed.h"
#include "tests/simulator/td.h"

enum { SIM_EXIT_OK = 0, SIM_EXIT_FAILURE = 1, SIM_EXIT_USAGE = 2 };

struct sim_options {
    const char *socket_path;
    const char *tappd_path;   /* NULL: none */
    const char *pccs_address; /* NULL: none */
    const char *replay;       /* a folder; NULL: none */
    const char *root_file;
    const char *kms_root_file;
    const char *app_compose_file;
    const char *ready_file;
    struct sim_seed seed;
    struct sim_seed os_seed;
    uint8_t app_id[SIM_APP_ID_LEN];
    bool has_app_id;
    uint8_t instance_id[20];
    bool has_instance_id;
    bool debug;
    bool emit_event;
    bool legacy_evidence;
    unsigned quote_version;     /* 4 or 5 */
    unsigned event_log_version; /* 0: as the compose file says */
    unsigned mr_config_version;
    bool old_launch; /* the TD was started before the TDX module was updated */
    unsigned quote_delay_ms;
    int64_t now; /* 0: the clock */
    struct sim_collateral_options collateral;
    struct sim_faults faults;
};

/**
 * Read the command line.
 *
 * Returns: whether to run
 * Out:     o          the options; texts are borrowed from argv
 *          exit_code  when not to run: what to exit with; help and messages were written
 */
bool sim_options_parse(int argc, char **argv, struct sim_options *o, int *exit_code);

#endif
