#include <stdio.h>
#include <stdlib.h>

#include "certbind/hex.h"
#include "certbind/json_write.h"
#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"

struct check {
    const char *path;
    enum exit_code code;
    struct certbind_policy policy;
    struct certbind_problems problems;
    struct certbind_error err;
};

static const char *state_of(const struct certbind_policy *p, enum certbind_link link)
{
    if (certbind_policy_demands(p, link))
        return "demanded";
    return p->waived[link] ? "waived" : "no-demand";
}

static const char *name_of(const struct certbind_policy *p)
{
    static const char *const names[] = {"san", "webpki", "attestation-only"};

    return names[p->name];
}

static bool accepts(const struct certbind_policy *p, int status)
{
    return (p->dcap.accept & CERTBIND_TCB_BIT(status)) != 0;
}

static bool add_hashes(cJSON *parent, const char *name, const struct certbind_hashes *hashes)
{
    cJSON *list = certbind_json_add_array(parent, name);
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < hashes->count; i++)
        ok = certbind_json_add_hex(list, NULL, hashes->list[i], CERTBIND_SHA256_LEN);
    return ok;
}

static bool add_hex_or_null(cJSON *parent, const char *name, bool has, const uint8_t *data,
                            size_t len)
{
    return has ? certbind_json_add_hex(parent, name, data, len)
               : certbind_json_add(parent, name, cJSON_CreateNull());
}

static bool add_pins(cJSON *root, const struct certbind_policy *p)
{
    cJSON *o = certbind_json_add_object(root, "pins");

    return certbind_json_add_integer(o, "os", (int64_t)p->os_count) &&
           add_hex_or_null(o, "app_id", p->has_app_id, p->app_id, sizeof p->app_id) &&
           add_hashes(o, "compose_hashes", &p->compose_hashes) &&
           certbind_json_add_integer(o, "instance_ids", (int64_t)p->instance_id_count) &&
           add_hex_or_null(o, "kms_ca_spki_sha256", p->has_ca_spki_sha256, p->ca_spki_sha256,
                           sizeof p->ca_spki_sha256) &&
           add_hashes(o, "config", &p->configs) &&
           certbind_json_add_integer(o, "platforms", (int64_t)p->platforms.count) &&
           (p->root_file != NULL ? certbind_json_add_text(o, "root_file", p->root_file)
                                 : certbind_json_add(o, "root_file", cJSON_CreateNull())) &&
           certbind_json_add_text(o, "name", name_of(p));
}

static bool add_tcb(cJSON *root, const struct certbind_policy *p)
{
    cJSON *o = certbind_json_add_object(root, "tcb");
    cJSON *list = certbind_json_add_array(o, "accept");
    bool ok = list != NULL;

    for (int i = CERTBIND_TCB_NONE + 1; ok && i < CERTBIND_TCB_STATUS_COUNT; i++)
        if (accepts(p, i))
            ok = certbind_json_add_text(list, NULL,
                                        certbind_tcb_status_name((enum certbind_tcb_status)i));
    return ok &&
           certbind_json_add_integer(o, "min_evaluation_number", p->dcap.min_evaluation_number) &&
           certbind_json_add_integer(o, "max_collateral_age_s",
                                     (int64_t)p->dcap.max_collateral_age_s);
}

static bool add_td(cJSON *root, const struct certbind_td_policy *td)
{
    cJSON *o = certbind_json_add_object(root, "td");

    return certbind_json_add_bool(o, "allow_debug", td->allow_debug) &&
           certbind_json_add_bool(o, "allow_perfmon", td->allow_perfmon) &&
           certbind_json_add_bool(o, "allow_migratable", td->allow_migratable) &&
           certbind_json_add_integer(o, "mr_seam", (int64_t)td->mr_seam_count);
}

static bool add_problems(cJSON *root, const struct check *c)
{
    cJSON *list = certbind_json_add_array(root, "problems");
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < c->problems.count; i++) {
        cJSON *item = certbind_json_add_object(list, NULL);

        ok = certbind_json_add_integer(item, "line", (int64_t)c->problems.list[i].line) &&
             certbind_json_add_text(item, "path", c->problems.list[i].path) &&
             certbind_json_add_text(item, "text", c->problems.list[i].text);
    }
    return ok;
}

static bool add_links(cJSON *root, const struct certbind_policy *p)
{
    cJSON *list = certbind_json_add_array(root, "links");
    bool ok = list != NULL;

    for (int i = 0; ok && i < CERTBIND_LINK_COUNT; i++) {
        cJSON *item = certbind_json_add_object(list, NULL);

        ok = certbind_json_add_text(item, "link", certbind_link_name((enum certbind_link)i)) &&
             certbind_json_add_text(item, "state", state_of(p, (enum certbind_link)i));
    }
    return ok;
}

