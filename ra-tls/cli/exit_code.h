/*
 * exit_code: how devproof ends (docs/client.md, "Exit codes").
 */
#ifndef DEVPROOF_EXIT_CODE_H
#define DEVPROOF_EXIT_CODE_H

enum exit_code {
    EXIT_ACCEPTED = 0,
    EXIT_FAILED = 1, /* our own failure */
    EXIT_USAGE = 2,
    EXIT_REFUSED = 10,
    EXIT_UNSUPPORTED = 20,
    EXIT_MALFORMED = 30 /* a file named on the command line */
};

#endif
