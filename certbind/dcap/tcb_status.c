#include "certbind/dcap/tcb_status.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
#define X(symbol, name) name,
    CERTBIND_TCB_STATUS_LIST(X)
#undef X
};

const char *certbind_tcb_status_name(enum certbind_tcb_status status)
{
    return (size_t)status < CERTBIND_TCB_STATUS_COUNT ? names[status] : names[CERTBIND_TCB_NONE];
}

enum certbind_tcb_status certbind_tcb_status_parse(const char *name)
{
    for (size_t i = CERTBIND_TCB_NONE + 1; i < CERTBIND_TCB_STATUS_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum certbind_tcb_status)i;
    return CERTBIND_TCB_NONE;
}

bool certbind_tcb_status_is_relaunch(enum certbind_tcb_status status)
{
    return status == CERTBIND_TCB_TD_RELAUNCH_ADVISED ||
           status == CERTBIND_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED;
}

bool certbind_tcb_status_is_out_of_date(enum certbind_tcb_status status)
{
    return status == CERTBIND_TCB_OUT_OF_DATE ||
           status == CERTBIND_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static enum certbind_tcb_status merge_out_of_date(enum certbind_tcb_status platform)
{
    switch (platform) {
    case CERTBIND_TCB_UP_TO_DATE:
    case CERTBIND_TCB_SW_HARDENING_NEEDED:
        return CERTBIND_TCB_OUT_OF_DATE;
    case CERTBIND_TCB_CONFIGURATION_NEEDED:
    case CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
        return CERTBIND_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    default:
        return platform;
    }
}

enum certbind_tcb_status certbind_tcb_status_merge(enum certbind_tcb_status platform,
                                                   enum certbind_tcb_status part)
{
    if (platform == CERTBIND_TCB_NONE || (size_t)platform >= CERTBIND_TCB_STATUS_COUNT ||
        certbind_tcb_status_is_relaunch(platform))
        return CERTBIND_TCB_NONE;
    if (part == CERTBIND_TCB_UP_TO_DATE)
        return platform;
    if (part == CERTBIND_TCB_OUT_OF_DATE)
        return merge_out_of_date(platform);
    return part == CERTBIND_TCB_REVOKED ? CERTBIND_TCB_REVOKED : CERTBIND_TCB_NONE;
}
