#include "gateway/lifetime/confinement.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Folders, each owned. */
struct folders {
    struct sandbox_path *list;
    size_t count;
};

/* Add the folder of a file. Returns: false when memory ran out. */
static bool add(struct folders *f, const char *file, enum sandbox_use use)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == file ? strdup("/")
                                   : strndup(file, (size_t)(slash - file));

    if (folder == NULL)
        return false;
    f->list[f->count++] = (struct sandbox_path){folder, use};
    return true;
}

/* A chain may be a link to where a tool keeps the real one: a new link leads to a new file there.
 */
static bool add_chain(struct folders *f, const char *file, enum sandbox_use use)
{
    char real[PATH_MAX];

    return add(f, file, use) && (realpath(file, real) == NULL || add(f, real, SANDBOX_READ));
}

/* Those that an authority is asked for are written by the gateway itself. */
static enum sandbox_use use_of_chain(const struct gateway_acme_config *acme, const char *name)
{
    for (size_t i = 0; i < acme->names_count; i++)
        if (strcmp(acme->names[i], name) == 0)
            return SANDBOX_REPLACE;
    return SANDBOX_READ;
}

static bool collect(struct folders *f, const struct gateway_config *config, const char *ready_file)
{
    const struct gateway_acme_config *acme = &config->acme;

    f->list =
        calloc(2 * (config->certificates_count + config->listeners_count) + 2, sizeof *f->list);
    if (f->list == NULL)
        return false;
    for (size_t i = 0; i < config->certificates_count; i++) {
        const struct gateway_certificate_config *c = &config->certificates[i];

        if (!add_chain(f, c->chain_file, use_of_chain(acme, c->name)))
            return false;
    }
    for (size_t i = 0; i < config->listeners_count; i++) {
        const char *file = config->listeners[i].client_crl_file;

        if (file != NULL && file[0] != '\0' && !add_chain(f, file, SANDBOX_READ))
            return false;
    }
    if (acme->names_count > 0 && acme->ca_file[0] != '\0' && !add(f, acme->ca_file, SANDBOX_READ))
        return false;
    return ready_file == NULL || add(f, ready_file, SANDBOX_REPLACE);
}

static void cleanup(struct folders *f)
{
    for (size_t i = 0; i < f->count; i++)
        free((char *)f->list[i].path);
    free(f->list);
}

static void tell(const struct gateway_log *log, const struct sandbox_report *report)
{
    for (int i = 0; i < SANDBOX_LAYERS; i++) {
        const struct sandbox_result *r = &report->layers[i];

        GATEWAY_LOG(log, r->state == SANDBOX_ON ? GATEWAY_LOG_INFO : GATEWAY_LOG_WARN, "sandbox",
                    {"layer", sandbox_layer_name((enum sandbox_layer)i), 0},
                    {"state", sandbox_state_name(r->state), 0}, {"detail", r->detail, 0});
    }
}

bool gateway_confine(const struct gateway_config *config, const struct gateway_options *options,
                     const struct gateway_log *log, struct sandbox_report *report, char *err,
                     size_t err_len)
{
    struct folders folders = {NULL, 0};
    bool ok = collect(&folders, config, options->ready_file);

    if (ok) {
        const struct sandbox_options wanted = {
            .user = options->user,
            .off = options->no_sandbox,
            .paths = folders.list,
            .paths_count = folders.count,
        };

        ok = sandbox_enter(&wanted, report, err, err_len);
    } else {
        (void)snprintf(err, err_len, "memory ran out");
    }
    cleanup(&folders);
    if (ok)
        tell(log, report);
    return ok;
}
