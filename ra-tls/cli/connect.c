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

static enum exit_code check(const struct arguments *args, const char *listen)
{
    const char *mode = args->value[ARG_MODE];
    uint64_t seconds;

    if (args->value[ARG_POLICY] == NULL || args->value[ARG_TARGET] == NULL)
        return usage("--target HOST:PORT and --policy FILE are needed");
    if (mode != NULL && strcmp(mode, "proxy") == 0) {
        (void)fprintf(stderr, "devproof connect: --mode %s is not supported yet\n", mode);
        return EXIT_UNSUPPORTED;
    }
    if (mode != NULL && strcmp(mode, "http") != 0 && strcmp(mode, "tcp") != 0)
        return usage("--mode takes http or tcp");
    if (args->value[ARG_RETRY] != NULL && !arguments_number(args->value[ARG_RETRY], 3600, &seconds))
        return usage("--retry takes seconds");
    if (!shim_is_loopback(listen) && args->value[ARG_INSECURE_LISTEN_ANY] == NULL)
        return usage("an address beyond loopback needs --insecure-listen-any: whoever reaches it "
                     "uses the verified connections");
    return EXIT_ACCEPTED;
}

enum exit_code command_connect(const struct arguments *args)
{
    const char *listen =
        args->value[ARG_LISTEN] == NULL ? "127.0.0.1:8080" : args->value[ARG_LISTEN];
    const char *mode = args->value[ARG_MODE];
    enum exit_code code = check(args, listen);
    struct client client;

    if (code != EXIT_ACCEPTED)
        return code;
    code = client_open(&client, args, NULL, false);
    if (code == EXIT_ACCEPTED && !url_parse_authority(args->value[ARG_TARGET], &client.url))
        code = usage("--target takes HOST:PORT");
    if (code == EXIT_ACCEPTED)
        code = client_set_target(&client, args);
    if (code == EXIT_ACCEPTED) {
        uint64_t retry_s = 5;
        struct shim_options options = {
            .mode = mode != NULL && strcmp(mode, "tcp") == 0 ? SHIM_MODE_TCP : SHIM_MODE_HTTP,
            .ctx = client.ctx,
            .listen = listen,
            .target = &client.target,
            .allow_hosts = args->allow_hosts.value,
            .allow_host_count = args->allow_hosts.count,
            .ready_file = args->value[ARG_READY_FILE],
        };

        if (args->value[ARG_RETRY] != NULL)
            (void)arguments_number(args->value[ARG_RETRY], 3600, &retry_s);
        options.retry_ms = (unsigned)retry_s * 1000;
        code = shim_run(&options) ? EXIT_ACCEPTED : EXIT_FAILED;
    }
    client_close(&client);
    return code;
}
