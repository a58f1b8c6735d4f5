/* Random schedules of the gateway's side of the guest agent: nine in ten of the client alone. */
#include "tests/schedule/agent_schedules.h"
#include "tests/schedule/program.h"
#include "tests/schedule/sim.h"

enum { CONTROL_EVERY = 10 };

static uint64_t run(uint64_t seed, bool trace)
{
    sim_begin(seed, trace);
    if (seed % CONTROL_EVERY == 0)
        agent_control_run();
    else
        agent_calls_run();
    return sim_end();
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .open = agent_control_open, .run = run, .close = agent_control_close, .count = 4000};

    return program_main(argc, argv, &program);
}
