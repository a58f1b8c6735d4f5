/* Where collateral is looked for, in which order, and what is never taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ra-tls/bundle_dir.h"
#include "ra-tls/context.h"
#include "ra-tls/sources.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

#define NAME "tdx-53494d303030-platform.json"

struct scene {
    struct forge forge;
    struct ratls_ctx *ctx;
    char dir[64];
    char cache[80];
    char file[128];
    struct ratls_tried tried;
    struct certbind_error err;
};

/* A context for the forge's root that has seen and kept nothing. */
static void renew_ctx(struct scene *x)
{
    const struct ratls_options options = {.root_der =
                                              certbind_bytes(x->forge.root, x->forge.root_len)};

    ratls_ctx_free(x->ctx);
    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&options, &x->ctx, NULL));
}

static struct scene *open_scene(void)
{
    struct scene *x = calloc(1, sizeof *x);

    assert_non_null(x);
    forge_init(&x->forge);
    forge_build(&x->forge);
    (void)snprintf(x->dir, sizeof x->dir, "/tmp/dp-sources-XXXXXX");
    assert_non_null(mkdtemp(x->dir));
    (void)snprintf(x->cache, sizeof x->cache, "%s/a/devproof", x->dir);
    (void)snprintf(x->file, sizeof x->file, "%s/%s", x->dir, NAME);
    renew_ctx(x);
    return x;
}

static void close_scene(struct scene *x)
{
    char path[200];

    (void)unlink(x->file);
    (void)snprintf(path, sizeof path, "%s/%s", x->cache, NAME);
    (void)unlink(path);
    (void)rmdir(x->cache);
    (void)snprintf(path, sizeof path, "%s/a", x->dir);
    (void)rmdir(path);
    assert_int_equal(0, rmdir(x->dir)); /* nothing else was left behind */
    ratls_ctx_free(x->ctx);
    forge_cleanup(&x->forge);
    free(x);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(0, fclose(f));
}

static certbind_status find_at(struct scene *x, const struct ratls_sources *from, uint64_t now)
{
    char *out = NULL;
    size_t len = 0;
    const struct ratls_search search = {
        .sources = from,
        .quote = certbind_bytes(x->forge.quote, x->forge.quote_len),
        .now = now,
        .timeout_ms = 2000,
    };
    certbind_status status = ratls_collateral_find(x->ctx, &search, &out, &len, &x->tried, &x->err);

    assert_int_equal(status == CERTBIND_OK, out != NULL);
    assert_int_equal(out == NULL ? 0 : strlen(out), len);
    free(out);
    return status;
}

static certbind_status find(struct scene *x, const struct ratls_sources *from)
{
    return find_at(x, from, FORGE_NOW);
}

static void assert_tried(const struct scene *x, size_t i, const char *text)
{
    assert_true(i < x->tried.count);
    if (strstr(x->tried.text[i], text) == NULL)
        fail_msg("'%s' does not tell '%s'", x->tried.text[i], text);
}

static void every_source_that_failed_is_told(void **state)
{
    struct scene *x = open_scene();
    const struct ratls_sources from = {.urls = {"http://127.0.0.1:1", "http://127.0.0.1:2"},
                                       .url_count = 2,
                                       .cache_dir = x->cache,
                                       .dir = x->dir,
                                       .file = "/nonexistent"};

    (void)state;
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, find(x, &from));
    assert_int_equal(5, x->tried.count);
    assert_tried(x, 0, "cache: '");
    assert_tried(x, 1, "http://127.0.0.1:1: ");
    assert_tried(x, 2, "http://127.0.0.1:2: ");
    assert_tried(x, 3, "folder: '");
    assert_tried(x, 4, "file: '/nonexistent': No such file");
    assert_non_null(strstr(x->err.detail, "http://127.0.0.1:1"));
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, find(x, &(struct ratls_sources){0}));
    assert_string_equal("nobody was asked for collateral", x->err.detail);
    close_scene(x);
}

static void a_folder_has_one_file_for_each_family(void **state)
{
    struct scene *x = open_scene();
    const struct ratls_sources from = {.dir = x->dir};
    struct certbind_pck_info info = {.fmspc = {0xb0, 0xc0, 0x6f, 0, 0, 0},
                                     .ca = CERTBIND_PCK_CA_PROCESSOR,
                                     .tee_type = CERTBIND_TEE_SGX};
    char name[RATLS_BUNDLE_NAME_ROOM];

    (void)state;
    ratls_bundle_name(&info, name);
    assert_string_equal("sgx-b0c06f000000-processor.json", name);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, find(x, &from));
    put(x->file, x->forge.bundle);
    assert_int_equal(CERTBIND_OK, find(x, &from));
    assert_int_equal(0, x->tried.count);
    /* Now it is kept in memory: no source is needed any more, until it expires. */
    assert_int_equal(CERTBIND_OK, find(x, &(struct ratls_sources){0}));
    assert_true(ratls_collateral_refresh_at(x->ctx) > FORGE_NOW);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING,
                     find_at(x, &(struct ratls_sources){0}, FORGE_NOW + 40 * UINT64_C(86400)));
    close_scene(x);
}

