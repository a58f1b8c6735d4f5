/* What a session asks, in which order, and what it never takes. */
#include <stdlib.h>
#include <string.h>

#include "ra-tls/context.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/ratls/session_scene.h"

/* Leave a verdict in the cache, then begin a further connection. */
static struct side *after_a_verdict(struct scene *x)
{
    struct side *s = &x->side;

    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "binding "));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked(s, "session?"));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    side_close(s);
    side_open(s, x->ctx, &x->world, certbind_bytes(NULL, 0));
    return s;
}

static void further_connections_read_no_binding(void **state)
{
    struct side *s = after_a_verdict(*state);

    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "session?"));
    assert_false(ratls_session_usable(s->session, s->now));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_true(ratls_session_report(s->session)->accepted);
    assert_true(ratls_session_report(s->session)->complete);
    assert_true(ratls_session_usable(s->session, s->now));
}

static void a_verdict_that_ran_out_is_not_used(void **state)
{
    struct side *s = after_a_verdict(*state);

    s->now = (uint64_t)s->world->statement.not_after;
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "session?"));
    s->now++; /* it runs out while the proof is on its way: the binding is read, and refused */
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked(s, "binding "));
    assert_int_equal(RATLS_REFUSED, side_answer(s));
    assert_refused(s, CERTBIND_E_STATEMENT_EXPIRED);
}

static void a_connection_ends_with_its_own_certificate(void **state)
{
    struct scene *x = *state;
    struct side *s = after_a_verdict(x);
    const uint64_t end = s->now + 60; /* before that of the verdict */
    size_t len;
    uint8_t *leaf = side_plain_leaf(&x->world, (int64_t)end, &len);

    side_close(s);
    side_open(s, x->ctx, &x->world, certbind_bytes(leaf, len));
    free(leaf);
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_int_equal(0, ratls_session_expires_at(s->session));
    assert_true(side_asked(s, "session?"));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_int_equal(end, ratls_session_expires_at(s->session));
    assert_int_equal(end, ratls_session_report(s->session)->expires_at);
    assert_true(ratls_session_usable(s->session, end));
    assert_false(ratls_session_usable(s->session, end + 1));
}

static void an_unknown_statement_is_read_once(void **state)
{
    struct side *s = after_a_verdict(*state);
    char nonce[80];

    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    memcpy(nonce, s->out.send, sizeof nonce);
    s->unknown_statement = true;
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked(s, "binding "));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked(s, "session?"));
    assert_memory_not_equal(nonce, s->out.send, sizeof nonce);
    s->unknown_statement = false;
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
}

static void a_second_unknown_statement_refuses(void **state)
{
    struct side *s = after_a_verdict(*state);

    s->unknown_statement = true;
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_int_equal(RATLS_REFUSED, side_answer(s));
    assert_refused(s, CERTBIND_E_SESSION_STATEMENT_UNKNOWN);
}

static void bytes_before_a_request_or_after_a_reply_refuse(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;

    /* phase 0: before the first request; 1, 2: after a reply; 3: after the verdict */
    for (int phase = 0; phase < 4; phase++) {
        char *reply;

        if (phase > 0)
            assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
        for (int i = 1; i < phase && i < 3; i++)
            assert_int_equal(i == 2 ? RATLS_ACCEPTED : RATLS_WANT_BYTES, side_answer(s));
        reply = phase == 1 || phase == 2 ? side_reply(s, "H") : strdup("H");
        assert_int_equal(RATLS_REFUSED, side_step(s, reply));
        free(reply);
        assert_refused(s, CERTBIND_E_HTTP_UNSOLICITED);
        side_close(s);
        ratls_ctx_free(x->ctx);
        x->ctx = side_ctx(&x->world);
        side_open(s, x->ctx, &x->world, certbind_bytes(NULL, 0));
    }
}

static void nothing_is_taken_while_collateral_is_fetched(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;

    x->world.no_staple = true;
    ratls_ctx_free(x->ctx);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, world_verify(&x->world));
    x->ctx = side_ctx(&x->world);
    for (int bytes = 0; bytes < 2; bytes++) {
        side_close(s);
        side_open(s, x->ctx, &x->world, certbind_bytes(NULL, 0));
        assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
        assert_int_equal(RATLS_WANT_COLLATERAL, side_answer(s));
        assert_true(ratls_session_quote(s->session).len > 0);
        assert_int_equal(RATLS_REFUSED, side_step(s, bytes == 0 ? "" : "H"));
        assert_refused(s, bytes == 0 ? CERTBIND_E_COLLATERAL_MISSING : CERTBIND_E_HTTP_UNSOLICITED);
    }
    side_close(s);
    side_open(s, x->ctx, &x->world, certbind_bytes(NULL, 0));
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_int_equal(RATLS_WANT_COLLATERAL, side_answer(s));
    ratls_session_give_collateral(s->session, certbind_text(x->world.forge.bundle));
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "session?"));
}

static void collateral_never_goes_back(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    struct certbind_collateral_facts newer =
        *certbind_collateral_facts(x->world.evidence.collateral);

    newer.tcb_evaluation_number++;
    assert_true(ratls_seen_take(&x->ctx->seen, &newer));
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_int_equal(RATLS_WANT_COLLATERAL, side_answer(s));
    /* It may have been overtaken on its way here: that is excused once. */
    ratls_session_give_collateral(s->session, certbind_text(x->world.forge.bundle));
    assert_int_equal(RATLS_WANT_COLLATERAL, side_step(s, ""));
    ratls_session_give_collateral(s->session, certbind_text(x->world.forge.bundle));
    assert_int_equal(RATLS_REFUSED, side_step(s, ""));
    assert_refused(s, CERTBIND_E_COLLATERAL_TOO_OLD);
    side_close(s);
    side_open(s, x->ctx, &x->world, certbind_bytes(NULL, 0));
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_true(side_asked(s, "binding ")); /* nothing was kept */
}

static void a_refusal_is_final(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    char *binding;

    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    binding = side_reply(s, "");
    ratls_session_fail(s->session, CERTBIND_E_HTTP_TIMEOUT, "too late");
    assert_int_equal(RATLS_REFUSED, side_step(s, binding));
    free(binding);
    ratls_session_give_collateral(s->session, certbind_text(x->world.forge.bundle));
    ratls_session_fail(s->session, CERTBIND_E_MEMORY, "another reason");
    assert_refused(s, CERTBIND_E_HTTP_TIMEOUT);
}

static void an_accepted_session_can_still_fail(void **state)
{
    struct side *s = after_a_verdict(*state);

    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    ratls_session_fail(s->session, CERTBIND_E_HTTP_UNSOLICITED, "bytes that nobody asked for");
    assert_refused(s, CERTBIND_E_HTTP_UNSOLICITED);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_SCENE(further_connections_read_no_binding),
        IN_SCENE(a_verdict_that_ran_out_is_not_used),
        IN_SCENE(a_connection_ends_with_its_own_certificate),
        IN_SCENE(an_unknown_statement_is_read_once),
        IN_SCENE(a_second_unknown_statement_refuses),
        IN_SCENE(bytes_before_a_request_or_after_a_reply_refuse),
        IN_SCENE(nothing_is_taken_while_collateral_is_fetched),
        IN_SCENE(collateral_never_goes_back),
        IN_SCENE(a_refusal_is_final),
        IN_SCENE(an_accepted_session_can_still_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
