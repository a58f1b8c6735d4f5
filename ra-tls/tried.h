/*
 * tried: the reasons of sources that gave no collateral. Private to libratls.
 */
#ifndef RATLS_TRIED_H
#define RATLS_TRIED_H

#include "ra-tls/sources.h"

/** Add a source and why it failed; what does not fit is dropped. */
void ratls_tried_add(struct ratls_tried *tried, const char *source,
                     const struct certbind_error *why);

/** Fill err with the reasons, as many as fit. Returns: CERTBIND_E_COLLATERAL_MISSING. */
certbind_status ratls_tried_fail(const struct ratls_tried *tried, struct certbind_error *err);

/** Returns: whether other collateral could change this refusal. */
bool ratls_tried_would_help(certbind_status status);

/** Tell the reasons in a report that was refused for want of collateral: each in a note, and in
 * the detail when there was no collateral at all. Nobody having been asked is one. */
void ratls_tried_tell(const struct ratls_tried *tried, struct certbind_report *report);

#endif
