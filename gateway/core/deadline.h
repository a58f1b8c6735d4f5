/*
 * deadline: many coarse timers on one clock.
 *
 * A wheel of slots, one tick each. Moving a deadline further away, which is what every byte of
 * progress does, only writes a number: the entry is looked at again when its old slot comes up.
 * Nothing fires early; everything fires within two ticks of its time. Pure: time is an argument.
 */
#ifndef GW_CORE_DEADLINE_H
#define GW_CORE_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

enum { GW_WHEEL_SLOTS = 1024, GW_WHEEL_TICK_MS = 20 };

#define GW_NEVER UINT64_MAX

struct gw_deadline {
    struct gw_deadline *prev, *next; /* NULL: not on a wheel */
    uint64_t at;                     /* milliseconds; GW_NEVER: cleared */
    uint64_t tick;                   /* of the slot it lies in */
    void (*on_expire)(struct gw_deadline *d);
};

struct gw_wheel {
    uint64_t tick; /* all slots up to here have been looked at */
    size_t count;
    struct gw_deadline slots[GW_WHEEL_SLOTS]; /* heads of circular lists */
};

void gw_wheel_init(struct gw_wheel *w, uint64_t now_ms);

/** Prepare a deadline that is not set. */
void gw_deadline_init(struct gw_deadline *d, void (*on_expire)(struct gw_deadline *d));

/** Set or move it. Returns: when the wheel must be looked at for this entry, in milliseconds. */
uint64_t gw_deadline_set(struct gw_wheel *w, struct gw_deadline *d, uint64_t at_ms);

/** It no longer expires, but may stay on the wheel: cheap when it will soon be set again. */
void gw_deadline_clear(struct gw_deadline *d);

/** Take it off the wheel: before its memory goes. */
void gw_deadline_remove(struct gw_wheel *w, struct gw_deadline *d);

/** Call on_expire of everything due. A callback may set, clear or remove any deadline. */
void gw_wheel_expire(struct gw_wheel *w, uint64_t now_ms);

/** Returns: when to look again, in milliseconds; GW_NEVER when nothing is on the wheel. */
uint64_t gw_wheel_next(const struct gw_wheel *w);

#endif
