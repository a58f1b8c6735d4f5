#include "gateway/core/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

bool gw_signals_open(struct gw_signals *signals, const int *numbers, size_t count)
{
    *signals = (struct gw_signals){.fd = -1};
    (void)sigemptyset(&signals->set);
    for (size_t i = 0; i < count; i++)
        (void)sigaddset(&signals->set, numbers[i]);
    signals->fd = signalfd(-1, &signals->set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals->fd >= 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct gw_signals *signals = poll->data;
    struct signalfd_siginfo info;

    (void)status;
    (void)events;
    /* One at a time: what a signal leads to may stop the rest. */
    if (read(signals->fd, &info, sizeof info) == (ssize_t)sizeof info)
        signals->on_signal(signals->user, (int)info.ssi_signo);
}

bool gw_signals_watch(struct gw_signals *signals, uv_loop_t *loop, gw_signal_cb *on_signal,
                      void *user)
{
    signals->poll.data = signals;
    signals->on_signal = on_signal;
    signals->user = user;
    signals->watched = pthread_sigmask(SIG_BLOCK, &signals->set, NULL) == 0 &&
                       uv_poll_init(loop, &signals->poll, signals->fd) == 0;
    return signals->watched && uv_poll_start(&signals->poll, UV_READABLE, on_readable) == 0;
}

void gw_signals_stop(struct gw_signals *signals)
{
    if (signals->watched)
        uv_close((uv_handle_t *)&signals->poll, NULL);
    signals->watched = false;
}

void gw_signals_cleanup(struct gw_signals *signals)
{
    if (signals->fd >= 0)
        (void)close(signals->fd);
    signals->fd = -1;
}
