/*
 * td: the simulated confidential VM: OS image, app, and everything a quote measures of them.
 *
 * The OS registers (MRTD, RTMR0-2) follow from the OS seed alone, the runtime events from app and
 * KMS alone: another OS seed is another OS that repeats the genuine one's RTMR3 events, which is
 * what an attacker's OS would do.
 */
#ifndef SIM_TD_H
#define SIM_TD_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/status.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/event_log.h"
#include "tests/simulator/kms.h"
#include "tests/simulator/seed.h"

/* TDATTRIBUTES: SEPT_VE_DISABLE is set, as dstack does; bit 0 is TUD.DEBUG. */
#define SIM_TD_ATTRIBUTES 0x10000000u
#define SIM_TD_DEBUG 0x1u
#define SIM_TD_XFAM 0x602e7u

enum { SIM_COMPOSE_MAX = 1 << 20 };

struct sim_td_options {
    struct sim_seed seed;
    struct sim_seed os_seed;
    struct certbind_bytes app_compose; /* exact bytes; empty: the built-in app */
    const uint8_t *app_id;             /* NULL: first 20 bytes of the compose hash */
    const uint8_t *instance_id;        /* NULL: from seed and app id */
    bool debug;
    unsigned event_log_version; /* 0: as the compose file says */
    unsigned mr_config_version; /* 1 to 3; 0: 1 */
};

struct sim_td {
    uint64_t attributes;
    unsigned event_log_version; /* 1 or 2 */
    uint8_t mrtd[48];
    uint8_t mr_config_id[48];
    struct sim_event_log log;
    uint8_t compose_hash[32];
    uint8_t os_image_hash[32];
    uint8_t mr_aggregated[32];
    uint8_t instance_id[20];
    bool has_instance_id;
    struct sim_buffer app_compose;
    struct sim_buffer app_name;
    struct sim_buffer key_provider; /* JSON text of the key-provider event */
    struct sim_buffer vm_config;    /* JSON text */
    struct sim_buffer mr_config;    /* JSON text behind MR_CONFIG_ID of version 3, else empty */
    struct sim_kms kms;
    struct sim_app_keys keys;
    /* Of a replayed TD alone; empty otherwise. */
    struct sim_buffer local_ca; /* PEM: signs the leaves instead of an app CA of the KMS */
    struct sim_buffer log_text; /* the log as it was recorded */
    struct sim_buffer quote;    /* as it was recorded, report data zero */
    bool before_0_5_4;          /* the agent has no Version, GetQuote no vm_config */
};

/**
 * Boot the TD.
 *
 * Returns: CERTBIND_OK; CERTBIND_E_MALFORMED for a compose file a TD would not boot;
 *          CERTBIND_E_INTERNAL, CERTBIND_E_MEMORY
 * Out:     td  to be given to sim_td_cleanup either way
 */
CERTBIND_MUST_CHECK certbind_status sim_td_init(struct sim_td *td, const struct sim_td_options *o,
                                                struct certbind_error *err);

void sim_td_cleanup(struct sim_td *td);

/** Append the event log as the guest agent gives it. */
void sim_td_put_log(const struct sim_td *td, struct sim_buffer *out);

/**
 * Extend RTMR3 by an event of the app, after system-ready; later quotes show it.
 *
 * Returns: whether there was room for it
 */
bool sim_td_emit_event(struct sim_td *td, const char *name, struct certbind_bytes payload);

/**
 * dstack's mr_aggregated: SHA-256 of MRTD, RTMR0-3 and, when any of them is not zero,
 * MR_CONFIG_ID, MR_OWNER, MR_OWNER_CONFIG (the last two are zero here).
 */
bool sim_mr_aggregated(const uint8_t mrtd[48], const uint8_t rtmr[4][48],
                       const uint8_t mr_config_id[48], uint8_t out[32]);

#endif
