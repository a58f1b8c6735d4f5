/*
 * cert_file: certificates in a file, PEM or one in DER.
 */
#ifndef DEVPROOF_CERT_FILE_H
#define DEVPROOF_CERT_FILE_H

#include "certbind/bytes.h"
#include "ra-tls/cli/exit_code.h"

enum { CERT_FILE_MAX = 8 };

struct cert_file {
    uint8_t *memory[CERT_FILE_MAX]; /* owned */
    struct certbind_bytes der[CERT_FILE_MAX];
    size_t count; /* at least one after success */
};

/**
 * Read the CERTIFICATE blocks of a file in order; all of a file that begins as DER does, or has no
 * block, is taken as one certificate. Says on stderr why it cannot.
 *
 * Returns: EXIT_ACCEPTED, EXIT_MALFORMED, also for more than CERT_FILE_MAX, or EXIT_FAILED
 * Out:     out  to be given to cert_file_free
 */
enum exit_code cert_file_read(const char *command, const char *path, struct cert_file *out);

/** Accepts a zeroed struct. */
void cert_file_free(struct cert_file *file);

#endif
