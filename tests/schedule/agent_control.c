/*
 * Schedules of control and renewal: the simulator's guest agent, on the same simulated loop, fails,
 * hangs and disappears, and the wall clock jumps. What is handed out is never old, and once the
 * agent works again it is new within a bounded time.
 */
#include "tests/schedule/agent_schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "gateway/control/control.h"
#include "gateway/identity/identity.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"
#include "tests/simulator/pki.h"
#include "tests/simulator/service.h"

#define AGENT "/sim/agent"

enum { LIFETIME_S = 300, DAY_S = 86400, RECOVERY_S = 240, TROUBLES = 6 };

/* Made once: a machine, its keys and its quoting. */
static struct {
    struct sim_platform platform;
    struct sim_pki pki;
    struct sim_td td;
    struct sim_quoter quoter;
} machine;

static struct {
    struct sim_service service;
    struct gateway_config config;
    struct gateway_control *control;
    uv_loop_t loop;
    int64_t issued_at, not_after; /* of what was handed out last */
    unsigned published;
    bool stopped, away;
    uint64_t jumped; /* when the clock did last */
    unsigned accepted;
} w;

static int64_t now(void)
{
    return sim_clock();
}

void agent_control_open(void)
{
    struct sim_seed seed = {.len = 0};
    struct sim_td_options td = {0};
    struct certbind_error err = {0};

    /* The simulator tells of every quote. */
    stderr = fopen("/dev/null", "w");
    if (stderr == NULL || !sim_seed_parse(SIM_SEED_DEFAULT, &seed) ||
        !sim_seed_parse(SIM_OS_SEED_DEFAULT, &td.os_seed))
        sim_fail("cannot begin");
    td.seed = seed;
    if (sim_td_init(&machine.td, &td, &err) != CERTBIND_OK ||
        !sim_platform_init(&machine.platform, &seed) ||
        !sim_pki_init(&machine.pki, &seed, &machine.platform) ||
        !sim_quoter_init(&machine.quoter, &machine.platform, &machine.pki))
        sim_fail("cannot make a machine");
}

void agent_control_close(void)
{
    sim_pki_cleanup(&machine.pki);
    sim_td_cleanup(&machine.td);
    (void)fclose(stderr);
}

static int on_dial(const char *address, struct sim_wire_end *server)
{
    if (w.away || strcmp(address, AGENT) != 0)
        return UV_ENOENT;
    return sim_offer(address, server) ? 0 : UV_ECONNREFUSED;
}

static void on_publish(void *user, struct gateway_identity *identity,
                       struct gateway_evidence *evidence)
{
    (void)user;
    (void)identity;
    if (w.stopped)
        sim_fail("evidence is handed out after the stop");
    /* A clock that jumps during a round may outrun it; then it is not served. */
    if (evidence->not_after <= now() && sim_now() > w.jumped + 30 * SIM_S)
        sim_fail("evidence is handed out that has expired");
    if (w.published == 0 && identity == NULL)
        sim_fail("the first evidence comes without an identity");
    w.published++;
    w.issued_at = evidence->issued_at;
    w.not_after = evidence->not_after;
    sim_note("published %lld", (long long)(evidence->issued_at - now()));
}

static void configure(void)
{
    static const char text[] =
        "{\"insecure_agent_endpoint\":\"" AGENT "\",\"agent\":{\"timeout_ms\":2000},"
        "\"evidence\":{\"collateral_url\":\"\",\"lifetime_s\":300},"
        "\"upstreams\":{\"app\":{\"servers\":[\"127.0.0.1:9\"]}}}";
    struct certbind_problems problems = {.count = 0};

    if (gateway_config_parse(certbind_text(text), &w.config, &problems) != CERTBIND_OK)
        sim_fail("the configuration is refused");
}

static void open_agent(void)
{
    struct sim_service *s = &w.service;

    s->pki = &machine.pki;
    s->platform = &machine.platform;
    s->collateral_options.tcb_status = "UpToDate";
    if (!sim_agent_init(&s->agent, &machine.td, &machine.quoter, now()) ||
        sim_service_open(s, &w.loop, AGENT, NULL, NULL) != 0)
        sim_fail("the agent does not start");
}

static void one_trouble(void)
{
    static const char *const faults[] = {"any:error:1",     "GetQuote:500:2", "any:truncated:1",
                                         "GetQuote:hang:1", "Info:garbage:1", "any:close:2",
                                         "GetKey:hang:1"};
    static const int64_t jumps[] = {DAY_S, -DAY_S, LIFETIME_S, -LIFETIME_S, 2};

    switch (sim_below(4)) {
    case 0:
        w.service.faults.count = 0;
        if (!sim_faults_add(&w.service.faults, faults[sim_below(7)]))
            sim_fail("no such fault");
        break;
    case 1:
        w.away = !w.away;
        sim_note("agent %s", w.away ? "away" : "back");
        break;
    case 2:
        sim_clock_jump(jumps[sim_below(5)]);
        w.jumped = sim_now();
        sim_note("jump");
        break;
    default:
        w.service.quote_delay_ms = (unsigned)sim_below(3000);
        break;
    }
}

static void step_until(uint64_t until)
{
    while (sim_now() < until)
        if (!sim_step())
            sim_fail("nothing can happen any more");
}

/* Whether a client with the right time would accept it. */
static bool is_good(void)
{
    return w.published > 0 && w.issued_at <= now() + 300 && w.not_after > now();
}

static void live(void)
{
    uint64_t recovered;

    for (size_t n = sim_below(TROUBLES); n > 0; n--) {
        step_until(sim_now() + sim_delay(200 * SIM_S));
        one_trouble();
    }
    w.away = false;
    w.service.faults.count = 0;
    w.service.quote_delay_ms = 0;
    recovered = sim_now();
    while (!is_good()) {
        step_until(sim_now() + SIM_MS);
        if (sim_now() > recovered + RECOVERY_S * SIM_S)
            sim_fail("no good evidence %d s after the agent works again", RECOVERY_S);
    }
    /* From here on there is good evidence at any time. */
    for (int i = 0; i < 8; i++) {
        step_until(sim_now() + 60 * SIM_S);
        if (!is_good())
            sim_fail("evidence runs out with an agent that works");
    }
}

void agent_control_run(void)
{
    struct gateway_log log = {GATEWAY_LOG_TEXT, -1, NULL};
    struct gateway_control_options options = {
        .loop = &w.loop, .config = &w.config, .log = &log, .now = now, .publish = on_publish};

    memset(&w, 0, sizeof w);
    sim_on_dial = on_dial;
    sim_set_stalls(sim_chance(3) ? 500 : 0);
    (void)uv_loop_init(&w.loop);
    configure();
    open_agent();
    w.control = gateway_control_start(&options);
    if (w.control == NULL)
        sim_fail("control does not start");
    if (sim_chance(6))
        step_until(sim_now() + sim_delay(SIM_S)); /* stopped in the middle of the first round */
    else
        live();
    w.stopped = true;
    gateway_control_stop(w.control);
    sim_service_close(&w.service);
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&w.loop) != 0)
        sim_fail("something was left on the loop");
    sim_service_cleanup(&w.service);
    gateway_config_cleanup(&w.config);
}
