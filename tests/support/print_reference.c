/*
 * Prints the parts of the documentation that come from tables in the source:
 * print_reference reasons|config|policy|schema|metrics. check_generated.py compares them with the
 * files.
 */
#include <stdio.h>
#include <string.h>

#include "certbind/policy.h"
#include "certbind/status.h"
#include "gateway/config/config.h"
#include "gateway/core/reason.h"
#include "gateway/metrics/list.h"
#include "gateway/reason.h"
#include "ra-tls/shim/reason.h"

static const struct {
    const char *name;
    const char *text;
} engine_reasons[] = {
#define X(name, text) {name, text},
    GW_REASON_LIST(X) GATEWAY_REASON_LIST(X) SHIM_REASON_LIST(X)
#undef X
};

static void print_reasons(void)
{
    printf("# Reason codes\n\nGenerated from the lists in the source by `make generate`; a test "
           "fails when this page is stale.\n\n## Verdicts\n\nThe steps are in the order of "
           "evaluation; the first failure names the refusal.\n");
    for (int step = 0; step < CERTBIND_STEP_COUNT; step++) {
        printf("\n### %s\n\n| code | meaning |\n|---|---|\n",
               step == CERTBIND_STEP_NONE ? "of no step"
                                          : certbind_step_name((enum certbind_step)step));
        for (int i = 0; i < CERTBIND_STATUS_COUNT; i++)
            if (certbind_status_step((certbind_status)i) == (enum certbind_step)step)
                printf("| `%s` | %s |\n", certbind_status_name((certbind_status)i),
                       certbind_status_text((certbind_status)i));
    }
    printf("\n## The proxy\n\nThey stand in logs as `reason`, and in error answers as `code`.\n\n"
           "| code | meaning |\n|---|---|\n");
    for (size_t i = 0; i < sizeof engine_reasons / sizeof engine_reasons[0]; i++)
        printf("| `%s` | %s |\n", engine_reasons[i].name, engine_reasons[i].text);
}

static const char *type_name(const struct certbind_shape *s)
{
    static const char *const names[] = {
        "object",  "object by name",    "array",   "string",  "one of", "hex",
        "integer", "`auto` or integer", "boolean", "document"};

    return names[s->type];
}

static void print_bounds(const struct certbind_shape *s)
{
    if (s->type == CERTBIND_SHAPE_ENUM) {
        for (const char *c = s->choices; *c != '\0'; c++)
            printf("%s", *c == '|' ? ", " : (char[2]){*c, '\0'});
    } else if (s->type == CERTBIND_SHAPE_HEX) {
        printf("%lld bytes", (long long)s->max);
    } else if (s->type == CERTBIND_SHAPE_STRING || s->type == CERTBIND_SHAPE_ARRAY ||
               s->type == CERTBIND_SHAPE_INTEGER || s->type == CERTBIND_SHAPE_AUTO_INTEGER) {
        printf("%s%s%lld..%lld%s",
               s->type == CERTBIND_SHAPE_ARRAY && s->choices != NULL ? s->choices : "",
               s->type == CERTBIND_SHAPE_ARRAY && s->choices != NULL ? ", or " : "",
               (long long)s->min, (long long)s->max,
               s->type == CERTBIND_SHAPE_STRING  ? " bytes"
               : s->type == CERTBIND_SHAPE_ARRAY ? " elements"
                                                 : "");
    }
}

static void print_table(const struct certbind_shape *table, bool defaults)
{
    printf("| key | type | bounds |%s meaning |\n|---|---|---|%s---|\n",
           defaults ? " default |" : "", defaults ? "---|" : "");
    for (const struct certbind_shape *s = table; s->path != NULL; s++) {
        if (s->path[0] == '\0')
            continue;
        printf("| `%s` | %s | ", s->path, type_name(s));
        print_bounds(s);
        if (defaults && s->required)
            printf(" | needed");
        else if (defaults && s->fallback != NULL)
            printf(" | `%s`", s->fallback);
        else if (defaults)
            printf(" | ");
        printf(" | %s |\n", s->meaning);
    }
}

/* The part of a child's path behind its parent's, NULL when it is no direct child. */
static const char *child_of(const char *path, const char *parent)
{
    size_t n = strlen(parent);
    const char *rest = path + n;

    if (strncmp(path, parent, n) != 0 || path[0] == '\0' || *rest == '\0')
        return NULL;
    if (n > 0 && *rest == '.')
        rest++;
    else if (n > 0 && *rest != '[')
        return NULL;
    if (strcmp(rest, "[]") == 0)
        return rest;
    return strpbrk(rest, ".[") == NULL ? rest : NULL;
}

