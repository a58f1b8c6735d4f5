#include "gateway/sockets.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/core/sockets.h"

bool gateway_sockets_bind(struct gateway_sockets *s, const struct gw_config *engine,
                          const char *admin, char *err, size_t err_len)
{
    const struct gw_listener_config listener = {.address = admin};
    const struct gw_config one = {.threads = 1, .listeners = &listener, .listeners_count = 1};
    const size_t of_engine = gw_sockets_count(engine);

    s->fds = calloc(of_engine + 1, sizeof *s->fds);
    if (s->fds == NULL) {
        (void)snprintf(err, err_len, "memory ran out");
        return false;
    }
    s->count = of_engine + 1;
    s->fds[of_engine] = -1;
    return gw_sockets_bind(engine, s->fds, err, err_len) &&
           gw_sockets_bind(&one, s->fds + of_engine, err, err_len);
}

int gateway_sockets_take_admin(struct gateway_sockets *s)
{
    const int fd = s->fds[s->count - 1];

    s->fds[s->count - 1] = -1;
    return fd;
}

void gateway_sockets_close(struct gateway_sockets *s)
{
    gw_sockets_close(s->fds, s->count);
    free(s->fds);
    *s = (struct gateway_sockets){NULL, 0};
}
