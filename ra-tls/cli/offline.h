/*
 * offline: what the commands that judge files have in common: collateral, root, policy, time.
 */
#ifndef DEVPROOF_OFFLINE_H
#define DEVPROOF_OFFLINE_H

#include "certbind/policy.h"
#include "certbind/report.h"
#include "ra-tls/cli/arguments.h"
#include "ra-tls/cli/exit_code.h"

struct offline {
    uint8_t *collateral, *root; /* owned; NULL: none */
    size_t collateral_len, root_len;
    struct certbind_policy policy;
    bool has_policy;
    uint64_t now;
};

/**
 * Load what --collateral, --root, --policy and --now name; a policy may name its root.
 *
 * Returns: EXIT_ACCEPTED, or the exit code after a line on stderr
 * Out:     out  to be given to offline_close, also after a failure
 */
enum exit_code offline_open(const struct arguments *args, struct offline *out);

void offline_close(struct offline *offline);

#endif
