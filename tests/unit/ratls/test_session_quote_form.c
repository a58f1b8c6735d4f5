/* When a session asks for the quote form, what it does with a busy server, and what it refuses. */
#include <stdio.h>
#include <string.h>

#include "certbind/session.h"
#include "ra-tls/context.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/ratls/session_scene.h"

enum { AGE = 100 };

#define JSON_429 "HTTP/1.1 429 Busy\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"

static int open_quotes(void **state)
{
    return scene_open_with(state, "{\"session\":\"quote\",\"os\"");
}

static int open_aged(void **state)
{
    return scene_open_with(state, "{\"max_evidence_age_s\":100,\"os\"");
}

static void next_connection(struct scene *x)
{
    const uint64_t now = x->side.now;

    side_close(&x->side);
    side_open(&x->side, x->ctx, &x->world, certbind_bytes(NULL, 0));
    x->side.now = now;
}

/* The first connection of a context: binding, then a proof in quote form. */
static struct side *first_connection(struct scene *x)
{
    struct side *s = &x->side;

    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "binding "));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked_quote(s));
    return s;
}

static void every_connection_is_quoted(void **state)
{
    struct scene *x = *state;
    struct side *s = first_connection(x);

    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_true(ratls_session_report(s->session)->complete);
    next_connection(x);
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked_quote(s));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
}

static void a_signature_is_not_what_was_asked(void **state)
{
    static const struct certbind_session_reply reply = {{1}, {2}, {3}};
    struct side *s = first_connection(*state);
    char body[CERTBIND_SESSION_REPLY_ROOM];
    char text[CERTBIND_SESSION_REPLY_ROOM + 128];

    certbind_session_reply_encode(&reply, body);
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    assert_int_equal(RATLS_REFUSED, side_step(s, text));
    assert_refused(s, CERTBIND_E_SESSION_KIND);
}

static void a_quote_of_another_machine_refuses(void **state)
{
    static const char other[] = "999999999999999999999999999999999999999999999999"
                                "999999999999999999999999999999999999999999999999";
    struct side *s = first_connection(*state);

    s->knobs.mrtd = other;
    assert_int_equal(RATLS_REFUSED, side_answer(s));
    assert_refused(s, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE);
}

static void a_statement_is_quoted_once_then_signed(void **state)
{
    struct scene *x = *state;
    struct side *s = first_connection(x);
    const uint64_t sent_at = s->now;

    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_int_equal(sent_at + AGE, ratls_session_expires_at(s->session));
    s->now = sent_at + AGE - 20;
    next_connection(x);
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "session?"));
    assert_false(side_asked_quote(s));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    /* It is as old as the quote, not as its signature. */
    assert_int_equal(sent_at + AGE, ratls_session_expires_at(s->session));
    /* Shortly before the end, and after it, a quote is asked for again. */
    for (int i = -5; i < 10; i += 10) {
        s->now = sent_at + AGE + (uint64_t)(int64_t)i;
        next_connection(x);
        assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
        assert_true(side_asked_quote(s));
    }
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_int_equal(s->now + AGE, ratls_session_expires_at(s->session));
}

static void a_quote_that_took_too_long_is_too_old(void **state)
{
    struct side *s = first_connection(*state);

    s->now += AGE + 1;
    assert_int_equal(RATLS_REFUSED, side_answer(s));
    assert_refused(s, CERTBIND_E_EVIDENCE_TOO_OLD);
}

/* Another replica answers: its statement is known, but no quote has answered a nonce for it. */
static void a_statement_that_was_never_quoted_is_asked_again(void **state)
{
    struct scene *x = *state;
    struct side *s = first_connection(x);
    char nonce[100];

    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    next_connection(x);
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_false(side_asked_quote(s));
    memcpy(nonce, s->out.send, sizeof nonce);
    atomic_store(&x->ctx->cache.newest->quoted_at, 0);
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked_quote(s));
    assert_memory_not_equal(nonce, s->out.send, sizeof nonce);
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
}

static void a_busy_server_is_waited_for_once(void **state)
{
    struct side *s = first_connection(*state);
    char nonce[100];

    memcpy(nonce, s->out.send, sizeof nonce);
    assert_int_equal(RATLS_WANT_TIME, side_step(s, JSON_429 "Retry-After: 3\r\n\r\n{}"));
    assert_int_equal(3000, s->out.wait_ms);
    assert_int_equal(0, s->out.send_len);
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked_quote(s));
    assert_memory_not_equal(nonce, s->out.send, sizeof nonce);
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, JSON_429));
    assert_int_equal(RATLS_REFUSED, side_step(s, "Retry-After: 1\r\n\r\n{}"));
    assert_refused(s, CERTBIND_E_EVIDENCE_HTTP_STATUS);
}

static void after_the_pause_the_proof_is_accepted(void **state)
{
    struct side *s = first_connection(*state);

    assert_int_equal(RATLS_WANT_TIME, side_step(s, JSON_429 "Retry-After: 1\r\n\r\n{}"));
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
}

static void nothing_is_taken_during_the_pause(void **state)
{
    struct side *s = first_connection(*state);

    assert_int_equal(RATLS_WANT_TIME, side_step(s, JSON_429 "Retry-After: 1\r\n\r\n{}"));
    assert_int_equal(RATLS_REFUSED, side_step(s, "H"));
    assert_refused(s, CERTBIND_E_HTTP_UNSOLICITED);
}

static void a_pause_without_a_short_number_is_none(void **state)
{
    static const char *const fields[] = {"",
                                         "Retry-After: 31\r\n",
                                         "Retry-After: 0\r\n",
                                         "Retry-After: Sat, 01 Jan 2028 00:00:00 GMT\r\n",
                                         "Retry-After: -1\r\n",
                                         "Retry-After: 1 1\r\n",
                                         "Retry-After: 1\r\nRetry-After: 1\r\n"};
    struct scene *x = *state;
    struct side *s = &x->side;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char text[256];

        snprintf(text, sizeof text, JSON_429 "%s\r\n{}", fields[i]);
        assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
        if (i == 0)
            assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
        assert_true(side_asked_quote(s));
        assert_int_equal(RATLS_REFUSED, side_step(s, text));
        assert_refused(s, CERTBIND_E_EVIDENCE_HTTP_STATUS);
        next_connection(x);
    }
}

#define QUOTES(test) cmocka_unit_test_setup_teardown(test, open_quotes, scene_close)
#define AGED(test) cmocka_unit_test_setup_teardown(test, open_aged, scene_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        QUOTES(every_connection_is_quoted),
        QUOTES(a_signature_is_not_what_was_asked),
        QUOTES(a_quote_of_another_machine_refuses),
        AGED(a_statement_is_quoted_once_then_signed),
        AGED(a_quote_that_took_too_long_is_too_old),
        AGED(a_statement_that_was_never_quoted_is_asked_again),
        QUOTES(a_busy_server_is_waited_for_once),
        QUOTES(after_the_pause_the_proof_is_accepted),
        QUOTES(nothing_is_taken_during_the_pause),
        QUOTES(a_pause_without_a_short_number_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
