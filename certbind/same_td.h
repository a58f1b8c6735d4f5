/*
 * same_td: whether two quotes describe the same TD in the same state running the same app
 * (binding.md 5): MRTD, RTMR0-3, MR_CONFIG_ID, TD attributes and XFAM of the quotes, app_id,
 * compose_hash and instance_id of their replayed logs. Pure.
 */
#ifndef CERTBIND_SAME_TD_H
#define CERTBIND_SAME_TD_H

#include "certbind/dcap/quote.h"
#include "certbind/event_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One side of the comparison; borrowed. */
struct certbind_td_state {
    const struct certbind_td_report *td;
    const struct certbind_identity *identity;
};

/** Returns: NULL when they are the same, else the name of the first difference (static). */
const char *certbind_td_difference(const struct certbind_td_state *a,
                                   const struct certbind_td_state *b);

#ifdef __cplusplus
}
#endif

#endif
