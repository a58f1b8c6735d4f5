/* Memory that runs out at any point of a session, an archive or a search for collateral refuses or
 * does no harm, and leaks nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ra-tls/archive.h"
#include "ra-tls/pcs_reply.h"
#include "ra-tls/sources.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/short_memory.h"
#include "tests/unit/ratls/session_side.h"

enum { MANY = 20000 };

/* Run attempt with the first, second, ... allocation failing until none fails any more. */
static size_t sweep(certbind_status (*attempt)(void *), void *argument)
{
    size_t n = 0;
    size_t refused = 0;
    bool failed;

    do {
        certbind_status status;

        short_memory.fails_at = ++n;
        status = attempt(argument);
        failed = short_memory.fails_at == 0;
        short_memory.fails_at = 0;
        short_memory.armed = false;
        refused += status != CERTBIND_OK;
        if (!failed)
            assert_int_equal(CERTBIND_OK, status);
        assert_true(n < MANY);
    } while (failed);
    assert_true(refused > 0);
    return n;
}

static enum ratls_want step(struct side *s, const char *text)
{
    enum ratls_want want;

    short_memory.armed = true;
    want = side_step(s, text);
    short_memory.armed = false;
    return want;
}

/* The right answer to what was asked, with the far side's memory in order. */
static enum ratls_want answer(struct side *s)
{
    char *reply = side_reply(s, "");
    enum ratls_want want = step(s, reply);

    free(reply);
    return want;
}

/* Collateral comes from outside when the server's own was left out. */
static enum ratls_want give(struct side *s, const char *bundle)
{
    short_memory.armed = true;
    ratls_session_give_collateral(s->session, certbind_text(bundle));
    short_memory.armed = false;
    return step(s, "");
}

static certbind_status run_session(void *argument)
{
    struct world *w = argument;
    struct ratls_ctx *ctx = side_ctx(w);
    struct side s;
    enum ratls_want want;
    const struct certbind_report *report;
    certbind_status status;

    side_open(&s, ctx, w, certbind_bytes(NULL, 0));
    want = step(&s, "");
    while (want == RATLS_WANT_BYTES || want == RATLS_WANT_COLLATERAL)
        want = want == RATLS_WANT_BYTES ? answer(&s) : give(&s, w->forge.bundle);
    report = ratls_session_report(s.session);
    status = report->code;
    /* Accepted means all of it, refused means nothing of it. */
    assert_int_equal(want == RATLS_ACCEPTED, status == CERTBIND_OK);
    assert_int_equal(want == RATLS_ACCEPTED, report->accepted);
    assert_int_equal(want == RATLS_ACCEPTED, report->complete);
    assert_int_equal(want == RATLS_ACCEPTED, ratls_session_usable(s.session, s.now));
    side_close(&s);
    ratls_ctx_free(ctx);
    return status;
}

static void a_session_without_memory_is_refused(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    assert_int_equal(CERTBIND_OK, world_verify(&w));
    assert_true(sweep(run_session, &w) > 100);
    world_close(&w);
}

static void fetched_collateral_without_memory_is_none(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.no_staple = true;
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, world_verify(&w));
    assert_true(sweep(run_session, &w) > 100);
    world_close(&w);
}

static certbind_status make_ctx(void *argument)
{
    const struct ratls_options options = {.root_der = certbind_text(argument)};
    struct ratls_ctx *ctx;
    certbind_status status;

    short_memory.armed = true;
    status = ratls_ctx_new(&options, &ctx, NULL);
    short_memory.armed = false;
    assert_int_equal(status == CERTBIND_OK, ctx != NULL);
    ratls_ctx_free(ctx);
    return status;
}

static void a_context_without_memory_is_none(void **state)
{
    char root[] = "root";

    (void)state;
    assert_int_equal(3, sweep(make_ctx, root));
}

static certbind_status copy_archive(void *argument)
{
    const struct ratls_archive *a = argument;
    struct ratls_archive again;
    char *text;
    size_t len;
    certbind_status status;

    short_memory.armed = true;
    status = ratls_archive_encode(a, &text, &len, NULL);
    assert_int_equal(status == CERTBIND_OK, text != NULL);
    if (status == CERTBIND_OK) {
        status = ratls_archive_parse(certbind_bytes(text, len), &again, NULL);
        assert_int_equal(status == CERTBIND_OK, again.owned_count > 0);
        ratls_archive_cleanup(&again);
    }
    short_memory.armed = false;
    free(text);
    return status;
}

static void an_archive_without_memory_is_none(void **state)
{
    static struct ratls_archive a = {
        .host = "h", .port = 443, .has_session = true, .has_policy = true, .compose_count = 2};

    (void)state;
    a.leaf = a.session = a.policy = a.compose[0] = a.binding = a.root = certbind_text("some");
    assert_true(sweep(copy_archive, &a) > 60);
}

static certbind_status take_reply(void *argument)
{
    static const char line[] = "TCB-Info-Issuer-Chain: a\r\n";
    struct ratls_pcs_reply reply = {.len = 0};
    bool ok;

    (void)argument;
    short_memory.armed = true;
    ok = ratls_pcs_reply_header(&reply, line, sizeof line - 1) &&
         ratls_pcs_reply_body(&reply, "one", 3) && ratls_pcs_reply_body(&reply, "two", 3);
    short_memory.armed = false;
    ratls_pcs_reply_cleanup(&reply);
    return ok ? CERTBIND_OK : CERTBIND_E_MEMORY;
}

static void a_service_reply_without_memory_is_none(void **state)
{
    (void)state;
    assert_int_equal(4, sweep(take_reply, NULL));
}

static certbind_status search(void *argument)
{
    const struct world *w = argument;
    struct ratls_ctx *ctx = side_ctx(w);
    const struct ratls_sources from = {.file = getenv("DEVPROOF_TEST_BUNDLE")};
    const struct ratls_search wanted = {
        .sources = &from,
        .quote = certbind_bytes(w->forge.quote, w->forge.quote_len),
        .now = w->now,
        .timeout_ms = 1000,
    };
    char *out;
    size_t len;
    certbind_status status;

    short_memory.armed = true;
    status = ratls_collateral_find(ctx, &wanted, &out, &len, NULL, NULL);
    short_memory.armed = false;
    assert_int_equal(status == CERTBIND_OK, out != NULL);
    free(out);
    ratls_ctx_free(ctx);
    return status;
}

static void a_search_without_memory_finds_nothing(void **state)
{
    char path[] = "/tmp/dp-memory-XXXXXX";
    struct world w;
    FILE *f;
    int fd;

    (void)state;
    world_open(&w);
    assert_int_equal(CERTBIND_OK, world_verify(&w));
    fd = mkstemp(path);
    assert_true(fd >= 0);
    f = fdopen(fd, "w");
    assert_non_null(f);
    assert_true(fputs(w.forge.bundle, f) >= 0);
    assert_int_equal(0, fclose(f));
    assert_int_equal(0, setenv("DEVPROOF_TEST_BUNDLE", path, 1));
    assert_true(sweep(search, &w) > 50);
    assert_int_equal(0, remove(path));
    world_close(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_without_memory_is_refused),
        cmocka_unit_test(fetched_collateral_without_memory_is_none),
        cmocka_unit_test(a_context_without_memory_is_none),
        cmocka_unit_test(an_archive_without_memory_is_none),
        cmocka_unit_test(a_service_reply_without_memory_is_none),
        cmocka_unit_test(a_search_without_memory_finds_nothing),
    };

    short_memory_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
