#include "certbind/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "certbind/dcap/civil_time.h"
#include "certbind/hex.h"

enum { MAX_HEX_BYTES = 64 };

/* What a peer wrote must not move a terminal's cursor: control characters hide in UTF-8 too. */
static void put_text(FILE *f, const char *text)
{
    for (; *text != '\0'; text++)
        (void)fputc((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e ? '?' : *text, f);
}

static void put_hex(FILE *f, const char *name, const uint8_t *data, size_t len)
{
    char hex[2 * MAX_HEX_BYTES + 1];

    if (len > MAX_HEX_BYTES)
        return;
    certbind_hex_encode(data, len, hex);
    (void)fprintf(f, "  %-15s %s\n", name, len == 0 ? "none" : hex);
}

static void put_links(FILE *f, const struct certbind_report *report)
{
    const char *separator = "  not checked  ";
    bool any = false;

    for (int i = 0; i < CERTBIND_LINK_COUNT; i++) {
        if (!report->unchecked[i])
            continue;
        (void)fprintf(f, "%s%s", separator, certbind_link_name((enum certbind_link)i));
        separator = ", ";
        any = true;
    }
    if (any)
        (void)fprintf(f, " (waived by the policy: this verdict is not complete)\n");
}

/* The first line: scripts look at how it begins. */
static void put_verdict(FILE *f, const struct certbind_report *report)
{
    if (report->accepted)
        (void)fprintf(f, "accepted: ");
    else
        (void)fprintf(f, "refused %s: ", certbind_status_name(report->code));
    put_text(f, report->target[0] == '\0' ? "the quote" : report->target);
    (void)fprintf(f, "%s\n",
                  report->simulated ? " (simulated: under a test root, it proves nothing about "
                                      "real hardware)"
                                    : "");
    if (!report->accepted) {
        (void)fprintf(f, "  why          %s (", certbind_status_text(report->code));
        put_text(f, report->detail);
        (void)fprintf(f, ")\n");
    }
}

static void put_short_hex(FILE *f, const char *before, const uint8_t *data, size_t len)
{
    char hex[2 * MAX_HEX_BYTES + 1];

    certbind_hex_encode(data, len < MAX_HEX_BYTES ? len : MAX_HEX_BYTES, hex);
    (void)fprintf(f, "%s%s", before, hex);
}

static const char *status_of(const struct certbind_report *report)
{
    return report->dcap.status == CERTBIND_TCB_NONE ? "not judged"
                                                    : certbind_tcb_status_name(report->dcap.status);
}

/* Whose it is, which code, on what, until when, and what was not checked. */
static void put_summary(FILE *f, const struct certbind_report *report)
{
    const struct certbind_identity *id = &report->identity;
    char until[CERTBIND_RFC3339_ROOM];

    if (report->has_identity) {
        put_short_hex(f, "  whose        app ", id->app_id, sizeof id->app_id);
        put_short_hex(f, "\n  under KMS    ", id->key_provider_id_sha256, CERTBIND_SHA256_LEN);
        put_short_hex(f, "\n  which code   compose ", id->compose_hash, sizeof id->compose_hash);
        (void)fputc('\n', f);
    }
    if (report->has_statement) {
        put_short_hex(f, "  set up as    config ", report->config_sha256, CERTBIND_SHA256_LEN);
        (void)fprintf(f, ", ");
        put_text(f, report->software);
        (void)fputc('\n', f);
    }
    if (report->has_quote)
        (void)fprintf(f, "  platform     %s\n", status_of(report));
    if (report->expires_at != 0 && certbind_rfc3339_format(report->expires_at, until))
        (void)fprintf(f, "  valid until  %s\n", until);
    put_links(f, report);
    for (size_t i = 0; i < report->note_count; i++) {
        (void)fprintf(f, "  note         ");
        put_text(f, report->notes[i]);
        (void)fputc('\n', f);
    }
}

static void put_steps(FILE *f, const struct certbind_report *report)
{
    static const char *const names[] = {"not evaluated", "pass", "FAIL", "skipped"};

    (void)fprintf(f, "\nsteps\n");
    for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++) {
        const struct certbind_report_step *step = &report->steps[i];

        (void)fprintf(f, "  %-14s %-13s ", certbind_step_name((enum certbind_step)i),
                      names[step->result]);
        if (step->result == CERTBIND_STEP_FAIL)
            (void)fprintf(f, "%s: ", certbind_status_name(step->code));
        put_text(f, step->detail);
        (void)fputc('\n', f);
    }
}

static void put_identity(FILE *f, const struct certbind_report *report)
{
    const struct certbind_identity *id = &report->identity;

    if (report->has_identity) {
        (void)fprintf(f, "\nidentity, as the event log tells it\n");
        put_hex(f, "app id", id->app_id, sizeof id->app_id);
        put_hex(f, "compose hash", id->compose_hash, sizeof id->compose_hash);
        put_hex(f, "instance id", id->instance_id,
                id->has_instance_id ? sizeof id->instance_id : 0);
        (void)fprintf(f, "  %-15s ", "key provider");
        put_text(f, id->key_provider);
        (void)fputc('\n', f);
        put_hex(f, "KMS root CA key", id->key_provider_id_sha256, CERTBIND_SHA256_LEN);
    }
}

static void put_platform(FILE *f, const struct certbind_report *report)
{
    if (!report->has_quote || report->dcap.body_type == CERTBIND_BODY_SGX)
        return;
    (void)fprintf(f, "\nplatform: %s", status_of(report));
    for (size_t i = 0; i < report->dcap.advisory_count; i++) {
        (void)fprintf(f, "%s", i == 0 ? ", advisories " : " ");
        put_text(f, report->dcap.advisory[i]);
    }
    (void)fputc('\n', f);
    for (int i = 0; i < CERTBIND_REGISTER_COUNT; i++) {
        const struct certbind_bytes value =
            certbind_register_get(&report->dcap.td, (enum certbind_register)i);

        put_hex(f, certbind_register_name((enum certbind_register)i), value.data, value.len);
    }
}

char *certbind_report_to_text(const struct certbind_report *report)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    bool ok;

    if (f == NULL)
        return NULL;
    put_verdict(f, report);
    put_summary(f, report);
    put_steps(f, report);
    put_identity(f, report);
    put_platform(f, report);
    ok = ferror(f) == 0;
    ok = fclose(f) == 0 && ok;
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}