static bool print_json(const struct check *c)
{
    const bool valid = c->code == EXIT_ACCEPTED;
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;

    if (certbind_json_add_integer(root, "v", 1) && certbind_json_add_bool(root, "valid", valid) &&
        certbind_json_add_text(root, "code",
                               certbind_status_name(valid ? CERTBIND_OK : c->err.status)) &&
        certbind_json_add_text(root, "detail", valid ? "" : c->err.detail) &&
        add_problems(root, c) &&
        (!valid || (add_links(root, &c->policy) && add_pins(root, &c->policy) &&
                    add_tcb(root, &c->policy) && add_td(root, &c->policy.dcap.td))))
        text = cJSON_PrintUnformatted(root);
    if (text != NULL)
        (void)printf("%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}

static void print_hex_line(const char *what, const uint8_t *data, size_t len)
{
    char hex[2 * CERTBIND_SHA256_LEN + 1];

    certbind_hex_encode(data, len, hex);
    (void)printf("  %-16s %s\n", what, hex);
}

/* What weakens a TD stands out: a line for each. */
static void print_td(const struct certbind_td_policy *td)
{
    if (td->allow_debug)
        (void)printf("  %-16s debug mode: its host reads its memory\n", "TD may have");
    if (td->allow_migratable)
        (void)printf("  %-16s migration to other machines\n", "TD may have");
    if (td->allow_perfmon)
        (void)printf("  %-16s performance counters\n", "TD may have");
    (void)printf("  %-16s %zu (0: any that Intel signed)\n", "TDX modules", td->mr_seam_count);
}

static void print_pins(const struct certbind_policy *p)
{
    (void)printf("\npins\n  %-16s %s\n", "root", p->root_file == NULL ? "Intel's" : p->root_file);
    (void)printf("  %-16s", "TCB accepted");
    for (int i = CERTBIND_TCB_NONE + 1; i < CERTBIND_TCB_STATUS_COUNT; i++)
        if (accepts(p, i))
            (void)printf(" %s", certbind_tcb_status_name((enum certbind_tcb_status)i));
    (void)printf("\n  %-16s %llu days\n", "collateral age",
                 (unsigned long long)(p->dcap.max_collateral_age_s / 86400));
    print_td(&p->dcap.td);
    for (size_t i = 0; i < p->os_count; i++)
        (void)printf("  %-16s %s\n", "system", p->os[i].name == NULL ? "(no name)" : p->os[i].name);
    if (p->has_app_id)
        print_hex_line("app id", p->app_id, sizeof p->app_id);
    for (size_t i = 0; i < p->compose_hashes.count; i++)
        print_hex_line("compose hash", p->compose_hashes.list[i], CERTBIND_SHA256_LEN);
    if (p->has_ca_spki_sha256)
        print_hex_line("KMS root CA", p->ca_spki_sha256, sizeof p->ca_spki_sha256);
    for (size_t i = 0; i < p->gateway_image_count; i++)
        (void)printf("  %-16s %s\n", "gateway image", p->gateway_images[i]);
    if (p->config_from_compose)
        (void)printf("  %-16s the literal of the accepted compose file\n", "configuration");
    for (size_t i = 0; i < p->configs.count; i++)
        print_hex_line("configuration", p->configs.list[i], CERTBIND_SHA256_LEN);
    (void)printf("  %-16s %zu (0: any)\n  %-16s %zu (0: any)\n  %-16s %s\n", "instances",
                 p->instance_id_count, "machines", p->platforms.count, "server name", name_of(p));
}

static void print_text(const struct check *c)
{
    if (c->code != EXIT_ACCEPTED) {
        client_print_problems(c->path, &c->problems, stdout);
        if (c->problems.count == 0)
            (void)printf("%s: %s\n", c->path, c->err.detail);
        return;
    }
    (void)printf("%s: well-formed\n\nlinks\n", c->path);
    for (int i = 0; i < CERTBIND_LINK_COUNT; i++) {
        const enum certbind_link link = (enum certbind_link)i;
        const bool open = !certbind_policy_demands(&c->policy, link);

        (void)printf("  %-8s %s%s\n", certbind_link_name(link), state_of(&c->policy, link),
                     !open                    ? ""
                     : c->policy.waived[link] ? ": accepted unchecked, never complete"
                                              : ": every server is refused (policy-incomplete)");
    }
    print_pins(&c->policy);
}

enum exit_code command_policy_check(const struct arguments *args)
{
    struct check *c = calloc(1, sizeof *c);
    enum exit_code code = EXIT_FAILED;

    if (c == NULL)
        return EXIT_FAILED;
    c->path = args->word[0];
    c->code = client_read_policy(c->path, &c->policy, &c->problems, &c->err);
    if (args->value[ARG_JSON] == NULL)
        print_text(c);
    if (args->value[ARG_JSON] == NULL || print_json(c))
        code = c->code;
    certbind_policy_cleanup(&c->policy);
    free(c);
    return code;
}
