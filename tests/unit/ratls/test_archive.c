/* An archive repeats the verdict of a connection, and nothing of it may be changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ra-tls/archive.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/ratls/session_side.h"

enum { STRIDE = 53 };

struct scene {
    struct world world;
    struct ratls_ctx *ctx;
    struct side side;
    struct ratls_archive archive;
};

static int open_scene(void **state)
{
    struct scene *x = calloc(1, sizeof *x);
    struct side *s = &x->side;

    world_open(&x->world);
    assert_int_equal(CERTBIND_OK, world_verify(&x->world));
    x->ctx = side_ctx(&x->world);
    side_open(s, x->ctx, &x->world, certbind_bytes(NULL, 0));
    assert_int_equal(RATLS_WANT_BYTES, side_step(s, ""));
    assert_false(ratls_archive_take(s->session, &x->archive));
    assert_int_equal(RATLS_WANT_BYTES, side_answer(s));
    assert_int_equal(RATLS_ACCEPTED, side_answer(s));
    assert_true(ratls_archive_take(s->session, &x->archive));
    assert_true(x->archive.has_session);
    (void)snprintf(x->archive.tool, sizeof x->archive.tool, "test");
    x->archive.made_at = s->now;
    x->archive.has_policy = true;
    x->archive.policy = certbind_text(x->world.policy_text);
    x->archive.root = certbind_bytes(x->world.forge.root, x->world.forge.root_len);
    *state = x;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *x = *state;

    side_close(&x->side);
    ratls_ctx_free(x->ctx);
    world_close(&x->world);
    free(x);
    return 0;
}

static certbind_status judge(const struct scene *x, const struct ratls_archive *a)
{
    struct certbind_report report;
    certbind_status status =
        ratls_archive_judge(a, &x->world.policy, a->root, x->side.now, &report);

    assert_int_equal(status == CERTBIND_OK, report.accepted);
    assert_int_equal(status, report.code);
    assert_int_equal(CERTBIND_SCOPE_ARCHIVE, report.scope);
    assert_true(report.note_count >= 2);
    return status;
}

static char *encode(const struct ratls_archive *a, size_t *len)
{
    char *text;

    assert_int_equal(CERTBIND_OK, ratls_archive_encode(a, &text, len, NULL));
    return text;
}

static certbind_status parse(const char *text, size_t len)
{
    struct ratls_archive a;
    certbind_status status = ratls_archive_parse(certbind_bytes(text, len), &a, NULL);

    ratls_archive_cleanup(&a);
    return status;
}

static void the_verdict_is_repeated(void **state)
{
    struct scene *x = *state;
    struct ratls_archive read;
    struct certbind_report report;
    char *again;
    size_t len;
    char *text;

    x->archive.compose[0] = certbind_text("one");
    x->archive.compose[1] = certbind_text("");
    x->archive.compose_count = 2;
    text = encode(&x->archive, &len);
    assert_int_equal(CERTBIND_OK, ratls_archive_parse(certbind_bytes(text, len), &read, NULL));
    assert_int_equal(CERTBIND_OK, ratls_archive_judge(&read, &x->world.policy, read.root,
                                                      read.made_at, &report));
    assert_true(report.accepted);
    assert_true(report.complete);
    assert_true(report.simulated);
    assert_string_equal(ratls_session_report(x->side.session)->target, report.target);
    again = encode(&read, &len);
    assert_string_equal(text, again);
    /* Under Intel's root, without a policy, or years later it is refused. */
    assert_int_equal(CERTBIND_E_ROOT_CA_UNTRUSTED,
                     ratls_archive_judge(&read, &x->world.policy, certbind_bytes(NULL, 0),
                                         read.made_at, &report));
    assert_int_equal(CERTBIND_E_COLLATERAL_TOO_OLD, /* the age that is allowed without a policy */
                     ratls_archive_judge(&read, NULL, read.root, read.made_at, &report));
    assert_int_equal(CERTBIND_E_CERT_VALIDITY,
                     ratls_archive_judge(&read, &x->world.policy, read.root,
                                         read.made_at + 10 * UINT64_C(31536000), &report));
    ratls_archive_cleanup(&read);
    free(again);
    free(text);
}

