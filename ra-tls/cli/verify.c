#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"

enum exit_code command_verify(const struct arguments *args)
{
    struct client client;
    struct certbind_report report;
    struct ratls_conn *conn = NULL;
    enum exit_code code = client_open(&client, args, args->word[0], true);

    if (code == EXIT_ACCEPTED) {
        if (ratls_connect(client.ctx, &client.target, &conn, &report, NULL) != CERTBIND_OK)
            report.accepted = false;
        client_print_report(&report, args);
        code = client_exit_code(&report);
        ratls_close(conn);
    }
    client_close(&client);
    return code;
}
