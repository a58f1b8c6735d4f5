#include "ra-tls/cli/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ra-tls/cli/explain.h"
#include "ra-tls/policy_file.h"

static enum exit_code usage(const struct arguments *args, const char *what, const char *about)
{
    (void)fprintf(stderr, "devproof %s: %s '%s'; see devproof %s --help\n", args->command, what,
                  about, args->command);
    return EXIT_USAGE;
}

enum exit_code client_read_policy(const char *path, struct certbind_policy *policy,
                                  struct certbind_problems *problems, struct certbind_error *err)
{
    certbind_status status = ratls_policy_load(path, policy, problems, err);

    if (problems->count > CERTBIND_MAX_PROBLEMS)
        problems->count = CERTBIND_MAX_PROBLEMS; /* the rest was counted, not kept */
    if (status == CERTBIND_OK)
        return EXIT_ACCEPTED;
    if (err->status == CERTBIND_NOT_CHECKED)
        (void)certbind_fail(err, status, "%s", certbind_status_text(status));
    if (status == CERTBIND_E_POLICY_UNSUPPORTED)
        return EXIT_UNSUPPORTED;
    return status == CERTBIND_E_MEMORY ? EXIT_FAILED : EXIT_MALFORMED;
}

enum exit_code client_load_policy(const char *path, struct certbind_policy *policy)
{
    struct certbind_problems *problems = calloc(1, sizeof *problems);
    struct certbind_error err = {0};
    enum exit_code code;

    if (problems == NULL)
        return EXIT_FAILED;
    code = client_read_policy(path, policy, problems, &err);
    client_print_problems(path, problems, stderr);
    if (code != EXIT_ACCEPTED && problems->count == 0)
        (void)fprintf(stderr, "%s: %s\n", path, err.detail);
    free(problems);
    return code;
}

void client_print_problems(const char *path, const struct certbind_problems *problems, FILE *out)
{
    for (size_t i = 0; i < problems->count; i++)
        (void)fprintf(out, "%s:%zu: %s%s%s\n", path, problems->list[i].line, problems->list[i].path,
                      problems->list[i].path[0] == '\0' ? "" : ": ", problems->list[i].text);
}

enum exit_code client_load_root(const char *path, uint8_t **der, size_t *len)
{
    struct certbind_error err = {0};
    certbind_status status = ratls_root_load(path, der, len, &err);

    if (status == CERTBIND_OK)
        return EXIT_ACCEPTED;
    (void)fprintf(stderr, "%s: %s\n", path, err.detail);
    return status == CERTBIND_E_MEMORY ? EXIT_FAILED : EXIT_MALFORMED;
}

/* --root replaces the policy's root_file, which replaces Intel's root. */
static enum exit_code load_root(struct client *client, const struct arguments *args)
{
    char path[4096];

    if (args->value[ARG_ROOT] != NULL)
        return client_load_root(args->value[ARG_ROOT], &client->root, &client->root_len);
    if (!client->has_policy || client->policy.root_file == NULL)
        return EXIT_ACCEPTED;
    if (!ratls_policy_relative(args->value[ARG_POLICY], client->policy.root_file, path,
                               sizeof path))
        return usage(args, "the path of the root is too long in", args->value[ARG_POLICY]);
    return client_load_root(path, &client->root, &client->root_len);
}

/* HOST:PORT:ADDR[:PORT], as curl has it; the last port is ours. Returns: whether it is one.
 * Out: applies  it is of this host and port; then address is set */
static bool read_resolve(const char *text, const char *host, uint16_t port, bool *applies,
                         struct url *address)
{
    const bool brackets = text[0] == '[';
    const char *name = text + (brackets ? 1 : 0);
    const char *close = brackets ? "]" : ":";
    size_t len = strlen(host);
    const bool same = strncasecmp(name, host, len) == 0 && name[len] == close[0];
    char *end = NULL;
    unsigned long number;

    *applies = false;
    len = same ? len : strcspn(name, close);
    if (brackets && name[len] == ']')
        len++;
    if (name[len] != ':')
        return false;
    number = strtoul(name + len + 1, &end, 10);
    if (!same)
        return true; /* of another host */
    if (*end != ':' || end == name + len + 1 || number > 65535)
        return false;
    *applies = number == port;
    return url_parse_address(end + 1, address);
}

bool client_resolve(const void *arguments, const char *host, uint16_t port, char *address,
                    size_t room, uint16_t *address_port)
{
    const struct arguments *args = arguments;

    for (int i = 0; i < args->resolves.count; i++) {
        struct url to = {.port = 0};
        bool applies;

        if (!read_resolve(args->resolves.value[i], host, port, &applies, &to) || !applies)
            continue;
        (void)snprintf(address, room, "%s", to.host);
        *address_port = to.port;
        return true;
    }
    return false;
}

static enum exit_code set_resolve(struct client *client, const struct arguments *args)
{
    for (int i = 0; i < args->resolves.count; i++) {
        struct url to = {.port = 0};
        bool applies;

        if (!read_resolve(args->resolves.value[i], client->url.host, client->url.port, &applies,
                          &to))
            return usage(args, "not HOST:PORT:ADDR[:PORT]:", args->resolves.value[i]);
    }
    if (client_resolve(args, client->url.host, client->url.port, client->address,
                       sizeof client->address, &client->target.address_port))
        client->target.address = client->address;
    return EXIT_ACCEPTED;
}

