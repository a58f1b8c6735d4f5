/* The image of the service that holds the guest agent's socket: pinned by its digest, or none. */
#include <stdio.h>
#include <string.h>

#include "certbind/compose/gateway_service.h"
#include "tests/support/cmocka_all.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IMAGE "registry.example.org/gateway@sha256:" DIGEST

/* A manifest with one service of that name and member, each as it stands in JSON text. */
static certbind_status read_service(const char *name, const char *member)
{
    struct certbind_gateway_service service;
    char manifest[4096];

    (void)snprintf(manifest, sizeof manifest,
                   "{\"runner\":\"docker-compose\",\"docker_compose_file\":\"services:\\n  %s:\\n"
                   "    volumes: ['/run/dstack.sock:/run/dstack.sock']\\n    %s\\n\"}",
                   name, member);
    return certbind_gateway_service_read(certbind_text(manifest), &service, NULL);
}

static void an_image_without_digest_refuses(void **state)
{
    static const char *const members[] = {
        "image: gateway:latest",
        "image: gateway@sha256:" DIGEST "0",
        "image: gateway@sha256:" DIGEST ":latest",
        "image: gateway@sha256:0123",
        "image: '${R}@sha256:" DIGEST "'",
        "image: [x]",
        "user: root",
        "image: " IMAGE "\\n    build: .",
        "image: gateway@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
    };

    (void)state;
    assert_int_equal(CERTBIND_OK, read_service("g", "image: " IMAGE));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (read_service("g", members[i]) != CERTBIND_E_GATEWAY_IMAGE)
            fail_msg("taken: %s", members[i]);
}

/* Names of so many letters, the image's with its digest behind it. */
static certbind_status read_long(size_t service, size_t image)
{
    char letters[1024];
    char name[1024];
    char member[2048];

    memset(letters, 'x', sizeof letters);
    (void)snprintf(name, sizeof name, "%.*s", (int)service, letters);
    (void)snprintf(member, sizeof member, "image: %.*s@sha256:" DIGEST, (int)image, letters);
    return read_service(name, member);
}

static void names_have_limits(void **state)
{
    const size_t service = CERTBIND_SERVICE_NAME_ROOM - 1;
    const size_t image = CERTBIND_IMAGE_ROOM - 1 - strlen("@sha256:" DIGEST);

    (void)state;
    assert_int_equal(CERTBIND_OK, read_long(service, image));
    assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, read_long(service + 1, image));
    assert_int_equal(CERTBIND_E_GATEWAY_IMAGE, read_long(service, image + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_without_digest_refuses),
        cmocka_unit_test(names_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
