/*
 * verify: the verdict on a quote.
 *
 * Pure: the same quote, collateral, now and policy give the same report. The order of the checks is
 * fixed and the first failure ends the run; `verified` is set in exactly one place, after the last.
 */
#ifndef CERTBIND_DCAP_VERIFY_H
#define CERTBIND_DCAP_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/quote.h"
#include "certbind/dcap/sgx_extension.h"
#include "certbind/dcap/tcb_status.h"
#include "certbind/digest.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_ADVISORY_LEN = 32, /* with the NUL */
    CERTBIND_ADVISORIES_MAX = 64,
    CERTBIND_ADVISORIES_MERGED_MAX = 3 * CERTBIND_ADVISORIES_MAX
};

struct certbind_td_policy {
    bool allow_debug; /* never in a release profile: the host can then read the TD */
    bool allow_perfmon;
    bool allow_migratable; /* also allows bound service TDs */
    bool check_attributes; /* td_attributes must equal attributes */
    uint64_t attributes;
    bool check_xfam; /* xfam must equal the value below */
    uint64_t xfam;
    const uint8_t (*mr_seam)[CERTBIND_MR_LEN];   /* borrowed; the TDX modules that are allowed */
    size_t mr_seam_count;                        /* 0: any that Intel signed */
    uint8_t min_tee_tcb_svn[CERTBIND_SVN_COUNT]; /* each component at least this */
};

/* A zeroed policy accepts no status, so it refuses everything. */
struct certbind_dcap_policy {
    bool allow_sgx;                     /* quotes of SGX enclaves too, to which td does not apply */
    uint32_t accept;                    /* CERTBIND_TCB_BITs; Revoked is never accepted */
    uint32_t min_evaluation_number;     /* of both documents */
    const char *const *deny_advisories; /* borrowed; any of these refuses */
    size_t deny_advisories_count;
    uint64_t max_collateral_age_s; /* of both documents and the PCK CRL; 0: only their own dates */
    struct certbind_td_policy td;
};

/*
 * A step passed only when all of its checks were made: collateral that fails before the quote's
 * signatures were looked at leaves the quote not evaluated.
 */
enum certbind_outcome {
    CERTBIND_NOT_EVALUATED = 0, /* not, or not completely */
    CERTBIND_PASSED,
    CERTBIND_FAILED
};

struct certbind_advisories {
    size_t count;
    char id[CERTBIND_ADVISORIES_MAX][CERTBIND_ADVISORY_LEN];
};

/* The status of one part, with the date and the advisories of the level that matched. */
struct certbind_tcb_part {
    enum certbind_tcb_status status;
    uint64_t tcb_date; /* seconds since 1970 */
    struct certbind_advisories advisories;
};

/* Owns all it holds; nothing to free. Without `verified` it explains a refusal and no more. */
struct certbind_dcap_report {
    bool verified;
    certbind_status code; /* of the first failure; CERTBIND_OK when verified */
    enum certbind_outcome quote;
    enum certbind_outcome collateral;
    enum certbind_outcome tcb;
    enum certbind_outcome td_attributes;

    enum certbind_tcb_status status; /* merged */
    struct certbind_tcb_part platform;
    struct certbind_tcb_part module; /* CERTBIND_TCB_NONE for SGX and for TDX modules before 1.5 */
    struct certbind_tcb_part qe;
    size_t advisory_count; /* of all three, in order of appearance, each once */
    char advisory[CERTBIND_ADVISORIES_MERGED_MAX][CERTBIND_ADVISORY_LEN];

    struct certbind_pck_extension pck;
    struct certbind_collateral_facts facts; /* root, simulated, evaluation numbers, CRL numbers */
    uint64_t valid_from;                    /* first and last second of this verdict */
    uint64_t valid_until;
    unsigned signature_checks; /* of the quote; those of the collateral are in facts */

    uint16_t quote_version;
    uint32_t tee_type;
    enum certbind_quote_body body_type;
    uint8_t quote_sha256[CERTBIND_SHA256_LEN]; /* of the canonical bytes */
    struct certbind_sgx_report sgx;            /* as in struct certbind_quote */
    struct certbind_td_report td;
};

/** Fill in the defaults: UpToDate only, nothing else allowed, no further limits. */
void certbind_dcap_policy_default(struct certbind_dcap_policy *policy);

/**
 * Judge a quote with collateral that was authenticated before; its dates are checked again.
 *
 * Returns: CERTBIND_OK and report->verified, or the code of the first failure
 * In:      quote       the quote's bytes (borrowed)
 *          collateral  borrowed, not changed
 *          now         seconds since 1970
 *          policy      borrowed
 * Out:     report      filled as far as the evaluation came
 */
CERTBIND_MUST_CHECK certbind_status
certbind_dcap_verify(struct certbind_bytes quote, const struct certbind_collateral *collateral,
                     uint64_t now, const struct certbind_dcap_policy *policy,
                     struct certbind_dcap_report *report, struct certbind_error *err);

/* Everything a verdict depends on; all borrowed. */
struct certbind_dcap_input {
    struct certbind_bytes quote;
    struct certbind_bytes bundle;   /* form: certbind_collateral_new */
    struct certbind_bytes root_der; /* empty: Intel's root */
    uint64_t now;
    const struct certbind_dcap_policy *policy;
};

/**
 * Judge a quote with a bundle used once: the quote is parsed, then the collateral is authenticated,
 * then the quote is judged.
 *
 * Returns, Out: as certbind_dcap_verify and certbind_collateral_new
 */
CERTBIND_MUST_CHECK certbind_status
certbind_dcap_verify_bundle(const struct certbind_dcap_input *input,
                            struct certbind_dcap_report *report, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
