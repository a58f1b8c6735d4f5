#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "certbind/dcap/civil_time.h"
#include "certbind/dcap/tcb_outlook.h"
#include "certbind/json_write.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/cli/input.h"

struct inputs {
    uint8_t *quote, *collateral, *early, *root;
    size_t quote_len, collateral_len, early_len, root_len;
    uint64_t now;
};

static enum exit_code read_inputs(const struct arguments *args, struct inputs *in)
{
    const char *early = args->value[ARG_EARLY_COLLATERAL];
    enum exit_code code =
        input_read(args->command, args->value[ARG_QUOTE], &in->quote, &in->quote_len);

    if (code == EXIT_ACCEPTED)
        code = input_read(args->command, args->value[ARG_COLLATERAL], &in->collateral,
                          &in->collateral_len);
    if (code == EXIT_ACCEPTED && early != NULL)
        code = input_read(args->command, early, &in->early, &in->early_len);
    if (code == EXIT_ACCEPTED && args->value[ARG_ROOT] != NULL)
        code = client_load_root(args->value[ARG_ROOT], &in->root, &in->root_len);
    if (code == EXIT_ACCEPTED)
        input_decode_hex(in->quote, &in->quote_len);
    return code;
}

/* Evidence that is no quote or bundle is malformed input; evidence that does not hold is refused.
 */
static enum exit_code look(const struct inputs *in, struct certbind_bytes bundle, const char *which,
                           struct certbind_tcb_outlook *out)
{
    const struct certbind_bytes quote = certbind_bytes(in->quote, in->quote_len);
    struct certbind_collateral *collateral = NULL;
    struct certbind_error err = {0};
    struct certbind_quote parsed;
    certbind_status status = certbind_quote_parse(quote, &parsed, &err);
    bool malformed = status != CERTBIND_OK;

    if (status == CERTBIND_OK) {
        status = certbind_collateral_new(bundle, certbind_bytes(in->root, in->root_len), in->now,
                                         &collateral, &err);
        malformed = status == CERTBIND_E_COLLATERAL_MALFORMED;
    }
    if (status == CERTBIND_OK)
        status = certbind_tcb_outlook_make(quote, collateral, in->now, out, &err);
    certbind_collateral_free(collateral);
    if (status == CERTBIND_OK)
        return EXIT_ACCEPTED;
    (void)fprintf(stderr, "devproof tcb-status: %s: %s: %s\n", which, certbind_status_name(status),
                  err.detail);
    return malformed ? EXIT_MALFORMED : EXIT_REFUSED;
}

static const char *day_of(uint64_t seconds, char text[CERTBIND_RFC3339_ROOM])
{
    if (!certbind_rfc3339_format(seconds, text))
        return "?";
    text[10] = '\0';
    return text;
}

static void print_outlook(const char *title, const struct certbind_tcb_outlook *o)
{
    const struct certbind_dcap_report *r = &o->report;
    char day[CERTBIND_RFC3339_ROOM];

    (void)printf("%s, evaluation %u, issued %s: %s%s\n", title,
                 (unsigned)r->facts.tcb_evaluation_number, day_of(r->facts.tcb_issued, day),
                 r->code == CERTBIND_OK || r->status != CERTBIND_TCB_NONE
                     ? certbind_tcb_status_name(r->status)
                     : certbind_status_name(r->code),
                 r->facts.simulated ? " (simulated)" : "");
    (void)printf(
        "  platform %s, TDX module %s, QE %s\n", certbind_tcb_status_name(r->platform.status),
        certbind_tcb_status_name(r->module.status), certbind_tcb_status_name(r->qe.status));
    for (size_t i = 0; i < r->advisory_count; i++)
        (void)printf("%s%s", i == 0 ? "  advisories " : ", ", r->advisory[i]);
    (void)printf("%s", r->advisory_count > 0 ? "\n" : "");
    for (size_t i = 0; i < o->count; i++) {
        const struct certbind_shortfall *s = &o->shortfall[i];

        (void)printf("  %-18s has %u, %s of %s needs %u: %s\n", s->name, s->have,
                     certbind_tcb_status_name(s->level), day_of(s->level_date, day), s->need,
                     s->raised_by);
    }
    if (!o->current && o->count == 0)
        (void)printf("  no component is short: the status is one of configuration or software\n");
}

static bool add_shortfall(cJSON *list, const struct certbind_shortfall *s)
{
    char day[CERTBIND_RFC3339_ROOM];
    cJSON *item = certbind_json_add_object(list, NULL);

    return certbind_json_add_text(item, "name", s->name) &&
           certbind_json_add_integer(item, "have", s->have) &&
           certbind_json_add_integer(item, "need", s->need) &&
           certbind_json_add_text(item, "level", certbind_tcb_status_name(s->level)) &&
           certbind_json_add_text(item, "level_date", day_of(s->level_date, day)) &&
           certbind_json_add_text(item, "raised_by", s->raised_by);
}

