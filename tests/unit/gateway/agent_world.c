#include "tests/unit/gateway/agent_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulator/reply_json.h"

static struct sim_seed seed_of(const char *hex)
{
    struct sim_seed seed = {.len = 0};

    assert_true(sim_seed_parse(hex, &seed));
    return seed;
}

static void boot(struct agent_world *w)
{
    struct sim_seed seed = seed_of(SIM_SEED_DEFAULT);
    struct sim_td_options td = {.seed = seed, .os_seed = seed_of(SIM_OS_SEED_DEFAULT)};
    struct sim_service *s = &w->service;
    struct certbind_error err = {0};

    assert_int_equal(CERTBIND_OK, sim_td_init(&w->td, &td, &err));
    assert_true(sim_platform_init(&w->platform, &seed));
    assert_true(sim_pki_init(&w->pki, &seed, &w->platform));
    assert_true(sim_quoter_init(&w->quoter, &w->platform, &w->pki));
    s->pki = &w->pki;
    s->platform = &w->platform;
    s->collateral_options.tcb_status = "UpToDate";
    assert_true(sim_agent_init(&s->agent, &w->td, &w->quoter, sim_service_now(s)));
    assert_true(sim_collateral_issue(&s->collateral, &w->pki, &w->platform, &s->collateral_options,
                                     sim_service_now(s)));
}

static void configure(struct agent_world *w, const char *members)
{
    struct certbind_problems problems = {.count = 0};
    struct sim_buffer text = {0};

    sim_buffer_printf(&text, "{%s\"insecure_agent_endpoint\":\"%s\",", members, w->socket);
    sim_buffer_printf(&text, "\"admin\":{\"address\":\"127.0.0.1:0\"},");
    sim_buffer_printf(&text, "\"upstreams\":{\"app\":{\"servers\":[\"127.0.0.1:9\"]}}}");
    assert_int_equal(CERTBIND_OK,
                     gateway_config_parse(sim_buffer_view(&text), &w->config, &problems));
    sim_buffer_cleanup(&text);
}

void agent_world_open(struct agent_world *w, const char *members)
{
    memset(w, 0, sizeof *w);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/dp-unit-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)snprintf(w->socket, sizeof w->socket, "%s/agent.sock", w->folder);
    assert_int_equal(0, uv_loop_init(&w->loop));
    boot(w);
    assert_int_equal(0, sim_service_open(&w->service, &w->loop, w->socket, NULL, NULL));
    configure(w, members);
    w->log = (struct gateway_log){GATEWAY_LOG_TEXT, open("/dev/null", O_WRONLY | O_CLOEXEC), NULL};
    w->now = 1800000000;
}

void agent_world_close(struct agent_world *w)
{
    sim_service_close(&w->service);
    for (int i = 0; i < 1000 && uv_loop_alive(&w->loop); i++)
        (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    assert_int_equal(0, uv_loop_close(&w->loop));
    sim_service_cleanup(&w->service);
    sim_pki_cleanup(&w->pki);
    sim_td_cleanup(&w->td);
    gateway_config_cleanup(&w->config);
    (void)close(w->log.fd);
    (void)unlink(w->socket);
    (void)rmdir(w->folder);
}

static void on_late(uv_timer_t *timer)
{
    bool *late = timer->data;

    *late = true;
}

void agent_world_run(struct agent_world *w, const bool *done)
{
    uv_timer_t timer;
    bool late = false;

    assert_int_equal(0, uv_timer_init(&w->loop, &timer));
    timer.data = &late;
    (void)uv_timer_start(&timer, on_late, 20000, 0);
    while (!*done && !late)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    assert_false(late);
}

struct sim_reply agent_world_quote(struct agent_world *w, const uint8_t report_data[64])
{
    struct sim_reply reply = {0};
    cJSON *params = cJSON_CreateObject();

    sim_json_add_hex(params, "report_data", report_data, 64);
    sim_agent_get_quote(&w->service.agent, params, &reply);
    cJSON_Delete(params);
    assert_int_equal(200, reply.status);
    return reply;
}
