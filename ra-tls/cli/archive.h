/*
 * archive: `devproof verify --save FILE` and `--from FILE`.
 */
#ifndef DEVPROOF_ARCHIVE_H
#define DEVPROOF_ARCHIVE_H

#include "ra-tls/cli/client.h"

/**
 * Repeat the verdict of the archive that --from names and print the report.
 *
 * Returns: the exit code of the verdict; EXIT_MALFORMED for a file that is no archive
 */
enum exit_code archive_verify(const struct arguments *args);

/* What --save keeps: filled while the session lives. */
struct archive_keeper {
    const struct client *client;
    const struct arguments *args;
    char *text; /* owned; NULL: nothing to keep, or memory ran out */
    size_t len;
    const char *problem;
};

/** An on_verdict of struct ratls_target; user is a struct archive_keeper. */
void archive_keep(void *user, const struct ratls_session *session);

/** Write what was kept to the file of --save, and free it. Returns: EXIT_ACCEPTED, or EXIT_FAILED
 * after a line on stderr. */
enum exit_code archive_save(struct archive_keeper *keeper);

#endif
