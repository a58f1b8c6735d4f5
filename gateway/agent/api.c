#include "gateway/agent/api.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { REQUEST_HEAD_ROOM = 256 };

static const char *const socket_paths[] = {
    "/var/run/dstack.sock",       "/run/dstack.sock",       "/var/run/dstack/dstack.sock",
    "/run/dstack/dstack.sock",    "/var/run/tappd.sock",    "/run/tappd.sock",
    "/var/run/dstack/tappd.sock", "/run/dstack/tappd.sock",
};

/* Methods that tappd has under another name. */
static const struct {
    const char *name, *tappd;
} methods[] = {{"GetKey", "DeriveK256Key"}, {"GetQuote", "RawQuote"}};

const char *gateway_agent_api_name(enum gateway_agent_api api)
{
    static const char *const names[] = {"unknown", "dstack", "tappd"};

    return names[api];
}

void gateway_agent_find_socket(const char *root, char path[GATEWAY_AGENT_SOCKET_ROOM])
{
    for (size_t i = 0; i < sizeof socket_paths / sizeof socket_paths[0]; i++) {
        struct stat st;

        (void)snprintf(path, GATEWAY_AGENT_SOCKET_ROOM, "%s%s", root, socket_paths[i]);
        if (stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
            return;
    }
    (void)snprintf(path, GATEWAY_AGENT_SOCKET_ROOM, "%s%s", root, socket_paths[0]);
}

bool gateway_agent_split_url(const char *url, char host[GATEWAY_AGENT_HOST_ROOM],
                             char port[GATEWAY_AGENT_PORT_ROOM])
{
    const char *from = url + strlen("http://");
    size_t len = strcspn(from, "/");
    const char *colon = memchr(from, ':', len);
    size_t host_len = colon == NULL ? len : (size_t)(colon - from);
    size_t port_len = colon == NULL ? 0 : len - host_len - 1;

    if (host_len == 0 || host_len >= GATEWAY_AGENT_HOST_ROOM || port_len > 5 ||
        (colon != NULL && port_len == 0))
        return false;
    memcpy(host, from, host_len);
    host[host_len] = '\0';
    (void)snprintf(port, GATEWAY_AGENT_PORT_ROOM, "%.*s", colon == NULL ? 2 : (int)port_len,
                   colon == NULL ? "80" : colon + 1);
    return true;
}

size_t gateway_agent_request_room(const char *method, const char *json)
{
    return REQUEST_HEAD_ROOM + strlen(method) + strlen(json);
}

static const char *tappd_name(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, method) == 0)
            return methods[i].tappd;
    }
    return method;
}

size_t gateway_agent_request_encode(enum gateway_agent_api api, const char *method,
                                    const char *json, char *out, size_t room)
{
    bool tappd = api == GATEWAY_AGENT_API_TAPPD;

    return (size_t)snprintf(out, room,
                            "POST /%s%s HTTP/1.1\r\nHost: dstack\r\n"
                            "Content-Type: application/json\r\n"
                            "Accept: application/json\r\nConnection: close\r\n"
                            "Content-Length: %zu\r\n\r\n%s",
                            tappd ? "prpc/Tappd." : "", tappd ? tappd_name(method) : method,
                            strlen(json), json);
}

bool gateway_agent_may_lack_method(unsigned status)
{
    return status == 404 || status == 400;
}
