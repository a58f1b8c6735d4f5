/* Connections that outlive a verdict: proven once more, or carried on by what another one found. */
#include <stdlib.h>
#include <string.h>

#include "ra-tls/context.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/ratls/session_scene.h"

static int open_aged(void **state)
{
    return scene_open_with(state, "{\"max_evidence_age_s\":100,\"os\"");
}

/* Nothing but the certificate's evidence is asked for. */
static int open_without_proof(void **state)
{
    return scene_open_edited(
        state,
        (struct world_edit){"\"config\":[\"" WORLD_CONFIG "\"],",
                            "\"session\":\"none\",\"accept_unchecked\":[\"config\",\"session\"],"});
}

static void accept(struct side *s)
{
    enum ratls_want want = side_step(s, "");

    for (int i = 0; want == RATLS_WANT_BYTES && i < 4; i++)
        want = side_answer(s);
    assert_int_equal(RATLS_ACCEPTED, want);
}

/* The gateway renews its statement: another one, valid for longer, of the same or another process.
 */
static void renew_statement(struct scene *x, bool same_process)
{
    struct world *w = &x->world;
    size_t len = 32;

    w->statement.issued_at += 1800;
    w->statement.not_after += 1800;
    w->now += 1800;
    if (!same_process) {
        EVP_PKEY_free(w->session_key);
        w->session_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        assert_int_equal(
            1, EVP_PKEY_get_raw_public_key(w->session_key, w->statement.session_key, &len));
    }
    assert_int_equal(CERTBIND_OK, world_restate(w));
}

/* A further connection of the same context; what it finds stays in the context. */
static void connect_another(struct scene *x)
{
    struct side other;

    side_open(&other, x->ctx, &x->world, certbind_bytes(NULL, 0));
    accept(&other);
    side_close(&other);
}

static void what_another_connection_found_carries_on(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    uint64_t end;

    accept(s);
    end = ratls_session_expires_at(s->session);
    assert_int_equal(x->world.statement.not_after, end);
    assert_true(ratls_session_extend(s->session, end));
    assert_false(ratls_session_extend(s->session, end + 1));
    renew_statement(x, true);
    assert_false(ratls_session_extend(s->session, end + 1)); /* nobody has met it yet */
    connect_another(x);
    assert_true(ratls_session_extend(s->session, end + 1));
    assert_int_equal(x->world.statement.not_after, ratls_session_expires_at(s->session));
    assert_false(ratls_session_extend(s->session, (uint64_t)x->world.statement.not_after + 1));
    assert_true(ratls_session_usable(s->session, end + 1));
}

static void another_process_carries_nobody_on(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    uint64_t end;

    accept(s);
    end = ratls_session_expires_at(s->session);
    renew_statement(x, false);
    connect_another(x);
    assert_false(ratls_session_extend(s->session, end + 1));
    assert_int_equal(end, ratls_session_expires_at(s->session));
}

/* Its own certificate is judged at the time of use, whatever the statement. */
static void a_connection_does_not_outlive_its_certificate(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    const uint64_t end = (uint64_t)x->world.statement.not_after + 100;
    size_t len;
    uint8_t *leaf = side_plain_leaf(&x->world, (int64_t)end, &len);

    side_close(s);
    side_open(s, x->ctx, &x->world, certbind_bytes(leaf, len));
    free(leaf);
    accept(s);
    renew_statement(x, true);
    connect_another(x);
    assert_true(ratls_session_extend(s->session, end));
    assert_int_equal(end, ratls_session_expires_at(s->session));
    assert_false(ratls_session_extend(s->session, end + 1));
}

static void a_newer_quote_carries_on_under_an_age(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    uint64_t end;

    accept(s);
    end = ratls_session_expires_at(s->session);
    assert_int_equal(x->world.now + 100, end);
    x->world.now = end - 1; /* another connection has the same statement quoted again */
    connect_another(x);
    assert_true(ratls_session_extend(s->session, end + 1));
    assert_int_equal(end - 1 + 100, ratls_session_expires_at(s->session));
}

static void what_was_refused_is_not_carried_on(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;

    assert_false(ratls_session_extend(s->session, x->world.now));
    accept(s);
    ratls_session_fail(s->session, CERTBIND_E_HTTP_UNSOLICITED, "bytes that nobody asked for");
    assert_false(ratls_session_extend(s->session, x->world.now));
    assert_int_equal(RATLS_REFUSED, ratls_session_renew(s->session, s->now, &s->out));
    assert_refused(s, CERTBIND_E_HTTP_UNSOLICITED);
}

static void a_connection_without_a_statement_lasts_as_long_as_its_verdict(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;
    uint64_t end;

    assert_int_equal(RATLS_WANT_COLLATERAL, side_step(s, ""));
    ratls_session_give_collateral(s->session, certbind_text(x->world.forge.bundle));
    assert_int_equal(RATLS_ACCEPTED, side_step(s, ""));
    end = ratls_session_expires_at(s->session);
    assert_true(end > s->now);
    assert_true(ratls_session_extend(s->session, end));
    assert_int_equal(end, ratls_session_expires_at(s->session));
    assert_false(ratls_session_extend(s->session, end + 1));
}

static void an_idle_connection_is_proven_once_more(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;

    accept(s);
    renew_statement(x, true);
    s->now = x->world.now;
    assert_int_equal(RATLS_WANT_BYTES, ratls_session_renew(s->session, s->now, &s->out));
    assert_int_equal(0, ratls_session_expires_at(s->session));
    assert_true(side_asked(s, "session?"));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s)); /* a statement that is not known */
    assert_true(side_asked(s, "binding "));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_true(side_asked(s, "session?"));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_int_equal(x->world.statement.not_after, ratls_session_expires_at(s->session));
    assert_true(ratls_session_report(s->session)->complete);
    /* And again: nothing of the last time is left. */
    assert_int_equal(RATLS_WANT_BYTES, ratls_session_renew(s->session, s->now, &s->out));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
}

static void a_second_proof_that_fails_ends_the_connection(void **state)
{
    struct scene *x = *state;
    struct side *s = &x->side;

    accept(s);
    assert_int_equal(RATLS_WANT_BYTES, ratls_session_renew(s->session, s->now, &s->out));
    s->unknown_statement = true;
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_int_equal(RATLS_REFUSED, side_answer(s));
    assert_refused(s, CERTBIND_E_SESSION_STATEMENT_UNKNOWN);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_SCENE(what_another_connection_found_carries_on),
        IN_SCENE(another_process_carries_nobody_on),
        IN_SCENE(a_connection_does_not_outlive_its_certificate),
        cmocka_unit_test_setup_teardown(a_newer_quote_carries_on_under_an_age, open_aged,
                                        scene_close),
        cmocka_unit_test_setup_teardown(
            a_connection_without_a_statement_lasts_as_long_as_its_verdict, open_without_proof,
            scene_close),
        IN_SCENE(what_was_refused_is_not_carried_on),
        IN_SCENE(an_idle_connection_is_proven_once_more),
        IN_SCENE(a_second_proof_that_fails_ends_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
