#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config/config.h"
#include "gateway/core/address.h"

/* Cut "host:port" into a host without brackets. Returns: whether the port is 0..65535. */
static bool split(const char *address, char *host, size_t room, bool *bracketed)
{
    const char *colon = strrchr(address, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - address);
    char *end = NULL;
    unsigned long port;

    if (n == 0 || n >= room || colon[1] < '0' || colon[1] > '9')
        return false;
    port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port > 65535)
        return false;
    *bracketed = address[0] == '[' && colon[-1] == ']';
    memcpy(host, address + *bracketed, n - 2 * (size_t)*bracketed);
    host[n - 2 * (size_t)*bracketed] = '\0';
    return *bracketed || strchr(host, ':') == NULL;
}

bool gateway_address_is_numeric(const char *address)
{
    struct sockaddr_storage parsed;
    socklen_t len;

    return gw_address_parse(address, &parsed, &len);
}

static bool is_service_name(const char *host)
{
    bool letter = false;

    for (const char *c = host; *c != '\0'; c++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *c) == NULL)
            return false;
        letter = letter || (*c >= 'a' && *c <= 'z');
    }
    return letter;
}

bool gateway_server_is_local(const char *server)
{
    char host[201];
    uint8_t ip[16];
    bool bracketed;

    if (strncmp(server, "unix:/", 6) == 0)
        return true;
    if (!split(server, host, sizeof host, &bracketed))
        return false;
    if (bracketed)
        return strcmp(host, "::1") == 0;
    if (inet_pton(AF_INET, host, ip) == 1)
        return ip[0] == 127;
    return is_service_name(host);
}
