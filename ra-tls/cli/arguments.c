#include "ra-tls/cli/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ra-tls/sources.h"

static const struct {
    const char *name;
    const char *value;
    const char *meaning;
} options[] = {
#define X(symbol, name, value, meaning) {name, value, meaning},
    ARGUMENT_LIST(X)
#undef X
};

static bool complain(const char *command, const char *what, const char *about)
{
    (void)fprintf(stderr, "devproof %s: %s '%s'; see devproof %s --help\n", command, what, about,
                  command);
    return false;
}

static int find(const char *name, size_t len)
{
    if (len == 1 && name[0] == 'o')
        return ARG_OUTPUT;
    if (len == 1 && name[0] == 'h')
        return ARG_HELP;
    for (int i = 0; i < ARG_COUNT; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
            return i;
    return -1;
}

static struct argument_list *list_of(struct arguments *args, int option)
{
    if (option == ARG_ALLOW_HOST)
        return &args->allow_hosts;
    if (option == ARG_RESOLVE)
        return &args->resolves;
    return option == ARG_COLLATERAL_URL ? &args->collateral_urls : NULL;
}

static int max_repeats(int option)
{
    return option == ARG_COLLATERAL_URL ? RATLS_SOURCE_URLS_MAX : ARGUMENTS_MAX_REPEATS;
}

/* One option, with its value in the same word or the next. Returns: words used, 0 on an error. */
static int take_option(int argc, char **argv, uint32_t allowed, struct arguments *out)
{
    const char *name = argv[0] + 1 + (argv[0][1] == '-');
    const char *equals = strchr(name, '=');
    int option = find(name, equals == NULL ? strlen(name) : (size_t)(equals - name));
    const char *value = equals == NULL ? NULL : equals + 1;
    struct argument_list *list;
    int used = 1;

    if (option < 0 || (allowed & 1u << option) == 0)
        return complain(out->command, "unknown option", argv[0]);
    if (options[option].value == NULL) {
        if (value != NULL)
            return complain(out->command, "no value is taken by", argv[0]);
        out->value[option] = "";
        return 1;
    }
    if (value == NULL) {
        if (argc < 2)
            return complain(out->command, "a value is missing after", argv[0]);
        value = argv[1];
        used = 2;
    }
    list = list_of(out, option);
    if (list != NULL) {
        if (list->count == max_repeats(option))
            return complain(out->command, "too many of", argv[0]);
        list->value[list->count++] = value;
    } else if (out->value[option] != NULL) {
        return complain(out->command, "given twice:", argv[0]);
    }
    out->value[option] = value;
    return used;
}

bool arguments_parse(int argc, char **argv, const char *command, uint32_t allowed,
                     struct arguments *out)
{
    bool only_words = false;

    *out = (struct arguments){.command = command};
    for (int i = 0; i < argc;) {
        int used = 1;

        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
            used = take_option(argc - i, argv + i, allowed | 1u << ARG_HELP, out);
            if (used == 0)
                return false;
        } else if (out->words == ARGUMENTS_MAX_WORDS) {
            return complain(command, "too many words:", argv[i]);
        } else {
            out->word[out->words++] = argv[i];
        }
        i += used;
    }
    return true;
}

void arguments_print(uint32_t allowed)
{
    for (int i = 0; i < ARG_COUNT; i++) {
        char name[64];

        if ((allowed & 1u << i) == 0)
            continue;
        (void)snprintf(name, sizeof name, "--%s%s%s", options[i].name,
                       options[i].value == NULL ? "" : " ",
                       options[i].value == NULL ? "" : options[i].value);
        (void)printf("  %-28s %s\n", name, options[i].meaning);
    }
}

bool arguments_number(const char *text, uint64_t max, uint64_t *value)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    *value = strtoull(text, &end, 10);
    return *end == '\0' && strlen(text) < 20 && *value <= max;
}
