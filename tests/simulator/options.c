#include "tests/simulator/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"

enum { MAX_DELAY_MS = 600000 };

/* X(symbol, "name", argument or NULL, "help") */
#define OPTION_LIST(X)                                                                             \
    X(OPT_SOCKET, "socket", "PATH", "unix socket of the guest agent; needed")                      \
    X(OPT_TAPPD_SOCKET, "tappd-socket", "PATH",                                                    \
      "unix socket of the agent's first API, beside the other")                                    \
    X(OPT_REPLAY, "replay", "DIR",                                                                 \
      "serve dstack's agent fixtures of this folder; its quotes' signatures do not verify")        \
    X(OPT_SEED, "seed", "HEX", "all keys and identities; default " SIM_SEED_DEFAULT)               \
    X(OPT_PCCS, "pccs", "ADDR:PORT", "serve collateral here; port 0 asks the kernel for one")      \
    X(OPT_WRITE_ROOT, "write-root", "FILE", "write the root certificate, PEM")                     \
    X(OPT_WRITE_KMS_ROOT, "write-kms-root", "FILE", "write the KMS's public keys, JSON")           \
    X(OPT_APP_COMPOSE, "app-compose", "FILE",                                                      \
      "measure these bytes; default: a small built-in app")                                        \
    X(OPT_APP_ID, "app-id", "HEX", "20 bytes; default: the first 20 of the compose hash")          \
    X(OPT_INSTANCE_ID, "instance-id", "HEX", "20 bytes; default: from seed and app id")            \
    X(OPT_OS_SEED, "os-seed", "HEX", "the OS image (MRTD, RTMR0-2); default " SIM_OS_SEED_DEFAULT) \
    X(OPT_QUOTE_VERSION, "quote-version", "4|5", "quote format; 5 has a TD report 1.5; default 4") \
    X(OPT_EVENT_LOG_VERSION, "event-log-version", "1|2",                                           \
      "digests of runtime events; default: as the compose file says, else 1")                      \
    X(OPT_MR_CONFIG, "mr-config", "1|2|3", "version of MR_CONFIG_ID; default 1")                   \
    X(OPT_TD_OLD_LAUNCH, "td-old-launch", NULL,                                                    \
      "the TD was started before the TDX module was updated")                                      \
    X(OPT_TD_DEBUG, "td-debug", NULL, "set TUD.DEBUG: the host may read the TD")                   \
    X(OPT_TCB_STATUS, "tcb-status", "NAME", "what the TCB info says of this platform")             \
    X(OPT_TCB_EVALUATION, "tcb-evaluation", "N", "tcbEvaluationDataNumber of the collateral")      \
    X(OPT_COLLATERAL_LIFETIME, "collateral-lifetime", "SECONDS",                                   \
      "from issue to nextUpdate; default 30 days")                                                 \
    X(OPT_REVOKE, "revoke", "pck|platform-ca", "put this certificate on its CRL")                  \
    X(OPT_QUOTE_DELAY, "quote-delay-ms", "N", "time of one quote; they are made one by one")       \
    X(OPT_FAIL, "fail", "METHOD:KIND[:COUNT]",                                                     \
      "a method's name or any; error, 500, truncated, hang, garbage or close")                     \
    X(OPT_EMIT_EVENT, "emit-event", NULL, "serve EmitEvent, as agents before 0.6")                 \
    X(OPT_RATLS_EVIDENCE, "ratls-evidence", "attestation|legacy",                                  \
      "GetTlsKey puts extension .8 into certificates, or .1 and .2; default attestation")          \
    X(OPT_READY_FILE, "ready-file", "FILE", "written when serving: {\"socket\",\"pccs\"}")         \
    X(OPT_NOW, "now", "UNIX", "live at this time; default: the clock")                             \
    X(OPT_VERSION, "version", NULL, "print the version")                                           \
    X(OPT_HELP, "help", NULL, "print this text")

enum option_id {
    OPT_NONE,
#define X(symbol, name, argument, help) symbol,
    OPTION_LIST(X)
#undef X
};

static const struct option LONG_OPTIONS[] = {
#define X(symbol, name, argument, help)                                                            \
    {name, (argument) == NULL ? no_argument : required_argument, NULL, symbol},
    OPTION_LIST(X)
#undef X
        {NULL, 0, NULL, 0}};

static void print_help(void)
{
    static const struct {
        const char *name, *argument, *help;
    } lines[] = {
#define X(symbol, name, argument, help) {name, argument, help},
        OPTION_LIST(X)
#undef X
    };

    (void)puts("usage: dstack-simulator --socket PATH [options]\n\n"
               "Stands in for guest agent, TDX hardware, KMS and collateral service, under a root\n"
               "of its own that nobody trusts by default. For tests and demos only.\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        (void)printf("  --%s%s%s\n        %s\n", lines[i].name, lines[i].argument ? " " : "",
                     lines[i].argument ? lines[i].argument : "", lines[i].help);
}

static bool usage(int *exit_code, const char *what, const char *value)
{
    (void)fprintf(stderr, "dstack-simulator: %s '%s' (see --help)\n", what, value);
    *exit_code = SIM_EXIT_USAGE;
    return false;
}

static bool parse_number(const char *text, long long max, long long *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out <= max;
}

static bool parse_version(const char *text, long long max, unsigned *out)
{
    long long number = 0;
    bool ok = parse_number(text, max, &number) && number > 0;

    *out = (unsigned)number;
    return ok;
}

