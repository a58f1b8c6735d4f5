/*
 * authority_child: a child process that is an ACME authority: it gives out a directory and nonces,
 * and refuses the first request that is signed.
 */
#ifndef TESTS_MEMORY_AUTHORITY_CHILD_H
#define TESTS_MEMORY_AUTHORITY_CHILD_H

#include <sys/types.h>

struct authority_told {
    char directory[80]; /* URL */
    char ca_file[80];   /* PEM, of its TLS */
};

/** Before this process has a secret. Returns: the child. */
pid_t authority_child_start(struct authority_told *told);

void authority_child_stop(pid_t child, const struct authority_told *told);

#endif
