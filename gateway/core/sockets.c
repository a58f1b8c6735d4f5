#include "gateway/core/sockets.h"

#include <stdio.h>
#include <unistd.h>

#include "gateway/core/address.h"
#include "gateway/core/listener.h"

static size_t per_listener(const struct gw_config *config)
{
    return config->threads != 0 ? config->threads : 1;
}

size_t gw_sockets_count(const struct gw_config *config)
{
    return config->listeners_count * per_listener(config);
}

static bool bind_one(const char *address, int *fds, size_t count, char *err, size_t err_len)
{
    struct sockaddr_storage addr;
    socklen_t len;

    if (!gw_address_parse(address, &addr, &len)) {
        (void)snprintf(err, err_len, "cannot read listen address '%s'", address);
        return false;
    }
    return gw_listener_bind(&addr, len, fds, count, err, err_len);
}

bool gw_sockets_bind(const struct gw_config *config, int *fds, char *err, size_t err_len)
{
    const size_t each = per_listener(config);
    size_t bound = 0;

    while (bound < config->listeners_count &&
           bind_one(config->listeners[bound].address, fds + bound * each, each, err, err_len))
        bound++;
    if (bound == config->listeners_count)
        return true;
    gw_sockets_close(fds, bound * each);
    for (size_t i = bound * each; i < gw_sockets_count(config); i++)
        fds[i] = -1;
    return false;
}

bool gw_socket_address(int fd, char *text, size_t len)
{
    struct sockaddr_storage addr = {0};
    socklen_t addr_len = sizeof(addr);

    if (getsockname(fd, (struct sockaddr *)&addr, &addr_len) != 0)
        return false;
    gw_address_format((const struct sockaddr *)&addr, text, len);
    return true;
}

void gw_sockets_close(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
        fds[i] = -1;
    }
}
