#include "tests/unit/gateway/desk_world.h"

#include <stdlib.h>
#include <string.h>

/* The clock and the answer callback have no argument of their own. */
static struct desk_world *current;

static int64_t now(void)
{
    return current->clock_s;
}

static void on_publish(void *user, struct gateway_identity *identity,
                       struct gateway_evidence *evidence)
{
    struct desk_world *t = user;

    (void)identity;
    t->published = true;
    t->times++;
    memcpy(t->statement, evidence->statement_sha256, sizeof t->statement);
}

/* As a client would judge the place of its value. */
static certbind_status check_ticket(const struct gateway_quote_ticket *t)
{
    const struct gateway_quoted *q = t->quoted;
    struct certbind_tree_proof place;
    uint8_t value[64];

    certbind_tree_prove(&q->tree, t->index, &place);
    assert_true(t->session ? certbind_session_value(&t->inputs, value)
                           : certbind_binding_value(q->evidence->statement_sha256,
                                                    certbind_bytes(t->inputs.nonce, 32), value));
    return certbind_tree_check(&place, value, q->quote.td.report_data, NULL);
}

static void on_answer(struct gw_loop *loop, void *arg)
{
    struct desk_answers *answers = &current->answers;
    struct gateway_quote_ticket *t = arg;
    const unsigned i = atomic_load(&answers->count);

    (void)loop;
    answers->outcome[i] = t->outcome;
    if (t->outcome == GATEWAY_TICKET_QUOTED) {
        answers->size[i] = t->quoted->tree.count;
        memcpy(answers->statement[i], t->quoted->evidence->statement_sha256, 32);
        answers->check[i] = check_ticket(t);
    }
    gateway_quote_ticket_free(t);
    atomic_fetch_add(&answers->count, 1);
}

struct desk_world *desk_world_open(void)
{
    static const struct gw_listener_config listener = {.address = "127.0.0.1:0"};
    struct desk_world *t = calloc(1, sizeof *t);
    struct gw_config engine;
    char err[128] = "";

    assert_non_null(t);
    current = t;
    t->clock_s = 1800000000;
    agent_world_open(&t->w, "\"evidence\":{\"collateral_url\":\"\",\"lifetime_s\":3600},"
                            "\"agent\":{\"timeout_ms\":2000},");
    gw_config_init(&engine);
    engine.threads = 1;
    engine.listeners = &listener;
    engine.listeners_count = 1;
    t->server = gw_server_start(&engine, NULL, err, sizeof err);
    assert_non_null(t->server);
    t->control = gateway_control_start(&(struct gateway_control_options){.loop = &t->w.loop,
                                                                         .config = &t->w.config,
                                                                         .log = &t->w.log,
                                                                         .now = now,
                                                                         .publish = on_publish,
                                                                         .user = t});
    assert_non_null(t->control);
    agent_world_run(&t->w, &t->published);
    return t;
}

void desk_world_close(struct desk_world *t)
{
    gw_server_stop(t->server);
    gw_server_join(t->server);
    gateway_control_stop(t->control);
    gw_server_free(t->server);
    agent_world_close(&t->w);
    free(t);
    current = NULL;
}

struct gateway_quote_ticket *desk_world_ask(struct desk_world *t, bool session)
{
    static uint8_t next;
    struct gateway_quote_ticket *ticket =
        gateway_quote_ticket_new(gw_server_loop(t->server, 0), NULL);

    assert_non_null(ticket);
    ticket->session = session;
    ticket->answer = on_answer;
    memset(ticket->inputs.nonce, ++next, sizeof ticket->inputs.nonce);
    assert_true(gateway_quote_desk_hand_over(gateway_control_desk(t->control), ticket));
    return ticket;
}

void desk_world_wait(struct desk_world *t, unsigned count)
{
    for (int turns = 0; atomic_load(&t->answers.count) < count && turns < 10000; turns++) {
        (void)uv_run(&t->w.loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    assert_int_equal(count, atomic_load(&t->answers.count));
}

void desk_world_wait_making(struct desk_world *t)
{
    for (int turns = 0; t->w.service.first == NULL && turns < 10000; turns++) {
        (void)uv_run(&t->w.loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    assert_non_null(t->w.service.first);
}
