#include "gateway/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gateway/config/config.h"
#include "gateway/admin/health.h"

enum kind { FLAG, SWITCH, TEXT, NAMES };

/* One row: name, what follows it, where it goes, and its line in the help. */
static const struct row {
    const char *name;
    const char *argument;
    const char *meaning;
    size_t offset; /* of a TEXT or SWITCH */
    enum kind kind;
    enum gateway_command command; /* of a FLAG */
} rows[] = {
    {"--config", "FILE", "read the configuration from FILE, or from standard input for -",
     offsetof(struct gateway_options, config), TEXT, GATEWAY_COMMAND_NONE},
    {"--config-json", "TEXT", "the configuration itself",
     offsetof(struct gateway_options, config_json), TEXT, GATEWAY_COMMAND_NONE},
    {"--upstream", "URL",
     "the whole configuration: forward everything to http://HOST[:PORT] or unix:/PATH",
     offsetof(struct gateway_options, upstream), TEXT, GATEWAY_COMMAND_NONE},
    {"--listen", "ADDR:PORT", "with --upstream: where clients connect (default 0.0.0.0:8443)",
     offsetof(struct gateway_options, listen), TEXT, GATEWAY_COMMAND_NONE},
    {"--name", "NAME",
     "with --upstream: a server name that is served; with csr: to be certified; may be repeated", 0,
     NAMES, GATEWAY_COMMAND_NONE},
    {"--agent", "ENDPOINT", "with --upstream: guest agent at a socket path or http:// URL",
     offsetof(struct gateway_options, agent), TEXT, GATEWAY_COMMAND_NONE},
    {"--check-config", NULL, "print every problem of the configuration and exit: 0 for none, 1", 0,
     FLAG, GATEWAY_COMMAND_CHECK},
    {"--print-config", NULL, "print the canonical configuration whose hash clients see, and exit",
     0, FLAG, GATEWAY_COMMAND_PRINT},
    {"--ready-file", "FILE", "write the bound addresses to FILE (JSON) once clients are served",
     offsetof(struct gateway_options, ready_file), TEXT, GATEWAY_COMMAND_NONE},
    {"--notify-socket", "PATH",
     "tell the service manager there how far the gateway is (sd_notify); empty: nobody",
     offsetof(struct gateway_options, notify_socket), TEXT, GATEWAY_COMMAND_NONE},
    {"--watchdog-usec", "N",
     "with --notify-socket: tell it within N microseconds that every thread lives; empty: not",
     offsetof(struct gateway_options, watchdog_usec), TEXT, GATEWAY_COMMAND_NONE},
    {"--user", "NAME|UID:GID", "started as root: become this user before anybody is served",
     offsetof(struct gateway_options, user), TEXT, GATEWAY_COMMAND_NONE},
    {"--no-sandbox", NULL, "leave files and system calls unrestricted (a warning, and in /readyz)",
     offsetof(struct gateway_options, no_sandbox), SWITCH, GATEWAY_COMMAND_NONE},
    {"--control", "SOCKET",
     "let a later process of the same user take over at the unix socket SOCKET",
     offsetof(struct gateway_options, control), TEXT, GATEWAY_COMMAND_NONE},
    {"--takeover", "SOCKET",
     "take the listeners of the gateway with --control SOCKET, which then ends; as --control after",
     offsetof(struct gateway_options, takeover), TEXT, GATEWAY_COMMAND_NONE},
    {"--admin", "ADDR:PORT",
     "with --upstream: where health and metrics are; with health: whom to ask "
     "(default " GATEWAY_HEALTH_ADDRESS ")",
     offsetof(struct gateway_options, admin), TEXT, GATEWAY_COMMAND_NONE},
    {"--help", NULL, "print this text and exit", 0, FLAG, GATEWAY_COMMAND_HELP},
    {"--version", NULL, "print name, version, revision and exit", 0, FLAG, GATEWAY_COMMAND_VERSION},
};

static const struct row *find(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, text, len) == 0)
            return &rows[i];
    return NULL;
}

static bool wrong(char *err, size_t err_len, const char *what, const char *text)
{
    (void)snprintf(err, err_len, "%s '%.100s'", what, text);
    return false;
}