static void every_fact_of_the_connection_counts(void **state)
{
    struct scene *x = *state;
    struct ratls_archive a = x->archive;

    assert_int_equal(CERTBIND_OK, judge(x, &a));
    a.transport.tls13 = false;
    assert_int_equal(CERTBIND_E_TRANSPORT_VERSION, judge(x, &a));
    a = x->archive;
    a.transport.alpn_ok = false;
    assert_int_equal(CERTBIND_E_TRANSPORT_ALPN, judge(x, &a));
    a = x->archive;
    a.transport.full_handshake = false;
    assert_int_equal(CERTBIND_E_TRANSPORT_RESUMED, judge(x, &a));
    a = x->archive;
    a.host[0] = 'x';
    assert_int_equal(CERTBIND_E_NAME_MISMATCH, judge(x, &a));
    a = x->archive;
    a.nonce[31] ^= 1;
    assert_int_equal(CERTBIND_E_SESSION_NONCE, judge(x, &a));
    a = x->archive;
    a.exporter[31] ^= 1;
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, judge(x, &a));
    a = x->archive;
    a.has_session = false;
    assert_int_not_equal(CERTBIND_OK, judge(x, &a));
    a = x->archive;
    a.binding = certbind_bytes(NULL, 0);
    assert_int_not_equal(CERTBIND_OK, judge(x, &a));
}

/* Change bytes of one part, as somebody would who makes a new digest. */
static void sweep(const struct scene *x, struct ratls_archive *a, struct certbind_bytes *part,
                  size_t from, size_t to)
{
    uint8_t *copy = malloc(part->len);
    size_t n = 0;

    assert_non_null(copy);
    memcpy(copy, part->data, part->len);
    *part = certbind_bytes(copy, part->len);
    for (size_t i = from; i < to; i += STRIDE, n++) {
        uint8_t was = copy[i];

        copy[i] = was == '1' ? '2' : '1';
        if (judge(x, a) == CERTBIND_OK)
            fail_msg("byte %zu of %zu may change", i, part->len);
        copy[i] = was;
    }
    assert_true(n > 0);
    assert_int_equal(CERTBIND_OK, judge(x, a));
    free(copy);
}

/* Sweep a string member of the JSON text in a part. */
static void sweep_member(const struct scene *x, const char *name)
{
    struct ratls_archive a = x->archive;
    const char *text = (const char *)a.binding.data;
    const char *at = memmem(text, a.binding.len, name, strlen(name));
    const char *end;

    assert_non_null(at);
    at += strlen(name);
    end = memchr(at, '"', a.binding.len - (size_t)(at - text));
    assert_non_null(end);
    sweep(x, &a, &a.binding, (size_t)(at - text), (size_t)(end - text));
}

static void no_evidence_in_it_may_change(void **state)
{
    struct scene *x = *state;
    struct ratls_archive a = x->archive;

    sweep(x, &a, &a.leaf, 0, a.leaf.len);
    a = x->archive;
    sweep(x, &a, &a.session, 0, a.session.len);
    sweep_member(x, "\"statement\":\"");
    sweep_member(x, "\"quote\":\"");
    sweep_member(x, "\"tcb_info_signature\":\"");
    sweep_member(x, "\"root_ca_crl\":\"");
}

static void no_byte_of_the_file_may_change(void **state)
{
    struct scene *x = *state;
    size_t len;
    char *text = encode(&x->archive, &len);

    for (size_t i = 0; i < len; i += STRIDE) {
        char was = text[i];

        text[i] = was == 'A' ? 'B' : 'A';
        if (parse(text, len) != CERTBIND_E_MALFORMED)
            fail_msg("byte %zu of %zu may change", i, len);
        text[i] = was;
    }
    for (size_t i = len - 140; i < len; i++)
        assert_int_equal(CERTBIND_E_MALFORMED, parse(text, i));
    assert_int_equal(CERTBIND_OK, parse(text, len));
    free(text);
}

static void what_is_too_large_is_not_made(void **state)
{
    struct scene *x = *state;
    struct ratls_archive a = x->archive;
    struct certbind_error err = {0};
    uint8_t *big = calloc(1, RATLS_ARCHIVE_MAX_BYTES);
    size_t len;
    char *text;

    assert_non_null(big);
    a.policy = certbind_bytes(big, (size_t)RATLS_ARCHIVE_MAX_BYTES / 4 * 3);
    assert_int_equal(CERTBIND_E_USAGE, ratls_archive_encode(&a, &text, &len, &err));
    assert_null(text);
    a.policy = certbind_bytes(big, (size_t)RATLS_ARCHIVE_MAX_BYTES / 8 * 5);
    text = encode(&a, &len);
    assert_int_equal(CERTBIND_OK, parse(text, len));
    free(text);
    free(big);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(the_verdict_is_repeated),       TEST(every_fact_of_the_connection_counts),
        TEST(no_evidence_in_it_may_change),  TEST(no_byte_of_the_file_may_change),
        TEST(what_is_too_large_is_not_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
