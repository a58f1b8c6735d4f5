/* agent_schedules: the two kinds of schedules of the gateway's side of the guest agent. */
#ifndef TESTS_SCHEDULE_AGENT_SCHEDULES_H
#define TESTS_SCHEDULE_AGENT_SCHEDULES_H

/** The client alone against a scripted agent (agent_calls.c). */
void agent_calls_run(void);

/** Control and renewal against the simulator's agent, with faults and clock jumps
 * (agent_control.c). */
void agent_control_open(void);
void agent_control_run(void);
void agent_control_close(void);

#endif
