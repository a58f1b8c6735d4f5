/* Volumes of a service: which of them may lead to the guest agent's socket. */
#include <stdio.h>
#include <string.h>

#include "certbind/compose/mount.h"
#include "tests/support/cmocka_all.h"

/* 256 letters: one more than a path may have bytes. */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEF"
#define LONG LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS

/* The first entry of a list "v: [...]" in flow or block form. */
static certbind_status read_entry(const char *entry, enum certbind_mount *out)
{
    struct certbind_yaml_tree tree;
    char text[512];
    certbind_status status;

    (void)snprintf(text, sizeof text, "v:\n  - %s\n", entry);
    assert_int_equal(CERTBIND_OK, certbind_yaml_read(certbind_text(text), &tree, NULL));
    status = certbind_mount_read(certbind_yaml_get(tree.root, "v")->child, out, NULL);
    certbind_yaml_cleanup(&tree);
    return status;
}

static void assert_mounts(enum certbind_mount expected, const char *const *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum certbind_mount mount;

        assert_int_equal(CERTBIND_OK, read_entry(entries[i], &mount));
        if (mount != expected)
            fail_msg("%s: %d, not %d", entries[i], (int)mount, (int)expected);
    }
}

static void the_socket_and_its_folder_are_the_agent(void **state)
{
    static const char *const entries[] = {
        "/var/run/dstack.sock:/var/run/dstack.sock",
        "/run/dstack.sock:/x:ro",
        "/var/run/tappd.sock:/var/run/tappd.sock",
        "/run/dstack:/anything",
        "/run/dstack/dstack.sock:/s",
        "named:/run/dstack",
        "named:/var/run/dstack.sock",
        "/run/dstack",
        "{type: bind, source: /var/run/dstack.sock, target: /s}",
        "{type: volume, source: named, target: /run/dstack}",
        "{type: tmpfs, target: /run/dstack}",
    };

    (void)state;
    assert_mounts(CERTBIND_MOUNT_AGENT, entries, sizeof entries / sizeof entries[0]);
}

static void any_other_path_of_the_machine_may_lead_there(void **state)
{
    static const char *const entries[] = {
        "/:/host",
        "/var/run:/r",
        "/run:/r",
        "/var:/v",
        "/var/run/docker.sock:/var/run/docker.sock",
        "/run/dstack/../docker.sock:/s",
        "/run/./dstack:/s",
        "/run//dstack:/s",
        "/run/dstack/:/s",
        "/run/dstack/..:/s",
        "/run/dstack/.:/s",
        "/run/dstack//dstack.sock:/s",
        "/run/dstack/./dstack.sock:/s",
        "/run/dstackx:/s",
        "/run/dstack.sock.d/s:/s",
        "{type: bind, source: /run/dstack/" LONG ", target: /s}",
        "/data/link:/d",
        ".:/app",
        "./:/app",
        "..:/up",
        "./a/b:/d",
        "../data:/d",
        "./..:/d",
        "{type: bind, source: /etc, target: /e}",
    };

    (void)state;
    assert_mounts(CERTBIND_MOUNT_HOST, entries, sizeof entries / sizeof entries[0]);
}

static void volumes_and_own_folders_lead_nowhere(void **state)
{
    static const char *const entries[] = {
        "data:/var/lib/data",
        "data:/run/dstackx",
        "/var/lib/anonymous",
        "./data:/data",
        "./my_data.d:/data:ro",
        "/etc/localtime:/etc/localtime:ro",
        "{type: volume, source: data, target: /d}",
        "{type: volume, target: /d}",
        "{type: tmpfs, target: /tmp}",
        "{type: bind, source: ./data, target: /d}",
    };

    (void)state;
    assert_mounts(CERTBIND_MOUNT_OWN, entries, sizeof entries / sizeof entries[0]);
}

static void what_is_neither_is_not_understood(void **state)
{
    static const char *const entries[] = {
        "\"${X}:/d\"",
        "\"data:${X}\"",
        "\"data:/run/${X}\"",
        "\"/etc/${X}:/d\"",
        "':/d'",
        LONG ":/d",
        "data:/" LONG,
        "~/x:/d",
        "'C:\\x:/d'",
        "data",
        "'data:relative'",
        "''",
        "[a]",
        "{type: bind, target: /d}",
        "{type: npipe, source: x, target: /d}",
        "{source: data, target: /d}",
        "{type: volume, source: data}",
        "{type: volume, source: data, target: d}",
        "{type: volume, source: /run, target: /d}",
        "{type: bind, source: \"${X}\", target: /d}",
        "{type: bind, source: /etc/localtime, target: \"/${X}\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        enum certbind_mount mount;

        if (read_entry(entries[i], &mount) != CERTBIND_E_COMPOSE_NOT_UNDERSTOOD)
            fail_msg("%s was understood", entries[i]);
        assert_int_equal(CERTBIND_MOUNT_HOST, mount);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_socket_and_its_folder_are_the_agent),
        cmocka_unit_test(any_other_path_of_the_machine_may_lead_there),
        cmocka_unit_test(volumes_and_own_folders_lead_nowhere),
        cmocka_unit_test(what_is_neither_is_not_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
