/*
 * process: what the process allows itself and others before it holds a secret.
 */
#ifndef GATEWAY_LIFETIME_PROCESS_H
#define GATEWAY_LIFETIME_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * First thing of all: drop the environment, initialise OpenSSL without its configuration and
 * libcurl, no core dumps, no debugger, no new privileges, no SIGPIPE.
 *
 * Returns: false with a text in err
 */
bool gateway_process_harden(char *err, size_t err_len);

/** Returns: bytes of secure heap for that many connections: 64 each and 256 KiB, as a power of
 * two. OpenSSL keeps 32 bytes of it for every open TLS 1.3 connection. */
size_t gateway_secure_heap_bytes(uint32_t max_connections);

/**
 * Make the secure heap: locked memory that is never swapped, dumped or inherited.
 *
 * Returns: false with a text in err: too little memory may be locked
 */
bool gateway_secure_heap_start(uint32_t max_connections, char *err, size_t err_len);

/** Raise the limit of open files to what is allowed. Returns: the limit now. */
uint64_t gateway_raise_open_files(void);

/** Returns: CPUs this process may use, by affinity and cgroup quota, at least 1. */
unsigned gateway_cpus_allowed(void);

/**
 * Returns: CPUs that a quota amounts to, rounded up; 0 when the text sets none
 * In:      text  of cgroup v2's cpu.max: "max 100000", "150000 100000"
 */
unsigned gateway_cpu_quota(const char *text);

#endif
