#include "tests/unit/ratls/session_scene.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

int scene_open_edited(void **state, struct world_edit edit)
{
    struct scene *x = calloc(1, sizeof *x);

    assert_non_null(x);
    world_open(&x->world);
    x->world.policy_edit = edit;
    assert_int_equal(CERTBIND_OK, world_verify(&x->world));
    x->ctx = side_ctx(&x->world);
    side_open(&x->side, x->ctx, &x->world, certbind_bytes(NULL, 0));
    *state = x;
    return 0;
}

int scene_open_with(void **state, const char *members)
{
    return scene_open_edited(state, (struct world_edit){"{\"os\"", members});
}

int scene_open(void **state)
{
    return scene_open_with(state, "{\"os\"");
}

int scene_close(void **state)
{
    struct scene *x = *state;

    side_close(&x->side);
    ratls_ctx_free(x->ctx);
    world_close(&x->world);
    free(x);
    return 0;
}

void assert_refused(struct side *s, certbind_status code)
{
    const struct certbind_report *report = ratls_session_report(s->session);

    if (report->code != code)
        fail_msg("%s instead of %s: %s", certbind_status_name(report->code),
                 certbind_status_name(code), report->detail);
    assert_false(report->accepted);
    assert_false(report->complete);
    assert_int_equal(0, ratls_session_expires_at(s->session));
    assert_false(ratls_session_usable(s->session, s->now));
    assert_int_equal(RATLS_REFUSED, side_step(s, ""));
    assert_int_equal(0, s->out.send_len);
}
