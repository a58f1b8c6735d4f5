/* event: what a schedule plans: a function that is called once, at some time. */
#ifndef TESTS_SCHEDULE_EVENT_H
#define TESTS_SCHEDULE_EVENT_H

#include <stdint.h>

/** Forget what was planned; at the begin of a schedule. */
void event_reset(void);

void event_at(uint64_t when, void (*run)(void));

/** Run the machine until everything planned has happened. */
void event_finish(void);

#endif
