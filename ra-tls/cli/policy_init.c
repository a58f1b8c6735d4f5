#include <stdio.h>

#include "certbind/hex.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"

static void put_hex(const char *name, const uint8_t *data, size_t len, const char *end)
{
    char text[2 * CERTBIND_MR_LEN + 1];

    certbind_hex_encode(data, len, text);
    (void)printf("      \"%s\": \"%s\"%s\n", name, text, end);
}

static void put_pins(const struct certbind_report *r)
{
    const struct certbind_td_report *td = &r->dcap.td;
    const struct certbind_identity *id = &r->identity;
    char text[2 * CERTBIND_SHA256_LEN + 1];

    (void)printf(
        "  // The operating system on one shape of machine. From the quote: MRTD and RTMR0 to 2.\n"
        "  // To confirm: compute them from the image that the operator names, for this "
        "number of\n  // CPUs and this much memory.\n"
        "  \"os\": [\n    {\n");
    put_hex("mrtd", td->mrtd, CERTBIND_MR_LEN, ",");
    put_hex("rtmr0", td->rtmr[0], CERTBIND_MR_LEN, ",");
    put_hex("rtmr1", td->rtmr[1], CERTBIND_MR_LEN, ",");
    put_hex("rtmr2", td->rtmr[2], CERTBIND_MR_LEN, "");
    (void)printf(
        "    }\n  ],\n  // The app. From the event log, which adds up to RTMR3 of the quote.\n"
        "  // To confirm: get the app-compose file from its authors, read it, and compare\n"
        "  // `devproof compose hash FILE`. Further releases: more hashes.\n"
        "  \"app\": {\n");
    put_hex("app_id", id->app_id, sizeof id->app_id, ",");
    certbind_hex_encode(id->compose_hash, sizeof id->compose_hash, text);
    (void)printf("      \"compose_hashes\": [\"%s\"]\n  },\n", text);
    certbind_hex_encode(id->key_provider_id_sha256, sizeof id->key_provider_id_sha256, text);
    (void)printf(
        "  // The KMS that hands out the app's keys. From the event log: SHA-256 of the key of "
        "its\n"
        "  // root CA. To confirm: ask who runs the KMS, or compare with its own evidence.\n"
        "  \"kms\": {\"ca_spki_sha256\": \"%s\"},\n",
        text);
    certbind_hex_encode(r->config_sha256, sizeof r->config_sha256, text);
    (void)printf(
        "  // The gateway's configuration. From the statement: SHA-256 of GET "
        "/.well-known/devproof/config.\n"
        "  // To confirm: fetch that text, read it, and compare sha256sum; it decides where "
        "requests go.\n  \"config\": [\"%s\"],\n",
        text);
}

/* Is the only thing missing that nobody was expected? */
static bool is_observed(const struct certbind_report *r)
{
    return r->code == CERTBIND_E_POLICY_INCOMPLETE && r->has_quote && r->dcap.verified &&
           r->has_identity && r->has_statement;
}

static void put_policy(const struct certbind_report *r, const struct arguments *args)
{
    (void)printf("// What you see here may be a relay: compare the hashes with another source.\n"
                 "// Observed at %s.%s\n{\n",
                 r->target, r->simulated ? " SIMULATED: the root is not Intel's." : "");
    if (args->value[ARG_ROOT] != NULL) {
        cJSON *path = cJSON_CreateString(args->value[ARG_ROOT]);
        char *text = path == NULL ? NULL : cJSON_PrintUnformatted(path);

        (void)printf("  \"root_file\": %s,\n", text == NULL ? "\"\"" : text);
        cJSON_free(text);
        cJSON_Delete(path);
    }
    put_pins(r);
    (void)printf("  // The keys are proven by the quote; names of a self-signed certificate prove "
                 "nothing.\n  \"name\": \"attestation-only\",\n  \"session\": \"signature\"\n}\n");
}

enum exit_code command_policy_init(const struct arguments *args)
{
    struct client client;
    struct certbind_report report;
    struct ratls_conn *conn = NULL;
    enum exit_code code = client_open(&client, args, args->word[0], true);

    if (code == EXIT_ACCEPTED)
        code = client_observe(&client);
    if (code == EXIT_ACCEPTED) {
        /* No link has a demand, so nothing is accepted; what was observed is in the report. */
        if (ratls_connect(client.ctx, &client.target, &conn, &report, NULL) != CERTBIND_OK &&
            is_observed(&report)) {
            put_policy(&report, args);
        } else {
            (void)fprintf(stderr, "devproof policy init: refused %s: %s\n",
                          certbind_status_name(report.code), report.detail);
            report.accepted = false;
            code = client_exit_code(&report);
        }
        ratls_close(conn);
    }
    client_close(&client);
    return code;
}
