/*
 * process_usage: what the process uses of the machine.
 */
#ifndef GATEWAY_PROCESS_USAGE_H
#define GATEWAY_PROCESS_USAGE_H

#include <stdint.h>

/* A member is 0 when the system does not tell it. */
struct gateway_process_usage {
    uint64_t cpu_us;
    uint64_t resident_bytes, virtual_bytes;
    uint64_t open_files, max_files;
    uint64_t started_s; /* Unix seconds */
};

void gateway_process_usage_get(struct gateway_process_usage *out);

#endif