static void what_does_not_verify_is_passed_over(void **state)
{
    struct scene *x = open_scene();
    const struct ratls_sources from = {.dir = x->dir};
    char *changed = strdup(x->forge.bundle);

    (void)state;
    assert_non_null(changed);
    put(x->file, "{}");
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, find(x, &from));
    *strstr(changed, "tcbDate") = 'T';
    put(x->file, changed);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, find(x, &from));
    assert_int_equal(1, x->tried.count);
    assert_tried(x, 0, "folder: ");
    put(x->file, x->forge.bundle);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING,
                     find_at(x, &from, FORGE_NOW + 40 * UINT64_C(86400))); /* expired */
    free(changed);
    close_scene(x);
}

static void nothing_older_than_what_was_seen_is_taken(void **state)
{
    struct scene *x = open_scene();
    struct certbind_collateral_facts newer = {
        .tee_type = CERTBIND_TEE_TDX, .tcb_evaluation_number = 1000, .qe_evaluation_number = 1000};

    (void)state;
    memcpy(newer.fmspc, x->forge.fmspc, sizeof newer.fmspc);
    put(x->file, x->forge.bundle);
    assert_int_equal(CERTBIND_OK, find(x, &(struct ratls_sources){.file = x->file}));
    newer.root_crl_number = (struct certbind_crl_number){{0xff, 0xff, 0xff, 0xff, 0xff}, 5};
    newer.pck_crl_number = newer.root_crl_number;
    assert_true(ratls_seen_take(&x->ctx->seen, &newer));
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING,
                     find(x, &(struct ratls_sources){.file = x->file}));
    assert_tried(x, 0, "memory: newer was seen before");
    assert_tried(x, 1, "file: newer was seen before");
    close_scene(x);
}

static void the_cache_belongs_to_its_user_alone(void **state)
{
    struct scene *x = open_scene();
    struct stat st;
    char path[200];

    (void)state;
    assert_true(ratls_bundle_write(x->cache, NAME, x->forge.bundle, strlen(x->forge.bundle)));
    (void)snprintf(path, sizeof path, "%s/%s", x->cache, NAME);
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(0600, st.st_mode & 07777);
    assert_int_equal(0, stat(x->cache, &st));
    assert_int_equal(0700, st.st_mode & 07777);
    assert_int_equal(CERTBIND_OK, find(x, &(struct ratls_sources){.cache_dir = x->cache}));
    /* Changed on disk: it is judged whenever it is read, and the next source is asked. */
    renew_ctx(x);
    put(path, "not a bundle");
    put(x->file, x->forge.bundle);
    assert_int_equal(CERTBIND_OK,
                     find(x, &(struct ratls_sources){.cache_dir = x->cache, .file = x->file}));
    assert_tried(x, 0, "cache: ");
    assert_false(ratls_bundle_write("/proc/nowhere", NAME, "x", 1));
    close_scene(x);
}

static void a_revocation_is_an_answer_and_is_not_kept(void **state)
{
    struct scene *x = open_scene();
    const struct ratls_sources from = {.dir = x->dir, .file = "/nonexistent"};

    (void)state;
    x->forge.root_crl.revoked[2] = x->forge.cert[FORGE_CA].serial;
    forge_build(&x->forge);
    renew_ctx(x);
    put(x->file, x->forge.bundle);
    assert_int_equal(CERTBIND_OK, find(x, &from)); /* the verdict then says what is revoked */
    assert_int_equal(0, x->tried.count);
    assert_int_equal(UINT64_MAX, ratls_collateral_refresh_at(x->ctx));
    close_scene(x);
}

static void a_quote_under_another_root_gets_what_shows_it(void **state)
{
    struct scene *x = open_scene();
    const struct ratls_sources from = {.dir = x->dir, .cache_dir = x->cache};

    (void)state;
    put(x->file, x->forge.bundle);
    ratls_ctx_free(x->ctx);
    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&(struct ratls_options){0}, &x->ctx, NULL));
    assert_int_equal(CERTBIND_OK, find(x, &from)); /* the verdict then says root-ca-untrusted */
    assert_int_equal(UINT64_MAX, ratls_collateral_refresh_at(x->ctx));
    ratls_ctx_free(x->ctx);
    assert_int_equal(CERTBIND_OK,
                     ratls_ctx_new(&(struct ratls_options){.root_der = certbind_text("no root")},
                                   &x->ctx, NULL));
    assert_int_equal(CERTBIND_OK, find(x, &from)); /* root-invalid */
    close_scene(x);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_source_that_failed_is_told),
        cmocka_unit_test(a_folder_has_one_file_for_each_family),
        cmocka_unit_test(what_does_not_verify_is_passed_over),
        cmocka_unit_test(nothing_older_than_what_was_seen_is_taken),
        cmocka_unit_test(the_cache_belongs_to_its_user_alone),
        cmocka_unit_test(a_revocation_is_an_answer_and_is_not_kept),
        cmocka_unit_test(a_quote_under_another_root_gets_what_shows_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
