#include "certbind/same_td.h"

#include <string.h>

static const char *measured_difference(const struct certbind_td_report *a,
                                       const struct certbind_td_report *b)
{
    static const char *const rtmrs[] = {"RTMR0", "RTMR1", "RTMR2", "RTMR3"};

    if (memcmp(a->mrtd, b->mrtd, sizeof a->mrtd) != 0)
        return "MRTD";
    for (size_t i = 0; i < sizeof rtmrs / sizeof rtmrs[0]; i++)
        if (memcmp(a->rtmr[i], b->rtmr[i], sizeof a->rtmr[i]) != 0)
            return rtmrs[i];
    if (memcmp(a->mr_config_id, b->mr_config_id, sizeof a->mr_config_id) != 0)
        return "MR_CONFIG_ID";
    if (a->td_attributes != b->td_attributes)
        return "the TD attributes";
    return a->xfam != b->xfam ? "XFAM" : NULL;
}

const char *certbind_td_difference(const struct certbind_td_state *a,
                                   const struct certbind_td_state *b)
{
    const struct certbind_identity *x = a->identity;
    const struct certbind_identity *y = b->identity;
    const char *measured = measured_difference(a->td, b->td);

    if (measured != NULL)
        return measured;
    if (memcmp(x->app_id, y->app_id, sizeof x->app_id) != 0)
        return "the app id";
    if (memcmp(x->compose_hash, y->compose_hash, sizeof x->compose_hash) != 0)
        return "the compose hash";
    if (x->has_instance_id != y->has_instance_id ||
        memcmp(x->instance_id, y->instance_id, sizeof x->instance_id) != 0)
        return "the instance id";
    return NULL;
}