static bool take(const struct row *row, const char *value, struct gateway_options *o, char *err,
                 size_t err_len)
{
    const char **slot;

    if (row->kind == FLAG) {
        if (o->command != GATEWAY_COMMAND_NONE)
            return wrong(err, err_len, "one command at a time, not also", row->name);
        o->command = row->command;
        return true;
    }
    if (row->kind == SWITCH) {
        *(bool *)((char *)o + row->offset) = true;
        return true;
    }
    if (row->kind == NAMES) {
        if (o->names_count == GATEWAY_OPTION_NAMES_MAX)
            return wrong(err, err_len, "too many names, at", value);
        o->names[o->names_count++] = value;
        return true;
    }
    slot = (const char **)((char *)o + row->offset);
    if (*slot != NULL)
        return wrong(err, err_len, "repeated option", row->name);
    *slot = value;
    return true;
}

/* Read the option at argv[*i], "--name value" or "--name=value". */
static bool read_option(int argc, char *const *argv, int *i, struct gateway_options *o, char *err,
                        size_t err_len)
{
    const char *text = argv[*i];
    const char *equals = strchr(text, '=');
    size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
    const struct row *row = find(text, len);

    if (row == NULL)
        return wrong(err, err_len, "unknown option", text);
    if (row->argument == NULL)
        return equals == NULL ? take(row, NULL, o, err, err_len)
                              : wrong(err, err_len, "no value belongs to", row->name);
    if (equals != NULL)
        return take(row, equals + 1, o, err, err_len);
    if (*i + 1 >= argc)
        return wrong(err, err_len, "a value is missing after", row->name);
    return take(row, argv[++*i], o, err, err_len);
}

/* Returns: whether an option is given that is of use only while it runs. */
static bool is_for_running(const struct gateway_options *o)
{
    return o->ready_file != NULL || o->notify_socket != NULL || o->watchdog_usec != NULL ||
           o->user != NULL || o->no_sandbox || o->control != NULL || o->takeover != NULL;
}

/* A configuration comes from one place, and a command that needs one has it. */
static bool check(const struct gateway_options *o, char *err, size_t err_len)
{
    int sources = (o->config != NULL) + (o->config_json != NULL) + (o->upstream != NULL);

    if (o->command == GATEWAY_COMMAND_HELP || o->command == GATEWAY_COMMAND_VERSION)
        return true;
    if (o->command == GATEWAY_COMMAND_HEALTH)
        return sources == 0 && o->listen == NULL && o->names_count == 0 && o->agent == NULL &&
                       !is_for_running(o)
                   ? true
                   : wrong(err, err_len, "health takes only", "--admin");
    if (sources != 1)
        return wrong(err, err_len, "needed: one of", "--config, --config-json, --upstream");
    if (o->control != NULL && o->takeover != NULL)
        return wrong(err, err_len, "not both:", "--control, --takeover");
    if (o->command == GATEWAY_COMMAND_CSR)
        return o->upstream == NULL && o->names_count > 0 && o->admin == NULL && !is_for_running(o)
                   ? true
                   : wrong(err, err_len, "csr takes", "--config or --config-json, and --name");
    if (o->upstream == NULL &&
        (o->listen != NULL || o->names_count > 0 || o->agent != NULL || o->admin != NULL))
        return wrong(err, err_len, "only with --upstream:", "--listen, --name, --agent, --admin");
    return true;
}

bool gateway_options_parse(int argc, char *const *argv, struct gateway_options *o, char *err,
                           size_t err_len)
{
    int first = 1;

    *o = (struct gateway_options){.command = GATEWAY_COMMAND_NONE};
    if (argc > 1 && strcmp(argv[1], "csr") == 0)
        o->command = GATEWAY_COMMAND_CSR;
    if (argc > 1 && strcmp(argv[1], "health") == 0)
        o->command = GATEWAY_COMMAND_HEALTH;
    if (o->command != GATEWAY_COMMAND_NONE)
        first = 2;
    for (int i = first; i < argc; i++)
        if (!read_option(argc, argv, &i, o, err, err_len))
            return false;
    if (!check(o, err, err_len))
        return false;
    if (o->command == GATEWAY_COMMAND_NONE)
        o->command = GATEWAY_COMMAND_RUN;
    return true;
}

/* "http://host[:port][/]" as "host:port", anything else as it is. Returns: NULL without memory. */
static char *server_of(const char *url)
{
    const char *from = strncmp(url, "http://", 7) == 0 ? url + 7 : url;
    size_t len = strlen(from);
    const char *bracket;
    char *out;

    if (from == url)
        return strdup(url);
    if (len > 0 && from[len - 1] == '/')
        len--;
    bracket = memrchr(from, ']', len);
    out = malloc(len + sizeof ":80");
    if (out != NULL)
        (void)snprintf(out, len + sizeof ":80", "%.*s%s", (int)len, from,
                       memchr(bracket == NULL ? from : bracket, ':',
                              len - (size_t)((bracket == NULL ? from : bracket) - from)) == NULL
                           ? ":80"
                           : "");
    return out;
}

