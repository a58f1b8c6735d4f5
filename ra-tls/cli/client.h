/*
 * client: what verify, get, policy init and connect have in common: policy, root, context, target.
 */
#ifndef DEVPROOF_CLIENT_H
#define DEVPROOF_CLIENT_H

#include <stdio.h>

#include "ra-tls/cli/arguments.h"
#include "ra-tls/cli/exit_code.h"
#include "ra-tls/cli/url.h"
#include "ra-tls/ratls.h"

/* Options that ask for a connection. */
#define CLIENT_ARGUMENTS                                                                           \
    (1u << ARG_ROOT | 1u << ARG_RESOLVE | 1u << ARG_COLLATERAL_URL | 1u << ARG_COLLATERAL_DIR |    \
     1u << ARG_COLLATERAL | 1u << ARG_NO_CACHE | 1u << ARG_TIMEOUT | 1u << ARG_CLIENT_CERT |       \
     1u << ARG_CLIENT_KEY)

struct client {
    struct certbind_policy policy;
    bool has_policy;
    uint8_t *root; /* owned */
    size_t root_len;
    struct ratls_ctx *ctx;
    const char *cert, *key; /* to be shown, as the arguments name them; NULL: not given */
    struct url url;
    char address[256]; /* of --resolve */
    struct ratls_sources sources;
    char cache_dir[4096];
    struct ratls_target target;
};

/**
 * Load what the arguments name and set up the target.
 *
 * Returns: EXIT_ACCEPTED, or the exit code after a line on stderr
 * In:      url         the URL; NULL: the caller fills client->url and calls client_set_target
 *          keep_going  evaluate what can be evaluated after a failure
 */
enum exit_code client_open(struct client *client, const struct arguments *args, const char *url,
                           bool keep_going);

/** Set the target from client->url and --resolve, --timeout. */
enum exit_code client_set_target(struct client *client, const struct arguments *args);

/** Where --resolve says to connect to for a host and port. Returns: whether it says so.
 * In: arguments  a struct arguments */
bool client_resolve(const void *arguments, const char *host, uint16_t port, char *address,
                    size_t room, uint16_t *address_port);

/** Go on under a policy that demands nothing, names included. Returns: EXIT_ACCEPTED, or the exit
 * code after a line on stderr */
enum exit_code client_observe(struct client *client);

void client_close(struct client *client);

/** Returns: the exit code of a verdict. */
enum exit_code client_exit_code(const struct certbind_report *report);

/** Print a report: JSON, or text with explanations when asked for. */
void client_print_report(const struct certbind_report *report, const struct arguments *args);

/** Load a policy file; prints every problem. */
enum exit_code client_load_policy(const char *path, struct certbind_policy *policy);

/** Load a policy file and collect what is wrong with it. Returns: the exit code for it. */
enum exit_code client_read_policy(const char *path, struct certbind_policy *policy,
                                  struct certbind_problems *problems, struct certbind_error *err);

/** Print problems, one a line, with file, line and path. */
void client_print_problems(const char *path, const struct certbind_problems *problems, FILE *out);

/** Load a root; prints what is wrong. */
enum exit_code client_load_root(const char *path, uint8_t **der, size_t *len);

#endif
