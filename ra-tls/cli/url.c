#include "ra-tls/cli/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool copy_host(const char *host, size_t len, struct url *out)
{
    if (len == 0 || len >= sizeof out->host)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = host[i];

        if (c <= ' ' || c >= 0x7f || strchr("@\\\"<>^`{|}%#?/", c) != NULL)
            return false;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        out->host[i] = c;
    }
    out->host[len] = '\0';
    return true;
}

static bool parse_port(const char *text, size_t len, uint16_t *port)
{
    unsigned long value = 0;

    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned long)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value > 0 && value <= 65535;
}

/* Without a port in the text that of out stays. */
static bool parse_authority(const char *text, size_t len, bool need_port, struct url *out)
{
    const char *end = text + len;
    const char *host = text;
    const char *host_end = end;
    const char *port = NULL;

    if (len > 0 && text[0] == '[') {
        host_end = memchr(text, ']', len);
        if (host_end == NULL)
            return false;
        host++;
        if (host_end + 1 < end && host_end[1] == ':')
            port = host_end + 2;
        else if (host_end + 1 != end)
            return false;
    } else {
        const char *colon = memchr(text, ':', len);

        if (colon != NULL) {
            host_end = colon;
            port = colon + 1;
        }
    }
    return copy_host(host, (size_t)(host_end - host), out) && (port != NULL || !need_port) &&
           (port == NULL || parse_port(port, (size_t)(end - port), &out->port));
}

bool url_parse(const char *text, struct url *out)
{
    size_t n;

    *out = (struct url){.target = "/", .port = 443};
    if (strncasecmp(text, "https://", 8) == 0)
        text += 8;
    else if (strstr(text, "://") != NULL)
        return false;
    n = strcspn(text, "/?#");
    if (text[n] == '/')
        out->target = text + n;
    else if (text[n] != '\0')
        return false;
    for (const char *c = out->target; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '#')
            return false;
    return parse_authority(text, n, false, out);
}

bool url_parse_authority(const char *text, struct url *out)
{
    *out = (struct url){.target = "/"};
    return parse_authority(text, strlen(text), true, out);
}

bool url_parse_address(const char *text, struct url *out)
{
    const size_t len = strlen(text);

    *out = (struct url){.target = "/"};
    /* An address of IPv6 without brackets has no port behind it. */
    if (text[0] != '[' && strchr(text, ':') != strrchr(text, ':'))
        return copy_host(text, len, out);
    return parse_authority(text, len, false, out);
}
