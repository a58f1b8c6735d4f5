#include <stdio.h>
#include <stdlib.h>

#include "certbind/verify.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/input.h"
#include "ra-tls/cli/offline.h"
#include "ra-tls/cli/print.h"

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

/* A file that cannot be read as a quote or a bundle is malformed input, not a refusal. */
static enum exit_code exit_code_of(const struct certbind_report *report, struct certbind_bytes raw)
{
    struct certbind_quote quote;

    if (!report->accepted && (certbind_quote_parse(raw, &quote, NULL) != CERTBIND_OK ||
                              report->code == CERTBIND_E_COLLATERAL_MALFORMED))
        return EXIT_MALFORMED;
    return client_exit_code(report);
}

static enum exit_code verify(const struct arguments *args, const struct offline *o,
                             struct certbind_bytes quote)
{
    const struct certbind_quote_check check = {
        .quote = quote,
        .collateral = certbind_bytes(o->collateral, o->collateral_len),
        .root_der = certbind_bytes(o->root, o->root_len),
        .policy = o->has_policy ? &o->policy : NULL,
        .now = o->now,
    };
    struct certbind_report report;

    if (certbind_verify_quote(&check, &report, NULL) != CERTBIND_OK)
        report.accepted = false;
    (void)snprintf(report.target, sizeof report.target, "quote %s", args->value[ARG_QUOTE]);
    client_print_report(&report, args);
    return exit_code_of(&report, quote);
}

enum exit_code command_quote_verify(const struct arguments *args)
{
    struct offline offline;
    uint8_t *quote = NULL;
    size_t len = 0;
    enum exit_code code;

    if (args->value[ARG_QUOTE] == NULL || args->value[ARG_COLLATERAL] == NULL) {
        (void)fprintf(stderr, "devproof quote verify: --quote and --collateral are needed\n");
        return EXIT_USAGE;
    }
    code = offline_open(args, &offline);
    if (code == EXIT_ACCEPTED)
        code = input_read(args->command, args->value[ARG_QUOTE], &quote, &len);
    if (code == EXIT_ACCEPTED) {
        input_decode_hex(quote, &len);
        code = verify(args, &offline, certbind_bytes(quote, len));
    }
    free(quote);
    offline_close(&offline);
    return code;
}
