#include "ra-tls/cli/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ra-tls/archive.h"
#include "ra-tls/cli/input.h"
#include "ra-tls/policy_file.h"

/* The files behind a policy, read again for an archive. */
struct policy_files {
    uint8_t *text;
    uint8_t *compose[RATLS_ARCHIVE_MAX_COMPOSE_FILES];
};

static void files_free(struct policy_files *files)
{
    free(files->text);
    for (int i = 0; i < RATLS_ARCHIVE_MAX_COMPOSE_FILES; i++)
        free(files->compose[i]);
}

/* Read the policy that an archive carries. */
static enum exit_code load_policy(const struct ratls_archive *a, struct certbind_policy *policy)
{
    struct certbind_problems *problems = calloc(1, sizeof *problems);
    certbind_status status =
        problems == NULL ? CERTBIND_E_MEMORY : certbind_policy_parse(a->policy, policy, problems);

    for (size_t i = 0; status == CERTBIND_OK && i < a->compose_count; i++)
        status = certbind_policy_add_compose_file(policy, a->compose[i], NULL);
    free(problems);
    if (status == CERTBIND_OK)
        return EXIT_ACCEPTED;
    if (status == CERTBIND_E_POLICY_UNSUPPORTED)
        return EXIT_UNSUPPORTED;
    return status == CERTBIND_E_MEMORY ? EXIT_FAILED : EXIT_MALFORMED;
}

static bool read_file(const char *path, uint8_t **data, struct certbind_bytes *out)
{
    size_t len = 0;

    if (ratls_file_read(path, data, &len, NULL) != CERTBIND_OK)
        return false;
    *out = certbind_bytes(*data, len);
    return true;
}

/* Add the policy's bytes. The files are read again, so they may have changed meanwhile: then the
 * archive would tell of another verdict. Returns: what is wrong, or NULL. */
static const char *add_policy(const struct archive_keeper *keeper, struct ratls_archive *a,
                              struct policy_files *files)
{
    const struct certbind_policy *used = &keeper->client->policy;
    const char *path = keeper->args->value[ARG_POLICY];
    struct certbind_policy again = {0};
    char name[4096];
    bool same;

    if (!keeper->client->has_policy)
        return NULL;
    a->has_policy = true;
    if (!read_file(path, &files->text, &a->policy))
        return "the policy cannot be read again";
    for (size_t i = 0; i < used->compose_file_count; i++)
        if (!ratls_policy_relative(path, used->compose_files[i], name, sizeof name) ||
            !read_file(name, &files->compose[i], &a->compose[i]))
            return "a compose file cannot be read again";
    a->compose_count = used->compose_file_count;
    same = load_policy(a, &again) == EXIT_ACCEPTED &&
           memcmp(again.sha256, used->sha256, sizeof used->sha256) == 0;
    certbind_policy_cleanup(&again);
    return same ? NULL : "the policy changed meanwhile, or came from a pipe";
}

void archive_keep(void *user, const struct ratls_session *session)
{
    struct archive_keeper *keeper = user;
    struct policy_files files = {.text = NULL};
    struct certbind_error err = {0};
    struct ratls_archive a;

    if (!ratls_archive_take(session, &a)) {
        keeper->problem = "the server sent no evidence to keep";
        return;
    }
    (void)snprintf(a.tool, sizeof a.tool, "devproof %s (%s)", DEVPROOF_VERSION, DEVPROOF_REVISION);
    a.made_at = (uint64_t)time(NULL);
    a.root = certbind_bytes(keeper->client->root, keeper->client->root_len);
    keeper->problem = add_policy(keeper, &a, &files);
    if (keeper->problem == NULL &&
        ratls_archive_encode(&a, &keeper->text, &keeper->len, &err) != CERTBIND_OK)
        keeper->problem =
            err.status == CERTBIND_E_USAGE ? "it would be too large" : "it could not be made";
    files_free(&files);
}

