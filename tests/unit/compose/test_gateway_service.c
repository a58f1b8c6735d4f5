/* The service that holds the guest agent's socket, in a measured compose text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "certbind/compose/gateway_service.h"
#include "tests/support/cmocka_all.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IMAGE "registry.example.org/gateway@sha256:" DIGEST
#define SOCKET "    volumes: ['/var/run/dstack.sock:/var/run/dstack.sock']\n"
#define GATEWAY "services:\n  gateway:\n    image: " IMAGE "\n" SOCKET
#define LITERAL "    command: [--config-json, '{\"upstreams\": {}}']\n"
#define APP "  app:\n    image: app\n"

/* The manifest around a compose text; members: more of it, as "\"a\":1,". */
static certbind_status read_manifest(const char *members, const char *compose,
                                     struct certbind_gateway_service *out,
                                     struct certbind_error *err)
{
    cJSON *text = cJSON_CreateString(compose);
    char *quoted = cJSON_PrintUnformatted(text);
    size_t room = strlen(members) + strlen(quoted) + 100;
    char *manifest = malloc(room);
    certbind_status status;

    assert_non_null(manifest);
    (void)snprintf(manifest, room, "{%s\"docker_compose_file\":%s}", members, quoted);
    status = certbind_gateway_service_read(certbind_text(manifest), out, err);
    free(manifest);
    cJSON_free(quoted);
    cJSON_Delete(text);
    return status;
}

static certbind_status read_compose(const char *compose, struct certbind_gateway_service *out,
                                    struct certbind_error *err)
{
    return read_manifest("\"runner\":\"docker-compose\",", compose, out, err);
}

static void the_holder_is_found_with_its_image(void **state)
{
    struct certbind_gateway_service service;

    (void)state;
    assert_int_equal(CERTBIND_OK, read_compose(GATEWAY LITERAL APP, &service, NULL));
    assert_string_equal("gateway", service.name);
    assert_string_equal(IMAGE, service.image);
    assert_true(service.config_is_literal);
    assert_string_equal("", service.config_problem);
    assert_false(service.has_scripts);
}

static void scripts_of_the_manifest_are_told(void **state)
{
    static const char *const members[] = {"\"pre_launch_script\":\"echo\",",
                                          "\"init_script\":[\"x\"],"};
    struct certbind_gateway_service service;
    char text[100];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof text, "\"runner\":\"docker-compose\",%s", members[i]);
        assert_int_equal(CERTBIND_OK, read_manifest(text, GATEWAY APP, &service, NULL));
        assert_true(service.has_scripts);
    }
    assert_int_equal(CERTBIND_OK,
                     read_manifest("\"runner\":\"docker-compose\",\"pre_launch_script\":\"\","
                                   "\"init_script\":null,",
                                   GATEWAY APP, &service, NULL));
    assert_false(service.has_scripts);
}

static void a_second_way_to_the_agent_refuses(void **state)
{
    static const char *const more[] = {
        SOCKET,
        "    volumes: ['/:/host']\n",
        "    volumes: ['/var/run/docker.sock:/s']\n",
        "    privileged: true\n",
        "    privileged: 'yes'\n",
        "    privileged: [false]\n",
        "    pid: host\n",
        "    ipc: host\n",
        "    userns_mode: host\n",
        "    devices: ['/dev/mem:/dev/mem']\n",
        "    cap_add: [SYS_ADMIN]\n",
        "    cap_add: [CHOWN, CAP_SYS_PTRACE]\n",
        "    cap_add: [ALL]\n",
        "    cap_add: SYS_ADMIN\n",
        "    cap_add: [[CHOWN]]\n",
    };
    struct certbind_gateway_service service;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", GATEWAY LITERAL, APP, more[i]);
        if (read_compose(text, &service, NULL) != CERTBIND_E_AGENT_SOCKET_SHARED)
            fail_msg("not seen: %s", more[i]);
        assert_string_equal("", service.image);
    }
    assert_int_equal(CERTBIND_E_AGENT_SOCKET_SHARED,
                     read_compose("services:\n" APP, &service, NULL));
}

static void what_cannot_reach_it_is_no_holder(void **state)
{
    static const char *const more[] = {
        "    privileged: false\n",
        "    cap_add: [NET_BIND_SERVICE, cap_chown]\n",
        "    ipc: private\n",
        "    volumes: ['data:/data', './own:/own']\n    environment: {A: \"${B}\"}\n",
        "    network_mode: host\n    x-note: {any: [thing]}\n",
        "volumes:\n  data: {}\n  other:\n  named: {name: n, labels: {a: b}}\nnetworks: {n: {}}\n",
    };
    struct certbind_gateway_service service;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", GATEWAY LITERAL, APP, more[i]);
        if (read_compose(text, &service, NULL) != CERTBIND_OK)
            fail_msg("refused: %s", more[i]);
    }
}

