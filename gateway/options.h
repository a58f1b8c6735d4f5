/*
 * options: the command line of devproof-gateway, and the configuration text it names.
 */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum gateway_exit {
    GATEWAY_EXIT_OK = 0,
    GATEWAY_EXIT_FAILURE = 1, /* our own, or the system's; with --check-config: problems */
    GATEWAY_EXIT_USAGE = 2,
    GATEWAY_EXIT_NOT_SUPPORTED = 20,
    GATEWAY_EXIT_MALFORMED = 30 /* the configuration */
};

enum gateway_command {
    GATEWAY_COMMAND_NONE = 0,
    GATEWAY_COMMAND_RUN,
    GATEWAY_COMMAND_CHECK,
    GATEWAY_COMMAND_PRINT,
    GATEWAY_COMMAND_HELP,
    GATEWAY_COMMAND_VERSION,
    GATEWAY_COMMAND_CSR,
    GATEWAY_COMMAND_HEALTH
};

enum { GATEWAY_OPTION_NAMES_MAX = 64, GATEWAY_CONFIG_MAX_BYTES = 1 << 20 };

/* All texts are borrowed from argv. */
struct gateway_options {
    enum gateway_command command;
    const char *config; /* a file, or "-" */
    const char *config_json;
    const char *upstream;
    const char *listen;
    const char *names[GATEWAY_OPTION_NAMES_MAX];
    size_t names_count;
    const char *agent;
    const char *ready_file;
    const char *notify_socket;
    const char *watchdog_usec;
    const char *admin; /* of health, or with upstream */
    const char *user;  /* NULL: who started it */
    bool no_sandbox;
    const char *control;  /* NULL: nobody can take over */
    const char *takeover; /* NULL: from nobody */
};

/**
 * Read the command line.
 *
 * Returns: whether it is one; otherwise err says what is wrong with it
 */
bool gateway_options_parse(int argc, char *const *argv, struct gateway_options *out, char *err,
                           size_t err_len);

/**
 * Get the text of the configuration: from the file, the argument, or made from --upstream.
 *
 * Returns: the text, to be freed; NULL with a text in err
 */
char *gateway_options_config(const struct gateway_options *options, char *err, size_t err_len);

/** Returns: what problems are about: the file's name, or the option. */
const char *gateway_options_origin(const struct gateway_options *options);

/** Write the help text: the options, then every configuration key. */
void gateway_options_help(FILE *to);

#endif
