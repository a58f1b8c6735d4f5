#include "gateway/core/deadline.h"

#include <stdbool.h>

static void list_init(struct gw_deadline *head)
{
    head->prev = head;
    head->next = head;
}

static void unlink_entry(struct gw_wheel *w, struct gw_deadline *d)
{
    d->prev->next = d->next;
    d->next->prev = d->prev;
    d->prev = NULL;
    d->next = NULL;
    w->count--;
}

/* The tick at whose end everything up to at_ms is due, within what the wheel can hold. */
static uint64_t tick_for(const struct gw_wheel *w, uint64_t at_ms)
{
    uint64_t tick = at_ms / GW_WHEEL_TICK_MS + 1;

    if (tick <= w->tick)
        return w->tick + 1;
    if (tick >= w->tick + GW_WHEEL_SLOTS)
        return w->tick + GW_WHEEL_SLOTS - 1;
    return tick;
}

static void link_entry(struct gw_wheel *w, struct gw_deadline *d)
{
    struct gw_deadline *head;

    d->tick = tick_for(w, d->at);
    head = &w->slots[d->tick % GW_WHEEL_SLOTS];
    d->prev = head->prev;
    d->next = head;
    head->prev->next = d;
    head->prev = d;
    w->count++;
}

void gw_wheel_init(struct gw_wheel *w, uint64_t now_ms)
{
    w->tick = now_ms / GW_WHEEL_TICK_MS;
    w->count = 0;
    for (size_t i = 0; i < GW_WHEEL_SLOTS; i++)
        list_init(&w->slots[i]);
}

void gw_deadline_init(struct gw_deadline *d, void (*on_expire)(struct gw_deadline *d))
{
    d->prev = NULL;
    d->next = NULL;
    d->at = GW_NEVER;
    d->tick = 0;
    d->on_expire = on_expire;
}

uint64_t gw_deadline_set(struct gw_wheel *w, struct gw_deadline *d, uint64_t at_ms)
{
    d->at = at_ms;
    if (d->next != NULL) {
        if (tick_for(w, at_ms) >= d->tick)
            return d->tick * GW_WHEEL_TICK_MS;
        unlink_entry(w, d);
    }
    link_entry(w, d);
    return d->tick * GW_WHEEL_TICK_MS;
}

void gw_deadline_clear(struct gw_deadline *d)
{
    d->at = GW_NEVER;
}

void gw_deadline_remove(struct gw_wheel *w, struct gw_deadline *d)
{
    d->at = GW_NEVER;
    if (d->next != NULL)
        unlink_entry(w, d);
}

/* Look at one slot. Its list is moved away first, so that what is set meanwhile is not seen. */
static void expire_slot(struct gw_wheel *w, struct gw_deadline *head, uint64_t now_ms)
{
    struct gw_deadline due;

    if (head->next == head)
        return;
    due = *head;
    due.next->prev = &due;
    due.prev->next = &due;
    list_init(head);
    while (due.next != &due) {
        struct gw_deadline *d = due.next;

        unlink_entry(w, d);
        if (d->at <= now_ms) {
            d->at = GW_NEVER;
            d->on_expire(d);
        } else if (d->at != GW_NEVER) {
            link_entry(w, d);
        }
    }
}

void gw_wheel_expire(struct gw_wheel *w, uint64_t now_ms)
{
    uint64_t until = now_ms / GW_WHEEL_TICK_MS;

    /* After a long sleep every slot is looked at once, not once per turn of the wheel. */
    if (until > w->tick + GW_WHEEL_SLOTS)
        w->tick = until - GW_WHEEL_SLOTS;
    while (w->tick < until) {
        w->tick++;
        expire_slot(w, &w->slots[w->tick % GW_WHEEL_SLOTS], now_ms);
    }
}

uint64_t gw_wheel_next(const struct gw_wheel *w)
{
    if (w->count == 0)
        return GW_NEVER;
    for (uint64_t i = 1; i < GW_WHEEL_SLOTS; i++) {
        const struct gw_deadline *head = &w->slots[(w->tick + i) % GW_WHEEL_SLOTS];

        if (head->next != head)
            return (w->tick + i) * GW_WHEEL_TICK_MS;
    }
    return (w->tick + GW_WHEEL_SLOTS) * GW_WHEEL_TICK_MS;
}
