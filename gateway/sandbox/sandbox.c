#include "gateway/sandbox/sandbox.h"

#include <stdio.h>

#include "gateway/sandbox/files.h"
#include "gateway/sandbox/privileges.h"
#include "gateway/sandbox/syscalls.h"

static const char *const layer_names[] = {
#define SANDBOX_NAME(symbol, name) [symbol] = (name),
    SANDBOX_LAYER_LIST(SANDBOX_NAME)};

static const char *const state_names[] = {SANDBOX_STATE_LIST(SANDBOX_NAME)};

const char *sandbox_layer_name(enum sandbox_layer layer)
{
    return layer_names[layer];
}

const char *sandbox_state_name(enum sandbox_state state)
{
    return state_names[state];
}

static void switched_off(struct sandbox_result *out)
{
    out->state = SANDBOX_OFF;
    (void)snprintf(out->detail, sizeof out->detail, "switched off on the command line");
}

bool sandbox_enter(const struct sandbox_options *options, struct sandbox_report *report, char *err,
                   size_t err_len)
{
    struct sandbox_result *layers = report->layers;

    *report = (struct sandbox_report){0};
    if (!sandbox_user_change(options->user, &layers[SANDBOX_USER], err, err_len))
        return false;
    sandbox_capabilities_drop(&layers[SANDBOX_CAPABILITIES]);
    if (options->off) {
        switched_off(&layers[SANDBOX_FILES]);
        switched_off(&layers[SANDBOX_SYSCALLS]);
        return true;
    }
    sandbox_files_restrict(options->paths, options->paths_count, &layers[SANDBOX_FILES]);
    sandbox_syscalls_restrict(&layers[SANDBOX_SYSCALLS]);
    return true;
}
