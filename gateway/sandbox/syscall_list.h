/*
 * syscall_list: the calls that are allowed whatever their arguments are. Private to the sandbox.
 */
#ifndef GATEWAY_SANDBOX_SYSCALL_LIST_H
#define GATEWAY_SANDBOX_SYSCALL_LIST_H

#include <stddef.h>
#include <stdint.h>

extern const uint32_t sandbox_syscalls[]; /* their numbers, the most frequent first */
extern const size_t sandbox_syscalls_count;

#endif
