#include "tests/schedule/event.h"

#include <string.h>

#include "tests/schedule/sim.h"

enum { EVENTS = 24 };

struct event {
    struct sim_item item; /* first member */
    uint64_t at;
    void (*run)(void);
};

static struct event events[EVENTS];
static unsigned made, over;

static uint64_t event_ready(struct sim_item *item)
{
    return ((struct event *)item)->at;
}

static void event_run(struct sim_item *item)
{
    sim_remove(item);
    over++;
    ((struct event *)item)->run();
}

static const struct sim_item_ops event_ops = {"event", event_ready, event_run};

void event_reset(void)
{
    memset(events, 0, sizeof events);
    made = over = 0;
}

void event_at(uint64_t when, void (*run)(void))
{
    struct event *e = &events[made];

    if (made == EVENTS)
        sim_fail("too much is planned");
    made++;
    e->at = when;
    e->run = run;
    sim_add(&e->item, &event_ops);
}

void event_finish(void)
{
    while (over < made)
        if (!sim_step())
            sim_fail("a plan that is never carried out");
}
