#include <stdio.h>

#include "certbind/compose/gateway_service.h"
#include "certbind/leaf.h"
#include "certbind/verify.h"
#include "ra-tls/cli/cert_file.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/offline.h"

/* A file that holds no certificate or no bundle is malformed input, not a refusal. */
static enum exit_code exit_code_of(const struct certbind_report *report,
                                   const struct certbind_bytes der)
{
    struct certbind_leaf leaf;
    const bool readable = certbind_leaf_parse(der, &leaf, NULL) != CERTBIND_E_CERT_DER;

    certbind_leaf_cleanup(&leaf);
    if (!report->accepted && (!readable || report->code == CERTBIND_E_COLLATERAL_MALFORMED))
        return EXIT_MALFORMED;
    return client_exit_code(report);
}

static enum exit_code judge(const struct arguments *args, const struct offline *o,
                            const struct cert_file *file)
{
    const struct certbind_certificate_check check = {
        .chain = file->der,
        .chain_count = file->count,
        .collateral = certbind_bytes(o->collateral, o->collateral_len),
        .root_der = certbind_bytes(o->root, o->root_len),
        .policy = o->has_policy ? &o->policy : NULL,
        .now = o->now,
        .read_compose = certbind_gateway_service_read,
    };
    struct certbind_report report;

    if (certbind_verify_certificate(&check, &report, NULL) != CERTBIND_OK)
        report.accepted = false;
    (void)snprintf(report.target, sizeof report.target, "certificate %s", args->word[0]);
    client_print_report(&report, args);
    return exit_code_of(&report, file->der[0]);
}

enum exit_code command_cert_verify(const struct arguments *args)
{
    struct cert_file file = {.count = 0};
    struct offline offline;
    enum exit_code code = offline_open(args, &offline);

    if (code == EXIT_ACCEPTED)
        code = cert_file_read(args->command, args->word[0], &file);
    if (code == EXIT_ACCEPTED)
        code = judge(args, &offline, &file);
    cert_file_free(&file);
    offline_close(&offline);
    return code;
}
