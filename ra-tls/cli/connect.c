#include <stdio.h>
#include <string.h>

#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/shim/shim.h"

static enum exit_code usage(const char *what)
{
    (void)fprintf(stderr, "devproof connect: %s; see devproof connect --help\n", what);
    return EXIT_USAGE;
}

/* Returns: whether there is such a mode. */
static bool read_mode(const char *text, enum shim_mode *mode)
{
    static const struct {
        const char *name;
        enum shim_mode mode;
    } modes[] = {{"http", SHIM_MODE_HTTP}, {"tcp", SHIM_MODE_TCP}, {"proxy", SHIM_MODE_PROXY}};

    *mode = SHIM_MODE_HTTP;
    for (size_t i = 0; text != NULL && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(text, modes[i].name) == 0) {
            *mode = modes[i].mode;
            return true;
        }
    }
    return text == NULL;
}

static enum exit_code check(const struct arguments *args, struct shim_options *o)
{
    uint64_t retry_s = 5;

    if (!read_mode(args->value[ARG_MODE], &o->mode))
        return usage("--mode takes http, tcp or proxy");
    if (args->value[ARG_POLICY] == NULL)
        return usage("--policy FILE is needed");
    if ((args->value[ARG_TARGET] == NULL) != (o->mode == SHIM_MODE_PROXY))
        return usage("--target HOST:PORT is needed in the modes http and tcp, and in no other");
    if (args->value[ARG_RETRY] != NULL && !arguments_number(args->value[ARG_RETRY], 3600, &retry_s))
        return usage("--retry takes seconds");
    if (!shim_is_loopback(o->listen) && args->value[ARG_INSECURE_LISTEN_ANY] == NULL)
        return usage("an address beyond loopback needs --insecure-listen-any: whoever reaches it "
                     "uses the verified connections");
    o->retry_ms = (unsigned)retry_s * 1000;
    return EXIT_ACCEPTED;
}

enum exit_code command_connect(const struct arguments *args)
{
    struct client client;
    struct shim_options options = {
        .listen = args->value[ARG_LISTEN] == NULL ? "127.0.0.1:8080" : args->value[ARG_LISTEN],
        .target = &client.target,
        .resolve = client_resolve,
        .user = args,
        .allow_hosts = args->allow_hosts.value,
        .allow_host_count = args->allow_hosts.count,
        .ready_file = args->value[ARG_READY_FILE],
    };
    enum exit_code code = check(args, &options);

    if (code != EXIT_ACCEPTED)
        return code;
    code = client_open(&client, args, NULL, false);
    if (code == EXIT_ACCEPTED && options.mode != SHIM_MODE_PROXY &&
        !url_parse_authority(args->value[ARG_TARGET], &client.url))
        code = usage("--target takes HOST:PORT");
    if (code == EXIT_ACCEPTED)
        code = client_set_target(&client, args);
    if (code == EXIT_ACCEPTED) {
        options.ctx = client.ctx;
        code = shim_run(&options) ? EXIT_ACCEPTED : EXIT_FAILED;
    }
    client_close(&client);
    return code;
}