/* $XDG_CACHE_HOME/devproof, or ~/.cache/devproof; none without either. */
static const char *cache_dir(char *out, size_t room)
{
    const char *base = getenv("XDG_CACHE_HOME");
    const char *below = "";
    int n;

    if (base == NULL || base[0] != '/') {
        base = getenv("HOME");
        below = "/.cache";
    }
    if (base == NULL || base[0] != '/')
        return NULL;
    n = snprintf(out, room, "%s%s/devproof", base, below);
    return n > 0 && (size_t)n < room ? out : NULL;
}

static void set_sources(struct client *client, const struct arguments *args)
{
    struct ratls_sources *s = &client->sources;

    s->url_count = (size_t)args->collateral_urls.count;
    for (size_t i = 0; i < s->url_count; i++)
        s->urls[i] = args->collateral_urls.value[i];
    if (args->value[ARG_NO_CACHE] == NULL)
        s->cache_dir = cache_dir(client->cache_dir, sizeof client->cache_dir);
    s->dir = args->value[ARG_COLLATERAL_DIR];
    s->file = args->value[ARG_COLLATERAL];
}

enum exit_code client_set_target(struct client *client, const struct arguments *args)
{
    uint64_t seconds = 30;

    if (args->value[ARG_TIMEOUT] != NULL &&
        (!arguments_number(args->value[ARG_TIMEOUT], 86400, &seconds) || seconds == 0))
        return usage(args, "no number of seconds:", args->value[ARG_TIMEOUT]);
    set_sources(client, args);
    client->target = (struct ratls_target){
        .host = client->url.host,
        .port = client->url.port,
        .sources = &client->sources,
        .timeout_ms = (unsigned)seconds * 1000,
    };
    return set_resolve(client, args);
}

static enum exit_code make_ctx(struct client *client, bool keep_going)
{
    const struct ratls_options options = {
        .policy = client->has_policy ? &client->policy : NULL,
        .root_der = certbind_bytes(client->root, client->root_len),
        .keep_going = keep_going,
    };

    struct certbind_error err = {CERTBIND_NOT_CHECKED, "memory ran out"};
    certbind_status status;

    ratls_ctx_free(client->ctx);
    status = ratls_ctx_new(&options, &client->ctx, &err);
    if (status == CERTBIND_OK && client->cert != NULL)
        status = ratls_ctx_use_certificate(client->ctx, client->cert, client->key, &err);
    if (status == CERTBIND_OK)
        return EXIT_ACCEPTED;
    (void)fprintf(stderr, "devproof: %s\n", err.detail);
    return status == CERTBIND_E_MEMORY ? EXIT_FAILED : EXIT_MALFORMED;
}

enum exit_code client_open(struct client *client, const struct arguments *args, const char *url,
                           bool keep_going)
{
    enum exit_code code = EXIT_ACCEPTED;

    memset(client, 0, sizeof *client);
    client->cert = args->value[ARG_CLIENT_CERT];
    client->key = args->value[ARG_CLIENT_KEY];
    if (client->key != NULL && client->cert == NULL)
        return usage(args, "--client-cert is missing with --client-key", client->key);
    if (url != NULL && !url_parse(url, &client->url))
        return usage(args, "not https://HOST[:PORT][/PATH]:", url);
    if (url != NULL)
        code = client_set_target(client, args);
    if (code == EXIT_ACCEPTED && args->value[ARG_POLICY] != NULL) {
        code = client_load_policy(args->value[ARG_POLICY], &client->policy);
        client->has_policy = code == EXIT_ACCEPTED;
    }
    if (code == EXIT_ACCEPTED)
        code = load_root(client, args);
    return code == EXIT_ACCEPTED ? make_ctx(client, keep_going) : code;
}

enum exit_code client_observe(struct client *client)
{
    struct certbind_problems problems = {.count = 0};

    certbind_policy_cleanup(&client->policy);
    client->has_policy = certbind_policy_parse(certbind_text("{\"name\":\"attestation-only\"}"),
                                               &client->policy, &problems) == CERTBIND_OK;
    return client->has_policy ? make_ctx(client, true) : EXIT_FAILED;
}

void client_close(struct client *client)
{
    ratls_ctx_free(client->ctx);
    certbind_policy_cleanup(&client->policy);
    free(client->root);
    memset(client, 0, sizeof *client);
}

enum exit_code client_exit_code(const struct certbind_report *report)
{
    if (report->accepted)
        return EXIT_ACCEPTED;
    return report->code == CERTBIND_E_MEMORY || report->code == CERTBIND_E_INTERNAL ? EXIT_FAILED
                                                                                    : EXIT_REFUSED;
}

void client_print_report(const struct certbind_report *report, const struct arguments *args)
{
    bool json = args->value[ARG_JSON] != NULL;
    char *text = json ? certbind_report_to_json(report) : certbind_report_to_text(report);

    if (text == NULL) {
        (void)fprintf(stderr, "devproof %s: memory ran out\n", args->command);
        return;
    }
    (void)printf("%s%s", text, json ? "\n" : "");
    if (!json && args->value[ARG_EXPLAIN] != NULL)
        explain_report(report);
    free(text);
}
