#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certbind/hex.h"
#include "gateway/config/config.h"
#include "gateway/csr.h"
#include "gateway/admin/health.h"
#include "gateway/log.h"
#include "gateway/options.h"
#include "gateway/lifetime/process.h"
#include "gateway/lifetime/standard_files.h"
#include "gateway/program.h"

/* One line each, in the form that editors and people know. */
static void print_problems(FILE *to, const char *origin, const struct certbind_problems *problems)
{
    size_t kept = problems->count < CERTBIND_MAX_PROBLEMS ? problems->count : CERTBIND_MAX_PROBLEMS;

    for (size_t i = 0; i < kept; i++) {
        const struct certbind_problem *p = &problems->list[i];

        (void)fprintf(to, "%s: line %zu: %s%s%s\n", origin, p->line, p->path,
                      p->path[0] != '\0' ? ": " : "", p->text);
    }
    if (kept < problems->count)
        (void)fprintf(to, "%s: %zu more problems\n", origin, problems->count - kept);
}

static bool is_on(const cJSON *item)
{
    return cJSON_IsTrue(item) || (cJSON_IsString(item) && item->valuestring[0] != '\0');
}

/* Name every key that weakens trust, wherever it stands. */
static void warn_insecure(const struct gateway_log *log, const cJSON *tree)
{
    for (const cJSON *item = tree->child; item != NULL; item = item->next) {
        if (item->string != NULL && strncmp(item->string, "insecure_", 9) == 0 && is_on(item))
            GATEWAY_LOG(log, GATEWAY_LOG_WARN, "insecure", {"key", item->string, 0},
                        {"value", cJSON_IsString(item) ? item->valuestring : "true", 0});
        warn_insecure(log, item);
    }
}

static enum gateway_exit run(const struct gateway_options *options,
                             const struct gateway_config *config)
{
    atomic_ullong lost = 0;
    const struct gateway_log log = {config->log_format, STDERR_FILENO, &lost};
    char hash[2 * sizeof config->sha256 + 1];

    gateway_standard_file_never_waits(STDOUT_FILENO);
    gateway_standard_file_never_waits(STDERR_FILENO);
    certbind_hex_encode(config->sha256, sizeof config->sha256, hash);
    GATEWAY_LOG(&log, GATEWAY_LOG_INFO, "starting", {"version", DEVPROOF_VERSION, 0},
                {"revision", DEVPROOF_REVISION, 0}, {"config_sha256", hash, 0});
    warn_insecure(&log, config->document.json.root);
    return gateway_program_run(config, &log, options);
}

static enum gateway_exit with_config(const struct gateway_options *options, const char *text)
{
    struct certbind_problems problems = {.count = 0};
    struct gateway_config config;
    certbind_status status = gateway_config_parse(certbind_text(text), &config, &problems);
    enum gateway_exit code = GATEWAY_EXIT_OK;

    if (status == CERTBIND_E_MALFORMED) {
        print_problems(options->command == GATEWAY_COMMAND_CHECK ? stdout : stderr,
                       gateway_options_origin(options), &problems);
        code = options->command == GATEWAY_COMMAND_CHECK ? GATEWAY_EXIT_FAILURE
                                                         : GATEWAY_EXIT_MALFORMED;
    } else if (status != CERTBIND_OK) {
        (void)fprintf(stderr, "devproof-gateway: %s\n", certbind_status_text(status));
        code = GATEWAY_EXIT_FAILURE;
    } else if (options->command == GATEWAY_COMMAND_PRINT) {
        if (fwrite(config.canonical, 1, config.canonical_len, stdout) != config.canonical_len ||
            fflush(stdout) != 0)
            code = GATEWAY_EXIT_FAILURE;
    } else if (options->command == GATEWAY_COMMAND_CSR) {
        code = gateway_csr_print(&config, options->names, options->names_count, stdout, stderr);
    } else if (options->command == GATEWAY_COMMAND_RUN) {
        code = run(options, &config);
    }
    gateway_config_cleanup(&config);
    return code;
}

static enum gateway_exit do_command(const struct gateway_options *options)
{
    char err[256];
    char *text;
    enum gateway_exit code;

    switch (options->command) {
    case GATEWAY_COMMAND_HELP:
        gateway_options_help(stdout);
        return GATEWAY_EXIT_OK;
    case GATEWAY_COMMAND_VERSION:
        (void)printf("devproof-gateway %s %s\n", DEVPROOF_VERSION, DEVPROOF_REVISION);
        return GATEWAY_EXIT_OK;
    case GATEWAY_COMMAND_HEALTH:
        return gateway_health_ask(options->admin == NULL ? GATEWAY_HEALTH_ADDRESS : options->admin,
                                  stdout, stderr)
                   ? GATEWAY_EXIT_OK
                   : GATEWAY_EXIT_FAILURE;
    default:
        break;
    }
    text = gateway_options_config(options, err, sizeof err);
    if (text == NULL) {
        (void)fprintf(stderr, "devproof-gateway: %s\n", err);
        return GATEWAY_EXIT_FAILURE;
    }
    code = with_config(options, text);
    free(text);
    return code;
}

int main(int argc, char **argv)
{
    struct gateway_options options;
    char err[256];

    if (!gateway_standard_files_open())
        return GATEWAY_EXIT_FAILURE;
    if (!gateway_process_harden(err, sizeof err)) {
        (void)fprintf(stderr, "devproof-gateway: %s\n", err);
        return GATEWAY_EXIT_FAILURE;
    }
    if (!gateway_options_parse(argc, argv, &options, err, sizeof err)) {
        (void)fprintf(stderr, "devproof-gateway: %s; --help lists the options\n", err);
        return GATEWAY_EXIT_USAGE;
    }
    return (int)do_command(&options);
}
