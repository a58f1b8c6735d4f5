/*
 * arguments: the options that the commands of devproof share.
 */
#ifndef DEVPROOF_ARGUMENTS_H
#define DEVPROOF_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* X(NAME, "option", "ARG" or NULL, "meaning") */
#define ARGUMENT_LIST(X)                                                                           \
    X(ARG_POLICY, "policy", "FILE", "what the server must prove")                                  \
    X(ARG_ROOT, "root", "FILE", "trusted root of quotes, PEM or DER, in place of Intel's")         \
    X(ARG_CLIENT_CERT, "client-cert", "FILE",                                                      \
      "certificate to show to a server that asks, PEM, with its chain")                            \
    X(ARG_CLIENT_KEY, "client-key", "FILE", "its key, PEM; else it stands in that file")           \
    X(ARG_RESOLVE, "resolve", "HOST:PORT:ADDR",                                                    \
      "connect to ADDR[:PORT] for HOST:PORT; may be repeated")                                     \
    X(ARG_COLLATERAL_URL, "collateral-url", "URL",                                                 \
      "PCS or PCCS to ask when the server's is stale; may be repeated")                            \
    X(ARG_TIMEOUT, "timeout", "SECONDS", "until the verdict, as a total (30)")                     \
    X(ARG_JSON, "json", NULL, "print the report as JSON")                                          \
    X(ARG_EXPLAIN, "explain", NULL, "add what each step means and what was not checked")           \
    X(ARG_OUTPUT, "output", "FILE", "write the body to FILE")                                      \
    X(ARG_QUOTE, "quote", "FILE", "the quote, raw or hex")                                         \
    X(ARG_COLLATERAL_DIR, "collateral-dir", "DIR", "folder of bundles, read after the services")   \
    X(ARG_NO_CACHE, "no-cache", NULL, "neither read nor write the cache of collateral")            \
    X(ARG_COLLATERAL, "collateral", "FILE", "the collateral bundle")                               \
    X(ARG_EARLY_COLLATERAL, "early-collateral", "FILE",                                            \
      "the bundle of the next evaluation (update=early)")                                          \
    X(ARG_SAVE, "save", "FILE", "keep what a later verify --from needs to repeat the verdict")     \
    X(ARG_FROM, "from", "FILE", "repeat the verdict of an archive, without a server")              \
    X(ARG_AT, "at", "UNIX", "judge an archive as of this second (when it was made)")               \
    X(ARG_NOW, "now", "UNIX", "judge as of this second")                                           \
    X(ARG_ROUNDS, "rounds", "N", "measurements of each kind (200)")                                \
    X(ARG_LISTEN, "listen", "ADDR:PORT", "where the local proxy listens (127.0.0.1:8080)")         \
    X(ARG_TARGET, "target", "HOST:PORT", "the server that is verified and reached")                \
    X(ARG_MODE, "mode", "http|tcp|proxy", "what the local proxy speaks")                           \
    X(ARG_RETRY, "retry", "SECONDS", "how long to look for a server that is away (5)")             \
    X(ARG_ALLOW_HOST, "allow-host", "NAME", "also answer requests for this Host")                  \
    X(ARG_INSECURE_LISTEN_ANY, "insecure-listen-any", NULL, "allow an address beyond loopback")    \
    X(ARG_READY_FILE, "ready-file", "FILE", "write the bound address as JSON when serving")        \
    X(ARG_HELP, "help", NULL, "print this")

enum argument {
#define X(symbol, name, value, meaning) symbol,
    ARGUMENT_LIST(X)
#undef X
        ARG_COUNT
};

enum { ARGUMENTS_MAX_WORDS = 4, ARGUMENTS_MAX_REPEATS = 16 };

/* An option that may be given more than once. */
struct argument_list {
    const char *value[ARGUMENTS_MAX_REPEATS];
    int count;
};

struct arguments {
    const char *command;          /* "quote verify" */
    const char *value[ARG_COUNT]; /* "" for a switch; NULL: not given */
    const char *word[ARGUMENTS_MAX_WORDS];
    int words;
    struct argument_list allow_hosts;
    struct argument_list collateral_urls;
    struct argument_list resolves;
};

/**
 * Read the options of a command.
 *
 * Returns: whether they are among those that the command takes; otherwise a line was printed
 * In:      argv     what follows the command, argc words
 *          allowed  bits of ARG_..., 1u << ARG_X
 */
bool arguments_parse(int argc, char **argv, const char *command, uint32_t allowed,
                     struct arguments *out);

/** Print the options of a command, one a line. */
void arguments_print(uint32_t allowed);

/** Returns: whether text is a whole decimal number of at most max. */
bool arguments_number(const char *text, uint64_t max, uint64_t *value);

#endif