static void print_schema(const struct certbind_shape *table, const struct certbind_shape *s);

static void print_members(const struct certbind_shape *table, const struct certbind_shape *parent)
{
    const char *separator = "";

    printf(",\"additionalProperties\":false,\"properties\":{");
    for (const struct certbind_shape *s = table; s->path != NULL; s++) {
        const char *name = child_of(s->path, parent->path);

        if (name == NULL || name[0] == '[')
            continue;
        printf("%s\"%s\":", separator, name);
        print_schema(table, s);
        separator = ",";
    }
    printf("}");
    separator = "";
    printf(",\"required\":[");
    for (const struct certbind_shape *s = table; s->path != NULL; s++) {
        const char *name = child_of(s->path, parent->path);

        if (name == NULL || !s->required)
            continue;
        printf("%s\"%s\"", separator, name);
        separator = ",";
    }
    printf("]");
}

static void print_element(const struct certbind_shape *table, const struct certbind_shape *parent,
                          const char *keyword)
{
    for (const struct certbind_shape *s = table; s->path != NULL; s++) {
        const char *name = child_of(s->path, parent->path);

        if (name == NULL || (strcmp(name, "[]") != 0 && strcmp(name, "*") != 0))
            continue;
        printf(",\"%s\":", keyword);
        print_schema(table, s);
    }
}

static void print_choices(const struct certbind_shape *s)
{
    printf("\"enum\":[\"");
    for (const char *c = s->choices; *c != '\0'; c++)
        printf("%s", *c == '|' ? "\",\"" : (char[2]){*c, '\0'});
    printf("\"]");
}

static void print_schema(const struct certbind_shape *table, const struct certbind_shape *s)
{
    printf("{\"description\":\"%s\",", s->meaning);
    if (s->fallback != NULL && s->path[0] != '\0')
        printf("\"default\":%s,", s->fallback);
    switch (s->type) {
    case CERTBIND_SHAPE_OBJECT:
        printf("\"type\":\"object\"");
        print_members(table, s);
        break;
    case CERTBIND_SHAPE_MAP:
        printf("\"type\":\"object\"");
        print_element(table, s, "additionalProperties");
        break;
    case CERTBIND_SHAPE_DOCUMENT:
        printf("\"type\":\"object\"");
        break;
    case CERTBIND_SHAPE_ARRAY:
        printf("\"type\":\"array\",\"minItems\":%lld,\"maxItems\":%lld", (long long)s->min,
               (long long)s->max);
        print_element(table, s, "items");
        break;
    case CERTBIND_SHAPE_ENUM:
        print_choices(s);
        break;
    case CERTBIND_SHAPE_BOOLEAN:
        printf("\"type\":\"boolean\"");
        break;
    case CERTBIND_SHAPE_INTEGER:
        printf("\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld", (long long)s->min,
               (long long)s->max);
        break;
    case CERTBIND_SHAPE_AUTO_INTEGER:
        printf("\"anyOf\":[{\"const\":\"auto\"},{\"type\":\"integer\",\"minimum\":%lld,"
               "\"maximum\":%lld}]",
               (long long)s->min, (long long)s->max);
        break;
    default:
        printf("\"type\":\"string\"");
    }
    printf("}");
}

static void print_metrics(void)
{
    printf("| metric | type | labels | meaning |\n|---|---|---|---|\n");
    for (int i = 0; i < GATEWAY_METRIC_COUNT; i++) {
        const struct gateway_metric_info *m = gateway_metric_info((enum gateway_metric)i);

        printf("| `%s%s` | %s | %s | %s |\n", m->prefix, m->name, gateway_metric_type_name(m->type),
               m->labels, m->help);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";

    if (strcmp(what, "reasons") == 0)
        print_reasons();
    else if (strcmp(what, "config") == 0)
        print_table(gateway_config_table, true);
    else if (strcmp(what, "policy") == 0)
        print_table(certbind_policy_table, false);
    else if (strcmp(what, "schema") == 0)
        print_schema(gateway_config_table, gateway_config_table);
    else if (strcmp(what, "metrics") == 0)
        print_metrics();
    else
        return 2;
    return 0;
}
