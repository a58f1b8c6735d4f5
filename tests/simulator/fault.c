#include "tests/simulator/fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const METHODS[SIM_METHOD_COUNT] = {
#define X(symbol, name) name,
    SIM_METHOD_LIST(X)
#undef X
};

static const char *const FAULTS[] = {
#define X(symbol, name) name,
    SIM_FAULT_LIST(X)
#undef X
};

enum sim_method sim_method_of(const char *name)
{
    for (int i = 0; i < SIM_METHOD_COUNT; i++) {
        if (strcmp(METHODS[i], name) == 0)
            return (enum sim_method)i;
    }
    return SIM_NO_METHOD;
}

static bool fault_of(const char *name, enum sim_fault *out)
{
    for (size_t i = 1; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        if (strcmp(FAULTS[i], name) == 0) {
            *out = (enum sim_fault)i;
            return true;
        }
    }
    return false;
}

static bool count_of(const char *text, unsigned long *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out > 0;
}

bool sim_faults_add(struct sim_faults *faults, const char *text)
{
    struct sim_fault_rule rule = {0};
    char copy[64];
    char *kind;
    char *count;

    if (faults->count == SIM_FAULT_RULES || strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    kind = strchr(copy, ':');
    if (kind == NULL)
        return false;
    *kind++ = '\0';
    count = strchr(kind, ':');
    if (count != NULL) {
        *count++ = '\0';
        rule.counted = true;
        if (!count_of(count, &rule.left))
            return false;
    }
    rule.method = sim_method_of(copy);
    if (!fault_of(kind, &rule.fault) || (rule.method == SIM_NO_METHOD && strcmp(copy, "any") != 0))
        return false;
    faults->rules[faults->count++] = rule;
    return true;
}

enum sim_fault sim_faults_take(struct sim_faults *faults, enum sim_method method)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct sim_fault_rule *rule = &faults->rules[i];

        if ((rule->method != SIM_NO_METHOD && rule->method != method) ||
            (rule->counted && rule->left == 0))
            continue;
        if (rule->counted)
            rule->left--;
        return rule->fault;
    }
    return SIM_FAULT_NONE;
}
