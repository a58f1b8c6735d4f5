/*
 * signals: those that tell the process what to do, read on the control loop and handled nowhere
 * else.
 *
 * They stay blocked from then on, also when nothing reads them any more: a process that is about to
 * end by itself ends with its own exit code, whoever else asks it to.
 */
#ifndef GW_CORE_SIGNALS_H
#define GW_CORE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

typedef void gw_signal_cb(void *user, int number);

struct gw_signals {
    uv_poll_t poll;
    sigset_t set;
    int fd;       /* -1: not open */
    bool watched; /* poll is a handle of the loop */
    gw_signal_cb *on_signal;
    void *user;
};

/**
 * Open what they are read from. Comes before a filter of system calls; until they are watched they
 * do what they do by default.
 *
 * Returns: false when the kernel gives no descriptor
 * In:      numbers  which signals
 */
bool gw_signals_open(struct gw_signals *signals, const int *numbers, size_t count);

/**
 * Block them in this thread and those it makes from now on, and tell of each on the loop. Comes
 * before the first other thread. The struct must outlive the loop.
 *
 * Returns: false when the loop cannot
 * In:      on_signal  is not called after gw_signals_stop
 */
bool gw_signals_watch(struct gw_signals *signals, uv_loop_t *loop, gw_signal_cb *on_signal,
                      void *user);

/** Tell of no more: what comes is left waiting. The handle is closed in the loop's next turn. */
void gw_signals_stop(struct gw_signals *signals);

/** Close what is open; a zeroed fd counts as open. Comes after the loop has ended. */
void gw_signals_cleanup(struct gw_signals *signals);

#endif
