/* What a policy demands of the measured compose text, in a whole verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/compose/gateway_service.h"
#include "certbind/compose_hash.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

#define DIGEST "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANIFEST(service, more)                                                                    \
    "{\"runner\":\"docker-compose\"," more                                                         \
    "\"docker_compose_file\":\"services:\\n  gateway:\\n    image: gateway" DIGEST                 \
    "\\n    volumes: ['/run/dstack.sock:/run/dstack.sock']\\n" service "\"}"
#define LITERAL "    command: ['--config-json={}']\\n"
#define GOOD MANIFEST(LITERAL, "")
#define IMAGES(name) "\"gateway\":{\"images\":[\"other" DIGEST "\",\"" name DIGEST "\"]},"
#define PINNED "\"config\":[\"" WORLD_CONFIG "\"]"
#define FROM_COMPOSE "\"config\":\"from-compose\""

/* A world whose log measured a compose text, and whose policy accepts it. */
struct composed {
    struct world world;
    char hash[65];
    char *log;
    const char *demand; /* of the policy, in place of its `config` */
    bool any_compose;   /* the policy waives the compose hash */
    bool add_file;      /* the policy brings the text */
};

static void compose(struct composed *c, const char *text, const char *demand)
{
    struct world *w = &c->world;

    *c = (struct composed){.demand = demand};
    world_open(w);
    assert_true(certbind_compose_hash(certbind_text(text), w->statement.compose_hash));
    certbind_hex_encode(w->statement.compose_hash, 32, c->hash);
    c->log = text_replace(GOOD_LOG, HEX32, c->hash);
    w->log = w->leaf_log = c->log;
    w->app_compose = text;
}

/* Replace a piece of the policy's text. */
static void edit_policy(struct world *w, const char *from, const char *to)
{
    char *text = text_replace(w->policy_text, from, to);

    free(w->policy_text);
    w->policy_text = text;
}

static void set_policy(struct composed *c)
{
    struct certbind_problems problems = {.count = 0};
    struct world *w = &c->world;
    char app[128];

    (void)snprintf(app, sizeof app, "%s%s%s",
                   c->add_file ? "\"compose_files\":[\"f\"]" : "\"compose_hashes\":[\"",
                   c->add_file ? "" : c->hash, c->add_file ? "" : "\"]");
    edit_policy(w, ",\"compose_hashes\":[\"" HEX32 "\"]", c->any_compose ? "" : ",@");
    if (!c->any_compose)
        edit_policy(w, "@", app);
    edit_policy(w, "\"config\":[\"" WORLD_CONFIG "\"]",
                c->any_compose ? "\"accept_unchecked\":[\"compose\"],@" : "@");
    edit_policy(w, "@", c->demand);
    certbind_policy_cleanup(&w->policy);
    if (certbind_policy_parse(certbind_text(w->policy_text), &w->policy, &problems) != CERTBIND_OK)
        fail_msg("policy: %s: %s", problems.list[0].path, problems.list[0].text);
    if (c->add_file)
        assert_int_equal(CERTBIND_OK,
                         certbind_policy_add_compose_file(&w->policy, certbind_text(GOOD), NULL));
}

static certbind_status judge(struct composed *c, certbind_compose_reader reader)
{
    struct world *w = &c->world;
    struct certbind_binding_check check;

    world_build(w);
    set_policy(c);
    check = world_check(w);
    check.read_compose = reader;
    certbind_evidence_cleanup(&w->evidence);
    return certbind_verify_binding(&check, &w->report, &w->evidence, &w->err);
}

static void close_composed(struct composed *c)
{
    world_close(&c->world);
    free(c->log);
}

static void assert_verdict(certbind_status expected, const char *text, const char *demand)
{
    struct composed c;
    certbind_status status;

    compose(&c, text, demand);
    status = judge(&c, certbind_gateway_service_read);
    if (status != expected)
        fail_msg("%s, not %s: %s", certbind_status_name(status), certbind_status_name(expected),
                 c.world.report.detail);
    assert_int_equal(expected == CERTBIND_OK, c.world.evidence.verified);
    close_composed(&c);
}

