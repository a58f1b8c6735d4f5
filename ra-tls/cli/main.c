/*
 * devproof: the client's command. Exit codes: docs/client.md.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"

#define BIT(argument) (1u << (argument))

static const struct command {
    const char *name;
    const char *words; /* in the usage line */
    const char *meaning;
    int min_words, max_words;
    uint32_t arguments;
    enum exit_code (*run)(const struct arguments *args); /* NULL: in a later version */
} commands[] = {
    {"verify", "URL | --from FILE", "connect, check everything, print the report", 0, 1,
     CLIENT_ARGUMENTS | BIT(ARG_POLICY) | BIT(ARG_JSON) | BIT(ARG_EXPLAIN) | BIT(ARG_SAVE) |
         BIT(ARG_FROM) | BIT(ARG_AT),
     command_verify},
    {"get", "URL --policy FILE", "fetch over a verified connection; nothing is sent if refused", 1,
     1, CLIENT_ARGUMENTS | BIT(ARG_POLICY) | BIT(ARG_JSON) | BIT(ARG_EXPLAIN) | BIT(ARG_OUTPUT),
     command_get},
    {"connect", "--target HOST:PORT --policy FILE",
     "local proxy: plain HTTP in, verified attested TLS out", 0, 0,
     CLIENT_ARGUMENTS | BIT(ARG_POLICY) | BIT(ARG_LISTEN) | BIT(ARG_TARGET) | BIT(ARG_MODE) |
         BIT(ARG_RETRY) | BIT(ARG_ALLOW_HOST) | BIT(ARG_INSECURE_LISTEN_ANY) | BIT(ARG_READY_FILE),
     command_connect},
    {"policy init", "URL", "observe once, print a policy that pins what was seen", 1, 1,
     CLIENT_ARGUMENTS, command_policy_init},
    {"policy check", "FILE", "say what is wrong with a policy, what it pins, what it leaves open",
     1, 1, BIT(ARG_JSON), command_policy_check},
    {"quote verify", "--quote FILE --collateral FILE", "judge a quote offline", 0, 0,
     BIT(ARG_QUOTE) | BIT(ARG_COLLATERAL) | BIT(ARG_ROOT) | BIT(ARG_NOW) | BIT(ARG_POLICY) |
         BIT(ARG_JSON) | BIT(ARG_EXPLAIN),
     command_quote_verify},
    {"tcb-status", "--quote FILE --collateral FILE",
     "what a platform is short of, now and in the next evaluation", 0, 0,
     BIT(ARG_QUOTE) | BIT(ARG_COLLATERAL) | BIT(ARG_EARLY_COLLATERAL) | BIT(ARG_ROOT) |
         BIT(ARG_NOW) | BIT(ARG_JSON),
     command_tcb_status},
    {"cert verify", "FILE", "judge an RA-TLS certificate by its own evidence, offline", 1, 1,
     BIT(ARG_COLLATERAL) | BIT(ARG_ROOT) | BIT(ARG_NOW) | BIT(ARG_POLICY) | BIT(ARG_JSON) |
         BIT(ARG_EXPLAIN),
     command_cert_verify},
    {"quote show", "FILE", "decode a quote for people; nothing is verified", 1, 1, 0,
     command_quote_show},
    {"cert show", "FILE", "decode an RA-TLS certificate for people; nothing is verified", 1, 1, 0,
     command_cert_show},
    {"compose hash", "FILE", "SHA-256 of the bytes of an app-compose file", 1, 1, 0,
     command_compose_hash},
    {"bench verify", "", "time quote verification beside one P-256 verification", 0, 0,
     BIT(ARG_ROUNDS) | BIT(ARG_JSON), command_bench_verify},
    {"audit", "URL", "later", 0, 1, 0, NULL},
    {"ct audit", "NAME", "later", 0, 1, 0, NULL},
    {"receipt verify", "FILE", "later", 0, 1, 0, NULL},
    {"compose lint", "FILE", "later", 0, 1, 0, NULL},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    (void)fprintf(out, "Usage: devproof COMMAND [OPTION]...\n\n"
                       "A client that demands proof which code holds a server's keys, before it "
                       "sends a byte.\n\nCommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].run != NULL)
            (void)fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].meaning);
    (void)fprintf(out, "\ndevproof COMMAND --help lists the options of a command.\n"
                       "Exit codes: 0 accepted, 10 refused, 20 not supported, 30 malformed input, "
                       "1 own failure, 2 usage.\n");
}

static int print_command_help(const struct command *c)
{
    (void)printf("Usage: devproof %s %s [OPTION]...\n\n%s\n\nOptions:\n", c->name, c->words,
                 c->meaning);
    arguments_print(c->arguments | BIT(ARG_HELP));
    return EXIT_ACCEPTED;
}

/* The words of a command's name at the beginning of argv. Returns: how many, 0 when they differ. */
static int match(const char *name, int argc, char **argv)
{
    const char *blank = strchr(name, ' ');
    size_t first = blank == NULL ? strlen(name) : (size_t)(blank - name);

    if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], name, first) != 0)
        return 0;
    if (blank == NULL)
        return 1;
    return argc > 1 && strcmp(argv[1], blank + 1) == 0 ? 2 : 0;
}

/* What was printed must have arrived: of a policy that a full disk cut nobody says "accepted". */
static int finish(const char *command, int code)
{
    if (code != EXIT_ACCEPTED || (fflush(stdout) == 0 && ferror(stdout) == 0))
        return code;
    (void)fprintf(stderr, "devproof %s: cannot write to standard output\n", command);
    return EXIT_FAILED;
}

static int run_command(const struct command *c, int argc, char **argv)
{
    struct arguments args;

    if (c->run == NULL) {
        (void)fprintf(stderr, "devproof %s: not supported yet\n", c->name);
        return EXIT_UNSUPPORTED;
    }
    if (!arguments_parse(argc, argv, c->name, c->arguments, &args))
        return EXIT_USAGE;
    if (args.value[ARG_HELP] != NULL)
        return print_command_help(c);
    if (args.words < c->min_words || args.words > c->max_words) {
        (void)fprintf(stderr, "Usage: devproof %s %s [OPTION]...\n", c->name, c->words);
        return EXIT_USAGE;
    }
    return finish(c->name, (int)c->run(&args));
}

/* What whoever started us has closed must not be the next socket's number: what we print would go
 * to the far side. Opened the wrong way round, so that using it fails as it did. */
static bool open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (!open_standard_files())
        return EXIT_FAILED;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                     strcmp(argv[1], "help") == 0)) {
        print_help(stdout);
        return EXIT_ACCEPTED;
    }
    if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        (void)printf("devproof %s (%s)\n", DEVPROOF_VERSION, DEVPROOF_REVISION);
        return EXIT_ACCEPTED;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        int used = match(commands[i].name, argc - 1, argv + 1);

        if (used > 0)
            return run_command(&commands[i], argc - 1 - used, argv + 1 + used);
    }
    if (argc > 1)
        (void)fprintf(stderr, "devproof: unknown command '%s'\n\n", argv[1]);
    print_help(stderr);
    return EXIT_USAGE;
}
