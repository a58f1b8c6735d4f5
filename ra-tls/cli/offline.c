#include "ra-tls/cli/offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ra-tls/cli/client.h"
#include "ra-tls/cli/input.h"
#include "ra-tls/policy_file.h"

static enum exit_code load_root(const struct arguments *args, struct offline *out)
{
    char path[4096];

    if (args->value[ARG_ROOT] != NULL)
        return client_load_root(args->value[ARG_ROOT], &out->root, &out->root_len);
    if (!out->has_policy || out->policy.root_file == NULL)
        return EXIT_ACCEPTED;
    if (!ratls_policy_relative(args->value[ARG_POLICY], out->policy.root_file, path, sizeof path))
        return EXIT_USAGE;
    return client_load_root(path, &out->root, &out->root_len);
}

enum exit_code offline_open(const struct arguments *args, struct offline *out)
{
    enum exit_code code = EXIT_ACCEPTED;

    *out = (struct offline){.now = (uint64_t)time(NULL)};
    if (args->value[ARG_NOW] != NULL &&
        !arguments_number(args->value[ARG_NOW], INT64_MAX, &out->now)) {
        (void)fprintf(stderr, "devproof %s: --now takes seconds since 1970\n", args->command);
        return EXIT_USAGE;
    }
    if (args->value[ARG_COLLATERAL] != NULL)
        code = input_read(args->command, args->value[ARG_COLLATERAL], &out->collateral,
                          &out->collateral_len);
    if (code == EXIT_ACCEPTED && args->value[ARG_POLICY] != NULL) {
        code = client_load_policy(args->value[ARG_POLICY], &out->policy);
        out->has_policy = code == EXIT_ACCEPTED;
    }
    return code == EXIT_ACCEPTED ? load_root(args, out) : code;
}

void offline_close(struct offline *offline)
{
    free(offline->collateral);
    free(offline->root);
    certbind_policy_cleanup(&offline->policy);
}
