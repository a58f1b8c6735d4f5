#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "certbind/verify.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/input.h"
#include "ra-tls/cli/print.h"
#include "ra-tls/policy_file.h"

enum exit_code command_quote_show(const struct arguments *args)
{
    struct certbind_error err = {0};
    struct certbind_quote quote;
    uint8_t *data = NULL;
    size_t len = 0;
    enum exit_code code = input_read(args->command, args->word[0], &data, &len);

    if (code != EXIT_ACCEPTED)
        return code;
    input_decode_hex(data, &len);
    if (certbind_quote_parse(certbind_bytes(data, len), &quote, &err) == CERTBIND_OK) {
        print_quote(&quote);
        (void)printf("nothing of this was verified\n");
    } else {
        (void)fprintf(stderr, "devproof quote show: %s: %s\n", certbind_status_name(err.status),
                      err.detail);
        code = EXIT_MALFORMED;
    }
    free(data);
    return code;
}

struct files {
    uint8_t *quote, *collateral, *root;
    size_t quote_len, collateral_len, root_len;
    struct certbind_policy policy;
    bool has_policy;
};

static enum exit_code read_all(const struct arguments *args, struct files *f)
{
    enum exit_code code =
        input_read(args->command, args->value[ARG_QUOTE], &f->quote, &f->quote_len);

    if (code == EXIT_ACCEPTED)
        code = input_read(args->command, args->value[ARG_COLLATERAL], &f->collateral,
                          &f->collateral_len);
    if (code == EXIT_ACCEPTED && args->value[ARG_POLICY] != NULL) {
        code = client_load_policy(args->value[ARG_POLICY], &f->policy);
        f->has_policy = code == EXIT_ACCEPTED;
    }
    if (code == EXIT_ACCEPTED && args->value[ARG_ROOT] != NULL)
        code = client_load_root(args->value[ARG_ROOT], &f->root, &f->root_len);
    else if (code == EXIT_ACCEPTED && f->has_policy && f->policy.root_file != NULL) {
        char path[4096];

        code =
            ratls_policy_relative(args->value[ARG_POLICY], f->policy.root_file, path, sizeof path)
                ? client_load_root(path, &f->root, &f->root_len)
                : EXIT_USAGE;
    }
    return code;
}

/* A file that cannot be read as a quote or a bundle is malformed input, not a refusal. */
static enum exit_code exit_code_of(const struct certbind_report *report, const struct files *f)
{
    struct certbind_quote quote;

    if (!report->accepted && (certbind_quote_parse(certbind_bytes(f->quote, f->quote_len), &quote,
                                                   NULL) != CERTBIND_OK ||
                              report->code == CERTBIND_E_COLLATERAL_MALFORMED))
        return EXIT_MALFORMED;
    return client_exit_code(report);
}

static enum exit_code verify(const struct arguments *args, const struct files *f, uint64_t now)
{
    const struct certbind_quote_check check = {
        .quote = certbind_bytes(f->quote, f->quote_len),
        .collateral = certbind_bytes(f->collateral, f->collateral_len),
        .root_der = certbind_bytes(f->root, f->root_len),
        .policy = f->has_policy ? &f->policy : NULL,
        .now = now,
    };
    struct certbind_report report;

    if (certbind_verify_quote(&check, &report, NULL) != CERTBIND_OK)
        report.accepted = false;
    client_print_report(&report, args);
    return exit_code_of(&report, f);
}

enum exit_code command_quote_verify(const struct arguments *args)
{
    struct files f = {0};
    uint64_t now = (uint64_t)time(NULL);
    enum exit_code code;

    if (args->value[ARG_QUOTE] == NULL || args->value[ARG_COLLATERAL] == NULL) {
        (void)fprintf(stderr, "devproof quote verify: --quote and --collateral are needed\n");
        return EXIT_USAGE;
    }
    if (args->value[ARG_NOW] != NULL && !arguments_number(args->value[ARG_NOW], INT64_MAX, &now)) {
        (void)fprintf(stderr, "devproof quote verify: --now takes seconds since 1970\n");
        return EXIT_USAGE;
    }
    code = read_all(args, &f);
    if (code == EXIT_ACCEPTED) {
        input_decode_hex(f.quote, &f.quote_len);
        code = verify(args, &f, now);
    }
    free(f.quote);
    free(f.collateral);
    free(f.root);
    certbind_policy_cleanup(&f.policy);
    return code;
}
