/*
 * syscalls: which system calls the process may still make, by a seccomp filter. Private to the
 * sandbox.
 *
 * Whatever is not listed fails with EPERM. The process is not killed: a library that begins to try
 * something new after an update must not take the only way to the app down, and a call that fails
 * gives no more than one that kills. Two answer ENOSYS, so that libraries take their other way:
 * clone3, whose flags a filter cannot see, and io_uring_setup: a ring's operations pass every
 * filter, so none may exist. A call in the form of another processor kills the process: no honest
 * code makes one.
 */
#ifndef GATEWAY_SANDBOX_SYSCALLS_H
#define GATEWAY_SANDBOX_SYSCALLS_H

#include "gateway/sandbox/sandbox.h"

/** Install the filter, for every thread. */
void sandbox_syscalls_restrict(struct sandbox_result *out);

#endif
