#include "tests/unit/dcap/broken.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void the_start_is_valid(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
    forge_init_sgx(&f);
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
}

static void write_file(const char *folder, const char *claim, const char *kind, const void *data,
                       size_t len)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s.%s.%s", folder, program_invocation_short_name, claim,
                   kind);
    for (char *c = path + strlen(folder); *c != '\0'; c++)
        *c = *c == ' ' ? '_' : *c;
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(len, fwrite(data, 1, len, file));
    assert_int_equal(0, fclose(file));
}

/* For other verifiers: the evidence of this row in files. They rely on the order of levels. */
static void keep(const struct broken *row, struct forge *f)
{
    const char *folder = getenv("DEVPROOF_FORGE_DIR");
    char now[32];

    if (folder == NULL)
        return;
    f->descending = true;
    forge_build(f);
    (void)snprintf(now, sizeof now, "%llu", (unsigned long long)f->now);
    write_file(folder, row->claim, "quote", f->quote, f->quote_len);
    write_file(folder, row->claim, "collateral", f->bundle, strlen(f->bundle));
    write_file(folder, row->claim, "root", f->root, f->root_len);
    write_file(folder, row->claim, "now", now, strlen(now));
}

static void run_row(void **state)
{
    const struct broken *row = *state;
    struct forge f;
    certbind_status status;

    forge_init(&f);
    row->turn(&f);
    status = forge_verify(&f);
    keep(row, &f);
    if (status != row->status)
        fail_msg("%s (%s), expected %s", certbind_status_name(status), f.err.detail,
                 certbind_status_name(row->status));
    forge_cleanup(&f);
}

int run_broken(const struct broken *rows, size_t count)
{
    struct CMUnitTest *tests = calloc(count + 1, sizeof *tests);
    int failures;

    if (tests == NULL)
        return 1;
    tests[0] = (struct CMUnitTest)cmocka_unit_test(the_start_is_valid);
    for (size_t i = 0; i < count; i++) {
        union {
            const struct broken *row;
            void *state;
        } row = {&rows[i]};

        tests[i + 1] = (struct CMUnitTest){
            .name = rows[i].claim, .test_func = run_row, .initial_state = row.state};
    }
    failures = _cmocka_run_group_tests("broken", tests, count + 1, NULL, NULL);
    free(tests);
    return failures;
}