static bool add_outlook(cJSON *root, const char *name, const struct certbind_tcb_outlook *o)
{
    const struct certbind_dcap_report *r = &o->report;
    char day[CERTBIND_RFC3339_ROOM];
    cJSON *object = certbind_json_add_object(root, name);
    cJSON *advisories = certbind_json_add_array(object, "advisories");
    cJSON *list = certbind_json_add_array(object, "shortfall");
    bool ok =
        certbind_json_add_bool(object, "current", o->current) &&
        certbind_json_add_text(object, "code", certbind_status_name(r->code)) &&
        certbind_json_add_text(object, "status", certbind_tcb_status_name(r->status)) &&
        certbind_json_add_text(object, "platform", certbind_tcb_status_name(r->platform.status)) &&
        certbind_json_add_text(object, "module", certbind_tcb_status_name(r->module.status)) &&
        certbind_json_add_text(object, "qe", certbind_tcb_status_name(r->qe.status)) &&
        certbind_json_add_integer(object, "evaluation_number", r->facts.tcb_evaluation_number) &&
        certbind_json_add_text(object, "issued", day_of(r->facts.tcb_issued, day)) &&
        advisories != NULL && list != NULL;

    for (size_t i = 0; ok && i < r->advisory_count; i++)
        ok = certbind_json_add_text(advisories, NULL, r->advisory[i]);
    for (size_t i = 0; ok && i < o->count; i++)
        ok = add_shortfall(list, &o->shortfall[i]);
    return ok;
}

/* next: NULL when no early collateral was given. */
static bool print_json(const struct certbind_tcb_outlook *now,
                       const struct certbind_tcb_outlook *next)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;

    if (certbind_json_add_integer(root, "v", 1) &&
        certbind_json_add_bool(root, "simulated", now->report.facts.simulated) &&
        add_outlook(root, "now", now) &&
        (next != NULL ? add_outlook(root, "next", next)
                      : certbind_json_add(root, "next", cJSON_CreateNull())))
        text = cJSON_PrintUnformatted(root);
    if (text != NULL)
        (void)printf("%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}

static void print_text(const struct certbind_tcb_outlook *now,
                       const struct certbind_tcb_outlook *next)
{
    print_outlook("now", now);
    if (next != NULL) {
        print_outlook("next", next);
        if (next->report.facts.tcb_evaluation_number <= now->report.facts.tcb_evaluation_number)
            (void)printf("the early collateral is of no later evaluation\n");
        else if (now->current && !next->current)
            (void)printf("this platform will not be UpToDate in the next evaluation\n");
    }
    if (now->count > 0 || (next != NULL && next->count > 0))
        (void)printf("sgx components and pcesvn stand in the PCK certificate: after an update the "
                     "host needs a new one\n");
}

static enum exit_code run(const struct arguments *args, const struct inputs *in)
{
    struct certbind_tcb_outlook now;
    struct certbind_tcb_outlook next;
    enum exit_code code =
        look(in, certbind_bytes(in->collateral, in->collateral_len), "collateral", &now);

    if (code == EXIT_ACCEPTED && in->early != NULL)
        code = look(in, certbind_bytes(in->early, in->early_len), "early collateral", &next);
    if (code != EXIT_ACCEPTED)
        return code;
    if (args->value[ARG_JSON] == NULL)
        print_text(&now, in->early != NULL ? &next : NULL);
    else if (!print_json(&now, in->early != NULL ? &next : NULL))
        return EXIT_FAILED;
    return now.current ? EXIT_ACCEPTED : EXIT_REFUSED;
}

enum exit_code command_tcb_status(const struct arguments *args)
{
    struct inputs in = {.now = (uint64_t)time(NULL)};
    enum exit_code code;

    if (args->value[ARG_QUOTE] == NULL || args->value[ARG_COLLATERAL] == NULL) {
        (void)fprintf(stderr, "devproof tcb-status: --quote and --collateral are needed\n");
        return EXIT_USAGE;
    }
    if (args->value[ARG_NOW] != NULL &&
        !arguments_number(args->value[ARG_NOW], INT64_MAX, &in.now)) {
        (void)fprintf(stderr, "devproof tcb-status: --now takes seconds since 1970\n");
        return EXIT_USAGE;
    }
    code = read_inputs(args, &in);
    if (code == EXIT_ACCEPTED)
        code = run(args, &in);
    free(in.quote);
    free(in.collateral);
    free(in.early);
    free(in.root);
    return code;
}
