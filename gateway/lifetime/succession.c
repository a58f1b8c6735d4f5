#include "gateway/lifetime/succession.h"

#include <errno.h>
#include <string.h>

#include "gateway/handover/taker.h"

const char *gateway_succession_state_name(enum gateway_succession_state state)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        GATEWAY_SUCCESSION_STATE_LIST(X)
#undef X
    };

    return names[state];
}

static void tell(struct gateway_succession *s, enum gateway_log_level level,
                 enum gateway_succession_state state, const char *detail)
{
    s->counts[state]++;
    GATEWAY_LOG(s->log, level, "takeover", {"state", gateway_succession_state_name(state), 0},
                {"detail", detail, 0});
}

static void on_event(void *user_data, enum handover_event event, const char *detail,
                     pid_t successor)
{
    struct gateway_succession *s = user_data;

    switch (event) {
    case HANDOVER_GIVEN:
        tell(s, GATEWAY_LOG_INFO, GATEWAY_SUCCESSION_GIVEN,
             "the successor has the listeners, and is not ready yet");
        break;
    case HANDOVER_ABANDONED:
        tell(s, GATEWAY_LOG_WARN, GATEWAY_SUCCESSION_ABANDONED, detail);
        break;
    case HANDOVER_REFUSED:
        tell(s, GATEWAY_LOG_WARN, GATEWAY_SUCCESSION_REFUSED, detail);
        break;
    case HANDOVER_TAKEN:
        tell(s, GATEWAY_LOG_INFO, GATEWAY_SUCCESSION_TAKEN, "the successor serves; this one ends");
        if (successor != 0)
            gateway_notify_hand_over(s->notify, successor);
        s->on_taken(s->user);
        break;
    }
}

static void wait_for_successor(struct gateway_succession *s)
{
    const struct handover_giver_options options = {
        .loop = s->loop,
        .listening = gateway_sockets_control(s->sockets),
        .plan = s->sockets->plan,
        .fds = s->sockets->fds,
        .fds_count = s->sockets->count,
        .user = s->sockets->user,
        .on_event = on_event,
        .user_data = s,
    };

    if (options.listening < 0)
        return;
    s->giver = handover_giver_start(&options);
    if (s->giver == NULL)
        tell(s, GATEWAY_LOG_ERROR, GATEWAY_SUCCESSION_REFUSED, "no successor can be waited for");
}

void gateway_succession_start(struct gateway_succession *s)
{
    if (s->sockets->predecessor < 0)
        wait_for_successor(s);
}

void gateway_succession_serving(struct gateway_succession *s)
{
    const int predecessor = s->sockets->predecessor;

    if (predecessor < 0)
        return;
    s->sockets->predecessor = -1;
    gateway_notify_succeed(s->notify);
    if (handover_taker_ready(predecessor, s->notify->fd >= 0))
        tell(s, GATEWAY_LOG_INFO, GATEWAY_SUCCESSION_DONE, "the predecessor accepts no more");
    else
        tell(s, GATEWAY_LOG_WARN, GATEWAY_SUCCESSION_DONE, "the predecessor was gone already");
    wait_for_successor(s);
}

void gateway_succession_stop(struct gateway_succession *s)
{
    handover_giver_stop(s->giver);
    s->giver = NULL;
}
