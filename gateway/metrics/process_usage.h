/*
 * process_usage: what the process uses of the machine.
 */
#ifndef GATEWAY_METRICS_PROCESS_USAGE_H
#define GATEWAY_METRICS_PROCESS_USAGE_H

#include <dirent.h>
#include <stdint.h>

/* A member is 0 when the system does not tell it. */
struct gateway_process_usage {
    uint64_t cpu_us;
    uint64_t resident_bytes, virtual_bytes;
    uint64_t open_files, max_files;
    uint64_t started_s; /* Unix seconds */
};

/* Where it is read from, again and again. */
struct gateway_process_sources {
    uint64_t started_s;
    int memory; /* -1: not told */
    DIR *files; /* NULL: not told */
};

/** Open them: before the process gives up the files that it does not need. */
void gateway_process_sources_open(struct gateway_process_sources *out);

/** Accepts what _open made, and nothing else. */
void gateway_process_sources_close(struct gateway_process_sources *sources);

void gateway_process_usage_get(const struct gateway_process_sources *sources,
                               struct gateway_process_usage *out);

#endif
