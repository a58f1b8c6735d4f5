#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "gateway/config/config.h"
#include "gateway/core/address.h"

enum { LABEL_MAX = 63, NAME_MAX_BYTES = 253 };

bool gateway_address_is_numeric(const char *address)
{
    struct sockaddr_storage parsed;
    socklen_t len;

    return gw_address_parse(address, &parsed, &len);
}

/* Labels of letters, digits, "-" and "_" with dots between them, and perhaps one behind. What the
 * resolver would take for a number ("0x7f000001", "127.1", "010.0.0.1") names nothing. */
static bool is_name(const char *host)
{
    struct in_addr number;
    size_t label = 0;

    if (*host == '\0' || strlen(host) > NAME_MAX_BYTES || inet_aton(host, &number) != 0)
        return false;
    for (const char *c = host; *c != '\0'; c++) {
        const bool dot = *c == '.';

        if (dot ? label == 0
                : strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *c) ==
                      NULL)
            return false;
        label = dot ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return true;
}

/* Returns: the colon before a port that can be connected to; NULL: there is none. */
static const char *find_port(const char *server)
{
    const char *colon = strrchr(server, ':');
    uint16_t port;

    return colon != NULL && gw_port_parse(colon + 1, &port) && port != 0 ? colon : NULL;
}

/* "name:port". Out: host  the name. */
static bool read_name(const char *server, char host[NAME_MAX_BYTES + 1])
{
    const char *colon = find_port(server);
    const size_t len = colon == NULL ? 0 : (size_t)(colon - server);

    if (len == 0 || len > NAME_MAX_BYTES)
        return false;
    memcpy(host, server, len);
    host[len] = '\0';
    return is_name(host);
}

bool gateway_server_is_valid(const char *server)
{
    char host[NAME_MAX_BYTES + 1];

    if (strncmp(server, "unix:", 5) == 0)
        return server[5] == '/' &&
               strlen(server + 5) < sizeof((struct sockaddr_un *)NULL)->sun_path;
    return find_port(server) != NULL &&
           (gateway_address_is_numeric(server) || read_name(server, host));
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool gateway_server_is_local(const char *server)
{
    struct sockaddr_storage address;
    char host[NAME_MAX_BYTES + 1];
    socklen_t len;

    if (!gateway_server_is_valid(server))
        return false;
    if (strncmp(server, "unix:", 5) == 0)
        return true;
    if (gw_address_parse(server, &address, &len))
        return is_loopback(&address);
    return read_name(server, host) &&
           host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}