static bool noted(const struct certbind_report *report, const char *text)
{
    for (size_t i = 0; i < report->note_count; i++)
        if (strstr(report->notes[i], text) != NULL)
            return true;
    return false;
}

static void a_listed_image_and_a_literal_configuration_are_accepted(void **state)
{
    (void)state;
    assert_verdict(CERTBIND_OK, GOOD, IMAGES("gateway") PINNED);
    assert_verdict(CERTBIND_OK, GOOD, FROM_COMPOSE);
    assert_verdict(CERTBIND_OK, GOOD, IMAGES("gateway") FROM_COMPOSE);
    assert_verdict(CERTBIND_OK, MANIFEST("", ""), IMAGES("gateway") PINNED);
}

static void another_image_is_refused(void **state)
{
    (void)state;
    assert_verdict(CERTBIND_E_GATEWAY_IMAGE, GOOD, IMAGES("gateways") PINNED);
}

static void a_configuration_that_is_no_literal_is_refused(void **state)
{
    (void)state;
    assert_verdict(CERTBIND_E_CONFIG_NOT_PINNED, MANIFEST("", ""), FROM_COMPOSE);
    assert_verdict(CERTBIND_E_CONFIG_NOT_PINNED, MANIFEST(LITERAL "    env_file: e\\n", ""),
                   FROM_COMPOSE);
}

static void a_second_holder_of_the_socket_is_refused(void **state)
{
    static const char shared[] =
        MANIFEST(LITERAL "  app:\\n    image: a\\n    volumes: ['/run:/run']\\n", "");

    (void)state;
    assert_verdict(CERTBIND_E_AGENT_SOCKET_SHARED, shared, IMAGES("gateway") PINNED);
    assert_verdict(CERTBIND_E_AGENT_SOCKET_SHARED, shared, FROM_COMPOSE);
    assert_verdict(CERTBIND_OK, shared, PINNED); /* nothing was demanded of it */
}

static void a_text_that_is_not_there_refuses_unless_the_policy_brings_it(void **state)
{
    struct composed c;

    (void)state;
    compose(&c, GOOD, IMAGES("gateway") FROM_COMPOSE);
    c.world.app_compose = NULL;
    assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, judge(&c, certbind_gateway_service_read));
    assert_non_null(strstr(c.world.err.detail, "the compose text is not published"));
    c.add_file = true;
    assert_int_equal(CERTBIND_OK, judge(&c, certbind_gateway_service_read));
    close_composed(&c);
}

static void a_program_without_a_reader_refuses(void **state)
{
    static const char *const demands[] = {IMAGES("gateway") PINNED, FROM_COMPOSE};
    struct composed c;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        compose(&c, GOOD, demands[i]);
        assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, judge(&c, NULL));
        assert_false(c.world.evidence.verified);
        close_composed(&c);
    }
}

static void a_configuration_from_any_compose_text_means_nothing(void **state)
{
    struct composed c;

    (void)state;
    compose(&c, GOOD, FROM_COMPOSE);
    c.any_compose = true;
    assert_int_equal(CERTBIND_E_POLICY_INCOMPLETE, judge(&c, certbind_gateway_service_read));
    close_composed(&c);
}

static void scripts_outside_the_images_are_noted(void **state)
{
    struct composed c;

    (void)state;
    compose(&c, MANIFEST(LITERAL, "\"pre_launch_script\":\"echo\","), FROM_COMPOSE);
    assert_int_equal(CERTBIND_OK, judge(&c, certbind_gateway_service_read));
    assert_true(noted(&c.world.report, "scripts that run outside its images"));
    assert_true(noted(&c.world.report, "config: the literal"));
    close_composed(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_image_and_a_literal_configuration_are_accepted),
        cmocka_unit_test(another_image_is_refused),
        cmocka_unit_test(a_configuration_that_is_no_literal_is_refused),
        cmocka_unit_test(a_second_holder_of_the_socket_is_refused),
        cmocka_unit_test(a_text_that_is_not_there_refuses_unless_the_policy_brings_it),
        cmocka_unit_test(a_program_without_a_reader_refuses),
        cmocka_unit_test(a_configuration_from_any_compose_text_means_nothing),
        cmocka_unit_test(scripts_outside_the_images_are_noted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
