#include "tests/simulator/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/simulator/methods.h"
#include "tests/simulator/params.h"

int64_t sim_service_now(const struct sim_service *s)
{
    return s->fixed_now != 0 ? s->fixed_now : (int64_t)time(NULL);
}

static void begin_quote(struct sim_service *s);

static void call_free(struct sim_quote_call *call)
{
    cJSON_Delete(call->params);
    free(call);
}

/* The quote at the head of the queue is due. */
static void on_quote_due(uv_timer_t *timer)
{
    struct sim_service *s = timer->data;
    struct sim_quote_call *call = s->first;
    struct sim_reply reply = {0};

    s->first = call->next;
    if (s->first == NULL)
        s->last = NULL;
    s->quotes_made++;
    uv_update_time(timer->loop);
    (void)fprintf(stderr, "quote %lu begin_ms=%" PRIu64 " end_ms=%" PRIu64 "\n", s->quotes_made,
                  s->quote_began_ms, uv_now(timer->loop));
    if (call->conn != NULL) {
        s->agent.now = sim_service_now(s);
        sim_method_answer(call->method, &s->agent, call->params, &reply);
        sim_http_reply(call->conn, &reply, call->half);
    }
    call_free(call);
    begin_quote(s);
}

/* The hardware makes one quote at a time. */
static void begin_quote(struct sim_service *s)
{
    if (s->first == NULL || uv_is_active((uv_handle_t *)&s->quote_timer))
        return;
    uv_update_time(s->quote_timer.loop);
    s->quote_began_ms = uv_now(s->quote_timer.loop);
    (void)uv_timer_start(&s->quote_timer, on_quote_due, s->quote_delay_ms, 0);
}

/* In: params  taken over */
static void queue_call(struct sim_service *s, struct sim_http_conn *c, enum sim_method method,
                       cJSON *params, bool half)
{
    struct sim_quote_call *call = calloc(1, sizeof *call);
    struct sim_reply reply = {0};

    if (call == NULL) {
        cJSON_Delete(params);
        sim_http_drop(c);
        return;
    }
    call->conn = c;
    call->method = method;
    call->params = params;
    call->half = half;
    if (!sim_method_check(method, &s->agent, params, &reply)) {
        call_free(call);
        sim_http_reply(c, &reply, half);
        return;
    }
    if (s->last != NULL)
        s->last->next = call;
    else
        s->first = call;
    s->last = call;
    begin_quote(s);
}

/* In: params  taken over */
static void call_method(struct sim_service *s, struct sim_http_conn *c, enum sim_method method,
                        cJSON *params, bool half)
{
    struct sim_reply reply = {0};

    s->agent.now = sim_service_now(s);
    if (method != SIM_NO_METHOD && sim_method_quotes(method, params)) {
        queue_call(s, c, method, params, half);
        return;
    }
    if (method == SIM_NO_METHOD)
        sim_reply_error(&reply, 404, "Service not found");
    else
        sim_method_answer(method, &s->agent, params, &reply);
    cJSON_Delete(params);
    sim_http_reply(c, &reply, half);
}

/* Returns: whether the call is over because of a fault. */
static bool fail_call(struct sim_http_conn *c, enum sim_fault fault)
{
    struct sim_reply reply = {0};

    switch (fault) {
    case SIM_FAULT_NONE:
    case SIM_FAULT_TRUNCATED:
        return false;
    case SIM_FAULT_HANG:
        return true;
    case SIM_FAULT_CLOSE:
        sim_http_drop(c);
        return true;
    case SIM_FAULT_ERROR:
        sim_reply_error(&reply, 400, "Simulated failure");
        break;
    case SIM_FAULT_500:
        sim_reply_error(&reply, 500, "Simulated internal failure");
        break;
    case SIM_FAULT_GARBAGE:
        reply.status = 200;
        sim_buffer_put_text(&reply.body, "\x01\xfe{]garbage\xff");
        break;
    }
    sim_http_reply(c, &reply, false);
    return true;
}

static void on_request(struct sim_service *s, enum sim_api api, struct sim_http_conn *c,
                       const struct sim_http_request *r)
{
    enum sim_method method = sim_method_at(api, r->path);
    enum sim_fault fault =
        method == SIM_NO_METHOD ? SIM_FAULT_NONE : sim_faults_take(&s->faults, method);
    struct sim_reply reply = {0};
    cJSON *params;

    if (fail_call(c, fault))
        return;
    params = sim_params_read(r, &reply);
    if (params == NULL)
        sim_http_reply(c, &reply, false);
    else
        call_method(s, c, method, params, fault == SIM_FAULT_TRUNCATED);
}

static void on_agent_request(void *user, struct sim_http_conn *c, const struct sim_http_request *r)
{
    on_request(user, SIM_API_DSTACK, c, r);
}

static void on_tappd_request(void *user, struct sim_http_conn *c, const struct sim_http_request *r)
{
    on_request(user, SIM_API_TAPPD, c, r);
}

static void on_agent_gone(void *user, struct sim_http_conn *c)
{
    struct sim_service *s = user;

    for (struct sim_quote_call *call = s->first; call != NULL; call = call->next) {
        if (call->conn == c)
            call->conn = NULL;
    }
}

static void on_pccs_request(void *user, struct sim_http_conn *c, const struct sim_http_request *r)
{
    struct sim_service *s = user;
    struct sim_pccs pccs = {s->pki, s->platform, &s->collateral};
    struct sim_reply reply = {0};
    int64_t now = sim_service_now(s);

    if (sim_collateral_is_stale(&s->collateral, &s->collateral_options, now) &&
        !sim_collateral_issue(&s->collateral, s->pki, s->platform, &s->collateral_options, now))
        sim_reply_error(&reply, 500, "Cannot issue collateral");
    else
        sim_pccs_answer(&pccs, r, &reply);
    sim_http_reply(c, &reply, false);
}

static void on_pccs_gone(void *user, struct sim_http_conn *c)
{
    (void)user;
    (void)c;
}

int sim_service_open(struct sim_service *s, uv_loop_t *loop, const char *socket_path,
                     const char *tappd_path, const char *pccs_address)
{
    struct sim_http_handler tappd = {s, on_tappd_request, on_agent_gone};
    struct sim_http_handler agent = {s, on_agent_request, on_agent_gone};
    struct sim_http_handler pccs = {s, on_pccs_request, on_pccs_gone};
    int error = uv_timer_init(loop, &s->quote_timer);

    if (error != 0)
        return error;
    s->timer_open = true;
    s->quote_timer.data = s;
    error = sim_http_listen_unix(&s->agent_server, loop, socket_path, agent);
    if (error == 0 && tappd_path != NULL)
        error = sim_http_listen_unix(&s->tappd_server, loop, tappd_path, tappd);
    if (error == 0 && pccs_address != NULL)
        error = sim_http_listen_tcp(&s->pccs_server, loop, pccs_address, pccs);
    return error;
}

void sim_service_close(struct sim_service *s)
{
    sim_http_server_close(&s->agent_server);
    sim_http_server_close(&s->tappd_server);
    sim_http_server_close(&s->pccs_server);
    if (s->timer_open)
        uv_close((uv_handle_t *)&s->quote_timer, NULL);
    s->timer_open = false;
}

void sim_service_cleanup(struct sim_service *s)
{
    while (s->first != NULL) {
        struct sim_quote_call *call = s->first;

        s->first = call->next;
        call_free(call);
    }
    sim_collateral_cleanup(&s->collateral);
    sim_agent_cleanup(&s->agent);
}