static bool write_file(const char *path, const char *text, size_t len)
{
    FILE *f = fopen(path, "wb");
    bool ok = f != NULL && fwrite(text, 1, len, f) == len && fputc('\n', f) == '\n';

    return f != NULL && fclose(f) == 0 && ok;
}

enum exit_code archive_save(struct archive_keeper *keeper)
{
    const char *path = keeper->args->value[ARG_SAVE];
    const char *problem = keeper->problem;

    if (problem == NULL && keeper->text == NULL)
        problem = "there was no connection";
    else if (problem == NULL && !write_file(path, keeper->text, keeper->len))
        problem = "it cannot be written";
    free(keeper->text);
    keeper->text = NULL;
    if (problem == NULL)
        return EXIT_ACCEPTED;
    (void)fprintf(stderr, "devproof verify: no archive '%s': %s\n", path, problem);
    return EXIT_FAILED;
}

static enum exit_code read_archive(const char *path, struct ratls_archive *out)
{
    struct certbind_error err = {0};
    uint8_t *text = NULL;
    size_t len = 0;
    enum exit_code code = input_read("verify", path, &text, &len);

    if (code == EXIT_ACCEPTED &&
        ratls_archive_parse(certbind_bytes(text, len), out, &err) != CERTBIND_OK) {
        (void)fprintf(stderr, "devproof verify: '%s': %s\n", path, err.detail);
        code = err.status == CERTBIND_E_MEMORY ? EXIT_FAILED : EXIT_MALFORMED;
    }
    free(text);
    return code;
}

/* The reader's own policy and root go before the archive's. With a policy of their own the archive
 * has no say in the root either. */
static enum exit_code choose(const struct arguments *args, const struct ratls_archive *a,
                             struct client *client)
{
    const bool own_policy = args->value[ARG_POLICY] != NULL;
    enum exit_code code = client_open(client, args, NULL, true);

    if (code != EXIT_ACCEPTED || own_policy || !a->has_policy)
        return code;
    code = load_policy(a, &client->policy);
    client->has_policy = code == EXIT_ACCEPTED;
    if (code != EXIT_ACCEPTED)
        (void)fprintf(stderr, "devproof verify: the archive's policy cannot be used\n");
    return code;
}

static enum exit_code judge(const struct arguments *args, const struct ratls_archive *a,
                            const struct client *client, uint64_t now)
{
    const bool own_policy = args->value[ARG_POLICY] != NULL;
    const bool own_root = own_policy || args->value[ARG_ROOT] != NULL;
    struct certbind_report report;
    certbind_status status = ratls_archive_judge(
        a, client->has_policy ? &client->policy : NULL,
        own_root ? certbind_bytes(client->root, client->root_len) : a->root, now, &report);

    if (status != CERTBIND_OK)
        report.accepted = false;
    if (!own_policy)
        certbind_report_note(&report, "the policy is the archive's: --policy brings your own");
    if (!own_root)
        certbind_report_note(&report, "the root is the archive's: --root or --policy brings "
                                      "your own");
    client_print_report(&report, args);
    return client_exit_code(&report);
}

enum exit_code archive_verify(const struct arguments *args)
{
    struct ratls_archive archive = {.made_at = 0};
    struct client client = {.has_policy = false};
    uint64_t now = 0;
    enum exit_code code;

    if (args->value[ARG_AT] != NULL && !arguments_number(args->value[ARG_AT], INT64_MAX, &now)) {
        (void)fprintf(stderr, "devproof verify: --at takes seconds since 1970\n");
        return EXIT_USAGE;
    }
    code = read_archive(args->value[ARG_FROM], &archive);
    if (code == EXIT_ACCEPTED)
        code = choose(args, &archive, &client);
    if (code == EXIT_ACCEPTED)
        code = judge(args, &archive, &client, args->value[ARG_AT] != NULL ? now : archive.made_at);
    client_close(&client);
    ratls_archive_cleanup(&archive);
    return code;
}
