/*
 * giver: a running gateway hands its descriptors to the one that is to replace it. Main loop only.
 */
#ifndef GATEWAY_HANDOVER_GIVER_H
#define GATEWAY_HANDOVER_GIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <uv.h>

enum handover_event {
    HANDOVER_GIVEN = 1, /* the descriptors are with a taker, which is not ready yet */
    HANDOVER_TAKEN,     /* it is ready: accept no more. The last event */
    HANDOVER_ABANDONED, /* it has gone before: everything is as it was */
    HANDOVER_REFUSED    /* somebody came who got nothing; detail says why */
};

struct handover_giver;

struct handover_giver_options {
    uv_loop_t *loop;
    int listening; /* of handover_listen; borrowed, like all below, until the giver has stopped */
    const char *plan; /* what the descriptors are */
    const int *fds;
    size_t fds_count;
    uid_t user; /* who may come */

    /** In: detail     a sentence, or ""
     *      successor  of HANDOVER_TAKEN: the process that the service manager is to follow, if the
     *                 taker has told it so; else 0 */
    void (*on_event)(void *user_data, enum handover_event event, const char *detail,
                     pid_t successor);
    void *user_data;
};

/** Returns: to be given to handover_giver_stop; NULL when it cannot be. */
struct handover_giver *handover_giver_start(const struct handover_giver_options *options);

/** End; the memory is freed by the loop. NULL does nothing. Also from within on_event. */
void handover_giver_stop(struct handover_giver *giver);

#endif
