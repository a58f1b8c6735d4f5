#include "gateway/config/names.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/server_name.h"
#include "gateway/config/route.h"

static bool has(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char **gateway_names(const struct gateway_config *config, size_t *count)
{
    const char **names;
    size_t room = 0;

    *count = 0;
    for (size_t i = 0; i < config->listeners_count; i++)
        room += config->listeners[i].names_count;
    names = calloc(room + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < config->listeners_count; i++) {
        const struct gateway_listener *l = &config->listeners[i];

        for (size_t k = 0; k < l->names_count; k++)
            if (!has(names, *count, l->names[k]) &&
                (strcmp(l->names[k], "*") == 0 ||
                 !gateway_route_passes(config, gw_str(l->names[k]))))
                names[(*count)++] = l->names[k];
    }
    return names;
}

bool gateway_names_serve(const struct gateway_config *config, const char *name)
{
    if (gateway_route_passes(config, gw_str(name == NULL ? "" : name)))
        return false;
    for (size_t i = 0; i < config->listeners_count; i++) {
        const struct gateway_listener *l = &config->listeners[i];

        for (size_t k = 0; k < l->names_count; k++)
            if (certbind_server_name_matches(l->names[k], name == NULL ? "" : name))
                return true;
    }
    return false;
}

bool gateway_listener_serves(const struct gateway_listener *listener, struct gw_str name)
{
    for (size_t k = 0; k < listener->names_count; k++)
        if (strcmp(listener->names[k], "*") == 0 ||
            gw_str_equal_nocase(gw_str(listener->names[k]), name))
            return true;
    return false;
}