static void what_is_not_understood_refuses(void **state)
{
    static const char *const texts[] = {
        "a: 1\nservices: {}\n",
        "include: [other.yaml]\n" GATEWAY,
        "secrets: {s: {file: /run/dstack.sock}}\n" GATEWAY,
        "services: [gateway]\n",
        "services: text\n",
        "services: {gateway: text}\n",
        "services: {gateway: [}\n",
        GATEWAY APP "    extends: {file: x, service: y}\n",
        GATEWAY APP "    volumes_from: [gateway]\n",
        GATEWAY APP "    use_api_socket: true\n",
        GATEWAY APP "    post_start: [{command: x, privileged: true}]\n",
        GATEWAY APP "    secrets: [s]\n",
        GATEWAY APP "    volumes: {a: b}\n",
        GATEWAY APP "    volumes: text\n",
        GATEWAY APP "    volumes: ['${X}:/d']\n",
        GATEWAY "volumes: {v: {driver_opts: {type: none, o: bind, device: /run}}}\n",
        GATEWAY "volumes: {v: {external: true}}\n",
        GATEWAY "volumes: {v: text}\n",
        GATEWAY "volumes: [v]\n",
        GATEWAY "volumes: [{}]\n",
        GATEWAY "volumes: text\n",
        GATEWAY "volumes: {v: [x]}\n",
        "version: '3'\n",
    };
    struct certbind_gateway_service service;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (read_compose(texts[i], &service, NULL) != CERTBIND_E_COMPOSE_NOT_UNDERSTOOD)
            fail_msg("understood: %s", texts[i]);
    assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                     read_manifest("\"runner\":\"bash\",", GATEWAY, &service, NULL));
    assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, read_manifest("", GATEWAY, &service, NULL));
    assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                     certbind_gateway_service_read(certbind_text("{\"runner\":\"docker-compose\"}"),
                                                   &service, NULL));
    assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                     certbind_gateway_service_read(certbind_text("{"), &service, NULL));
}

static void only_a_literal_in_the_command_is_a_measured_configuration(void **state)
{
    static const struct {
        const char *more;
        const char *problem;
    } cases[] = {
        {"    command: ['--config-json={}']\n", ""},
        {"    command: [--upstream, 'http://app:80', --name, a.test]\n", ""},
        {LITERAL "    user: '1'\n    read_only: true\n    tmpfs: [/tmp]\n", ""},
        {"", "its command holds no configuration"},
        {"    command: [--ready-file, x]\n", "its command holds no configuration"},
        {"    command: [--config-json, '{}', --upstream, x]\n",
         "its command holds no configuration"},
        {"    command: --config-json {}\n", "its command is not a list of arguments"},
        {"    command: [--config-json, {a: b}]\n", "its command is not a list of arguments"},
        {"    command: [--config, /c.json]\n", "its configuration is a file"},
        {"    command: ['--config=/c.json', --config-json, '{}']\n", "its configuration is a file"},
        {"    command: [--config-json, '${CONFIG}']\n", "the operator's values reach it"},
        {LITERAL "    extra_hosts: ['app:$IP']\n", "the operator's values reach it"},
        {LITERAL "    entrypoint: [/bin/sh]\n", "it replaces the image's entrypoint"},
        {LITERAL "    environment: {LD_PRELOAD: /x}\n", "it has environment values"},
        {LITERAL "    env_file: .env\n", "it has environment values"},
    };
    struct certbind_gateway_service service;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", GATEWAY, cases[i].more, APP);
        assert_int_equal(CERTBIND_OK, read_compose(text, &service, NULL));
        assert_string_equal(cases[i].problem, service.config_problem);
        assert_int_equal(cases[i].problem[0] == '\0', service.config_is_literal);
    }
    assert_int_equal(CERTBIND_OK,
                     read_compose("services:\n  g:\n    image: " IMAGE "\n    volumes:\n"
                                  "      - /run/dstack.sock:/run/dstack.sock\n"
                                  "      - code:/usr/bin\n" LITERAL,
                                  &service, NULL));
    assert_string_equal("something else than the agent's socket is mounted into it",
                        service.config_problem);
    assert_false(service.config_is_literal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_holder_is_found_with_its_image),
        cmocka_unit_test(scripts_of_the_manifest_are_told),
        cmocka_unit_test(a_second_way_to_the_agent_refuses),
        cmocka_unit_test(what_cannot_reach_it_is_no_holder),
        cmocka_unit_test(what_is_not_understood_refuses),
        cmocka_unit_test(only_a_literal_in_the_command_is_a_measured_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
