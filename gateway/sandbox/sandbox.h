/*
 * sandbox: what the process gives up once it has everything that it needs: its user, capabilities,
 * files, system calls.
 *
 * Four layers, each on its own: the kernel may refuse one, and the others hold. Nothing that was
 * given up comes back. To be entered while the process has one thread; threads made later inherit
 * it.
 */
#ifndef GATEWAY_SANDBOX_SANDBOX_H
#define GATEWAY_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* X(symbol, "name") */
#define SANDBOX_LAYER_LIST(X)                                                                      \
    X(SANDBOX_USER, "user")                                                                        \
    X(SANDBOX_CAPABILITIES, "capabilities")                                                        \
    X(SANDBOX_FILES, "files")                                                                      \
    X(SANDBOX_SYSCALLS, "syscalls")

/* X(symbol, "name"). Zeroed memory is a layer that does not hold. */
#define SANDBOX_STATE_LIST(X)                                                                      \
    X(SANDBOX_REFUSED, "refused") /* by the kernel */                                              \
    X(SANDBOX_OFF, "off")         /* by who started the process */                                 \
    X(SANDBOX_ON, "on")

#define SANDBOX_SYMBOL(symbol, name) symbol,
enum sandbox_layer { SANDBOX_LAYER_LIST(SANDBOX_SYMBOL) SANDBOX_LAYERS };
enum sandbox_state { SANDBOX_STATE_LIST(SANDBOX_SYMBOL) SANDBOX_STATES };
#undef SANDBOX_SYMBOL

enum { SANDBOX_DETAIL_ROOM = 200 };

struct sandbox_result {
    enum sandbox_state state;
    char detail[SANDBOX_DETAIL_ROOM]; /* a sentence, or "" */
};

struct sandbox_report {
    struct sandbox_result layers[SANDBOX_LAYERS];
};

enum sandbox_use {
    SANDBOX_READ = 0, /* the file, or every file below the folder */
    SANDBOX_REPLACE   /* files below the folder are also written, renamed and removed */
};

struct sandbox_path {
    const char *path; /* one that does not exist is left out, and named in the detail */
    enum sandbox_use use;
};

struct sandbox_options {
    const char *user; /* "NAME" or "UID:GID"; NULL: who runs it now */
    bool off;         /* files and system calls stay as they are */
    const struct sandbox_path *paths;
    size_t paths_count;
};

/**
 * Enter it.
 *
 * Returns: false with a text in err when options->user could not be had; then the process must end
 * Out:     report  what holds now
 */
bool sandbox_enter(const struct sandbox_options *options, struct sandbox_report *report, char *err,
                   size_t err_len);

const char *sandbox_layer_name(enum sandbox_layer layer);
const char *sandbox_state_name(enum sandbox_state state);

#endif
