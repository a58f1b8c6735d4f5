#include <stdio.h>

#include "ra-tls/cli/archive.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"

static enum exit_code usage(const char *what)
{
    (void)fprintf(stderr, "devproof verify: %s; see devproof verify --help\n", what);
    return EXIT_USAGE;
}

static enum exit_code check(const struct arguments *args)
{
    const bool from = args->value[ARG_FROM] != NULL;

    if (from == (args->words == 1))
        return usage("either a URL or --from FILE");
    if (from && args->value[ARG_SAVE] != NULL)
        return usage("an archive is not saved again");
    return from || args->value[ARG_AT] == NULL ? EXIT_ACCEPTED : usage("--at belongs to --from");
}

static enum exit_code connect_and_judge(struct client *client, const struct arguments *args)
{
    struct archive_keeper keeper = {.client = client, .args = args};
    struct certbind_report report;
    struct ratls_conn *conn = NULL;
    enum exit_code code;

    if (args->value[ARG_SAVE] != NULL) {
        client->target.on_verdict = archive_keep;
        client->target.user = &keeper;
    }
    if (ratls_connect(client->ctx, &client->target, &conn, &report, NULL) != CERTBIND_OK)
        report.accepted = false;
    client_print_report(&report, args);
    code = client_exit_code(&report);
    ratls_close(conn);
    if (args->value[ARG_SAVE] != NULL && archive_save(&keeper) != EXIT_ACCEPTED)
        code = EXIT_FAILED;
    return code;
}

enum exit_code command_verify(const struct arguments *args)
{
    struct client client;
    enum exit_code code = check(args);

    if (code != EXIT_ACCEPTED)
        return code;
    if (args->value[ARG_FROM] != NULL)
        return archive_verify(args);
    code = client_open(&client, args, args->word[0], true);
    if (code == EXIT_ACCEPTED)
        code = connect_and_judge(&client, args);
    client_close(&client);
    return code;
}
