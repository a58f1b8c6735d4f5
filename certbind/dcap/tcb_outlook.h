/*
 * tcb_outlook: how current a platform is, and what it is short of.
 *
 * Pure. A diagnosis for operators, not a verdict: it takes every status and every kind of TD. With
 * the collateral of Intel's next evaluation (PCS: update=early) it says what that will find.
 */
#ifndef CERTBIND_DCAP_TCB_OUTLOOK_H
#define CERTBIND_DCAP_TCB_OUTLOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/tcb_status.h"
#include "certbind/dcap/verify.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_SHORTFALL_TEXT = 64,
    CERTBIND_SHORTFALLS_MAX = 2 * CERTBIND_SVN_COUNT + 3 /* with PCESVN, TDX module, QE */
};

/* One security version below that of the best level within reach. */
struct certbind_shortfall {
    char name[CERTBIND_SHORTFALL_TEXT]; /* "sgx component 8": 1 to 16, as in Intel's documents */
    unsigned have;
    unsigned need;
    enum certbind_tcb_status level; /* status and date of the level that needs it */
    uint64_t level_date;
    char raised_by[CERTBIND_SHORTFALL_TEXT];
};

/* Owns all it holds; nothing to free. */
struct certbind_tcb_outlook {
    bool authentic; /* quote and collateral are genuine and valid now; else nothing below counts */
    bool current;   /* UpToDate */
    struct certbind_dcap_report report;
    size_t count;
    struct certbind_shortfall shortfall[CERTBIND_SHORTFALLS_MAX];
};

/**
 * Judge a quote's platform and list what keeps it from the best level of the collateral.
 *
 * Returns: CERTBIND_OK when authentic, whatever the status; else why it is not
 * In:      quote       the quote's bytes (borrowed)
 *          collateral  borrowed
 *          now         seconds since 1970
 */
CERTBIND_MUST_CHECK certbind_status certbind_tcb_outlook_make(
    struct certbind_bytes quote, const struct certbind_collateral *collateral, uint64_t now,
    struct certbind_tcb_outlook *out, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
