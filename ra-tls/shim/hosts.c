#include "ra-tls/shim/hosts.h"

#include <stdio.h>
#include <string.h>

#define SCHEME "http://"

static void add(struct shim_hosts *hosts, const char *host, const char *port)
{
    char *out = hosts->origin[hosts->count];

    if (hosts->count < SHIM_HOSTS_MAX &&
        (size_t)snprintf(out, SHIM_HOST_ROOM, SCHEME "%s%s%s", host, port[0] == '\0' ? "" : ":",
                         port) < SHIM_HOST_ROOM)
        hosts->count++;
}

/* With the port, and without where the scheme's default port is meant. */
static void add_both(struct shim_hosts *hosts, const char *host, const char *port)
{
    add(hosts, host, port);
    if (strcmp(port, "80") == 0)
        add(hosts, host, "");
}

void shim_hosts_init(struct shim_hosts *hosts, const char *bound, const char *const *names,
                     int count)
{
    const char *colon = strrchr(bound, ':');
    char host[SHIM_HOST_ROOM];

    *hosts = (struct shim_hosts){.count = 0};
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - bound), bound);
    add_both(hosts, host, colon + 1);
    add_both(hosts, "localhost", colon + 1);
    for (int i = 0; i < count; i++) {
        add(hosts, names[i], "");
        add(hosts, names[i], colon + 1);
    }
}

struct gw_str shim_hosts_find(const struct shim_hosts *hosts, struct gw_str authority)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (gw_str_equal_nocase(authority, gw_str(hosts->origin[i] + sizeof SCHEME - 1)))
            return gw_str(hosts->origin[i]);
    return (struct gw_str){NULL, 0};
}