static cJSON *upstream_tree(const struct gateway_options *o, const char *server)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *listener = cJSON_CreateObject();
    cJSON *listeners = cJSON_AddArrayToObject(root, "listeners");
    cJSON *app = cJSON_AddObjectToObject(cJSON_AddObjectToObject(root, "upstreams"), "app");
    cJSON *servers = cJSON_AddArrayToObject(app, "servers");

    (void)cJSON_AddItemToArray(servers, cJSON_CreateString(server));
    (void)cJSON_AddItemToArray(listeners, listener);
    if (o->listen != NULL)
        (void)cJSON_AddStringToObject(listener, "address", o->listen);
    if (o->names_count > 0)
        (void)cJSON_AddItemToObject(listener, "names",
                                    cJSON_CreateStringArray(o->names, (int)o->names_count));
    if (o->agent != NULL)
        (void)cJSON_AddStringToObject(root, "insecure_agent_endpoint", o->agent);
    if (o->admin != NULL)
        (void)cJSON_AddStringToObject(cJSON_AddObjectToObject(root, "admin"), "address", o->admin);
    return root;
}

static char *from_upstream(const struct gateway_options *o, char *err, size_t err_len)
{
    char *server = server_of(o->upstream);
    cJSON *root = server == NULL ? NULL : upstream_tree(o, server);
    char *text = root == NULL ? NULL : cJSON_PrintUnformatted(root);

    cJSON_Delete(root);
    free(server);
    if (text == NULL)
        (void)snprintf(err, err_len, "memory ran out");
    return text;
}

static char *read_all(FILE *f, const char *name, char *err, size_t err_len)
{
    char *text = malloc(GATEWAY_CONFIG_MAX_BYTES + 2);
    size_t n = text == NULL ? 0 : fread(text, 1, GATEWAY_CONFIG_MAX_BYTES + 1, f);

    if (text == NULL || ferror(f) || n > GATEWAY_CONFIG_MAX_BYTES || memchr(text, '\0', n)) {
        (void)snprintf(err, err_len, "cannot read configuration '%s': %s", name,
                       text == NULL                   ? "memory ran out"
                       : n > GATEWAY_CONFIG_MAX_BYTES ? "longer than 1 MiB"
                       : ferror(f)                    ? strerror(errno)
                                                      : "it holds a zero byte");
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

char *gateway_options_config(const struct gateway_options *o, char *err, size_t err_len)
{
    FILE *f;
    char *text;

    if (o->upstream != NULL)
        return from_upstream(o, err, err_len);
    if (o->config_json != NULL)
        return strdup(o->config_json);
    if (strcmp(o->config, "-") == 0)
        return read_all(stdin, "standard input", err, err_len);
    f = fopen(o->config, "re");
    if (f == NULL) {
        (void)snprintf(err, err_len, "cannot open configuration '%s': %s", o->config,
                       strerror(errno));
        return NULL;
    }
    text = read_all(f, o->config, err, err_len);
    (void)fclose(f);
    return text;
}

const char *gateway_options_origin(const struct gateway_options *o)
{
    if (o->config != NULL)
        return strcmp(o->config, "-") == 0 ? "standard input" : o->config;
    return o->config_json != NULL ? "--config-json" : "--upstream";
}

void gateway_options_help(FILE *to)
{
    (void)fprintf(to, "usage: devproof-gateway --config FILE|- [options]\n"
                      "       devproof-gateway --config-json TEXT [options]\n"
                      "       devproof-gateway --upstream URL [--listen ADDR:PORT] "
                      "[--name NAME]... [--agent ENDPOINT]\n"
                      "                        [--admin ADDR:PORT]\n"
                      "       devproof-gateway csr --config FILE|- --name NAME...\n"
                      "       devproof-gateway health [--admin ADDR:PORT]\n\noptions:\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char left[40];

        (void)snprintf(left, sizeof left, "%s %s", rows[i].name,
                       rows[i].argument == NULL ? "" : rows[i].argument);
        (void)fprintf(to, "  %-22s %s\n", left, rows[i].meaning);
    }
    (void)fprintf(to, "\nconfiguration keys (JSON with comments) and their defaults:\n");
    for (const struct certbind_shape *s = gateway_config_table; s->path != NULL; s++)
        if (s->path[0] != '\0')
            (void)fprintf(to, "  %s%s%s\n      %s\n", s->path, s->fallback == NULL ? "" : " = ",
                          s->fallback == NULL ? "" : s->fallback, s->meaning);
}