static bool parse_revoke(const char *text, enum sim_revoke *out)
{
    if (strcmp(text, "pck") == 0)
        *out = SIM_REVOKE_PCK;
    else if (strcmp(text, "platform-ca") == 0)
        *out = SIM_REVOKE_PLATFORM_CA;
    else
        return false;
    return true;
}

/* The options that are a file or an address. Returns: where to store it, or NULL. */
static const char **text_option(struct sim_options *o, int id)
{
    switch (id) {
    case OPT_SOCKET:
        return &o->socket_path;
    case OPT_TAPPD_SOCKET:
        return &o->tappd_path;
    case OPT_REPLAY:
        return &o->replay;
    case OPT_PCCS:
        return &o->pccs_address;
    case OPT_WRITE_ROOT:
        return &o->root_file;
    case OPT_WRITE_KMS_ROOT:
        return &o->kms_root_file;
    case OPT_APP_COMPOSE:
        return &o->app_compose_file;
    case OPT_READY_FILE:
        return &o->ready_file;
    default:
        return NULL;
    }
}

/* The options whose value is checked. Returns: whether it is right. */
static bool checked_option(struct sim_options *o, int id, const char *value)
{
    struct certbind_bytes text = certbind_text(value);
    long long number = 0;

    switch (id) {
    case OPT_SEED:
        return sim_seed_parse(value, &o->seed);
    case OPT_OS_SEED:
        return sim_seed_parse(value, &o->os_seed);
    case OPT_APP_ID:
        o->has_app_id = true;
        return certbind_hex_decode_any_case(text, o->app_id, sizeof o->app_id);
    case OPT_INSTANCE_ID:
        o->has_instance_id = true;
        return certbind_hex_decode_any_case(text, o->instance_id, sizeof o->instance_id);
    case OPT_TCB_STATUS:
        o->collateral.tcb_status = value;
        return sim_tcb_status_ok(value);
    case OPT_REVOKE:
        return parse_revoke(value, &o->collateral.revoke);
    case OPT_RATLS_EVIDENCE:
        o->legacy_evidence = strcmp(value, "legacy") == 0;
        return o->legacy_evidence || strcmp(value, "attestation") == 0;
    case OPT_FAIL:
        return sim_faults_add(&o->faults, value);
    case OPT_QUOTE_DELAY:
        if (!parse_number(value, MAX_DELAY_MS, &number))
            return false;
        o->quote_delay_ms = (unsigned)number;
        return true;
    case OPT_EVENT_LOG_VERSION:
        return parse_version(value, 2, &o->event_log_version);
    case OPT_TCB_EVALUATION:
        return parse_version(value, UINT16_MAX, &o->collateral.evaluation_number);
    case OPT_COLLATERAL_LIFETIME:
        return parse_version(value, UINT32_MAX, &o->collateral.lifetime_s);
    case OPT_MR_CONFIG:
        return parse_version(value, 3, &o->mr_config_version);
    case OPT_NOW:
        /* Up to 2100, within 32 bits: the CRL number is the time. */
        if (!parse_number(value, 4102444800, &number) || number == 0)
            return false;
        o->now = number;
        return true;
    default:
        return false;
    }
}

/* Returns: whether to go on with the next option. */
static bool take_option(struct sim_options *o, int id, const char *name, int *exit_code)
{
    const char **text = text_option(o, id);

    *exit_code = SIM_EXIT_OK;
    if (text != NULL) {
        *text = optarg;
        return true;
    }
    switch (id) {
    case OPT_TD_DEBUG:
        o->debug = true;
        return true;
    case OPT_TD_OLD_LAUNCH:
        o->old_launch = true;
        return true;
    case OPT_EMIT_EVENT:
        o->emit_event = true;
        return true;
    case OPT_QUOTE_VERSION:
        o->quote_version = strcmp(optarg, "5") == 0 ? 5 : 4;
        return o->quote_version == 5 || strcmp(optarg, "4") == 0 ||
               usage(exit_code, "no quote version", optarg);
    case OPT_VERSION:
        (void)puts("dstack-simulator " DEVPROOF_VERSION_TEXT);
        return false;
    case OPT_HELP:
        print_help();
        return false;
    default:
        if (optarg == NULL)
            return usage(exit_code, "unknown option", name);
        return checked_option(o, id, optarg) ||
               usage(exit_code, "not a value of its option:", optarg);
    }
}

bool sim_options_parse(int argc, char **argv, struct sim_options *o, int *exit_code)
{
    int id;

    *o = (struct sim_options){.quote_version = 4, .collateral = {.tcb_status = "UpToDate"}};
    *exit_code = SIM_EXIT_FAILURE;
    if (!sim_seed_parse(SIM_SEED_DEFAULT, &o->seed) ||
        !sim_seed_parse(SIM_OS_SEED_DEFAULT, &o->os_seed))
        return false;
    optind = 1;
    opterr = 0;
    /* The colon first: a missing argument is told apart from an unknown option. */
    while ((id = getopt_long(argc, argv, ":", LONG_OPTIONS, NULL)) != -1) {
        const char *name = optind > 0 && optind <= argc ? argv[optind - 1] : "";

        if (id == ':')
            return usage(exit_code, "option needs an argument:", name);
        if (!take_option(o, id, name, exit_code))
            return false;
    }
    if (optind != argc)
        return usage(exit_code, "unexpected argument", argv[optind]);
    if (o->socket_path == NULL)
        return usage(exit_code, "missing option", "--socket");
    if (o->replay != NULL && (o->emit_event || o->kms_root_file != NULL))
        return usage(exit_code, "a replayed TD has neither live registers nor a KMS:", o->replay);
    return true;
}
