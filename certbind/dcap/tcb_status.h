/*
 * tcb_status: Intel's words for how current a platform is, and how they combine.
 *
 * Pure. Zero is no status: it is accepted by no set. The two TDRelaunchAdvised are told apart from
 * OutOfDate, so that a policy can take a TD whose host was patched after the TD was started; no
 * document of Intel's holds them, they are the outcome of an evaluation.
 */
#ifndef CERTBIND_DCAP_TCB_STATUS_H
#define CERTBIND_DCAP_TCB_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(symbol, "name as in Intel's documents") from best to worst */
#define CERTBIND_TCB_STATUS_LIST(X)                                                                \
    X(CERTBIND_TCB_NONE, "none")                                                                   \
    X(CERTBIND_TCB_UP_TO_DATE, "UpToDate")                                                         \
    X(CERTBIND_TCB_SW_HARDENING_NEEDED, "SWHardeningNeeded")                                       \
    X(CERTBIND_TCB_CONFIGURATION_NEEDED, "ConfigurationNeeded")                                    \
    X(CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, "ConfigurationAndSWHardeningNeeded")     \
    X(CERTBIND_TCB_TD_RELAUNCH_ADVISED, "TDRelaunchAdvised")                                       \
    X(CERTBIND_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,                                       \
      "TDRelaunchAdvisedConfigurationNeeded")                                                      \
    X(CERTBIND_TCB_OUT_OF_DATE, "OutOfDate")                                                       \
    X(CERTBIND_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, "OutOfDateConfigurationNeeded")               \
    X(CERTBIND_TCB_REVOKED, "Revoked")

enum certbind_tcb_status {
#define X(symbol, name) symbol,
    CERTBIND_TCB_STATUS_LIST(X)
#undef X
        CERTBIND_TCB_STATUS_COUNT
};

/* The member of an accepted set that stands for a status. */
#define CERTBIND_TCB_BIT(status) (UINT32_C(1) << (status))

/** Returns: Intel's name of the status; "none" for zero or a number that is none. Static. */
const char *certbind_tcb_status_name(enum certbind_tcb_status status);

/** Returns: the status of exactly that name, CERTBIND_TCB_NONE for any other text. */
enum certbind_tcb_status certbind_tcb_status_parse(const char *name);

/** Returns: whether it is TDRelaunchAdvised, with or without ConfigurationNeeded. */
bool certbind_tcb_status_is_relaunch(enum certbind_tcb_status status);

/** Returns: whether it is OutOfDate, with or without ConfigurationNeeded. */
bool certbind_tcb_status_is_out_of_date(enum certbind_tcb_status status);

/**
 * Combine the platform's status with that of the TDX module or of the QE, by Intel's table: an
 * out-of-date part keeps the configuration half of the platform's status.
 *
 * Returns: the merged status; CERTBIND_TCB_NONE when either is none, or one that a platform, or a
 *          module or QE, never has in Intel's documents
 */
enum certbind_tcb_status certbind_tcb_status_merge(enum certbind_tcb_status platform,
                                                   enum certbind_tcb_status part);

#ifdef __cplusplus
}
#endif

#endif
