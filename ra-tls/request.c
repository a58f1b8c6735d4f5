#include "ra-tls/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/leaf.h"

bool ratls_request_authority(const char *host, uint16_t port, char *out, size_t room)
{
    bool v6 = strchr(host, ':') != NULL;
    char suffix[8] = "";

    if (port != 443)
        (void)snprintf(suffix, sizeof suffix, ":%u", (unsigned)port);
    return (size_t)snprintf(out, room, "%s%s%s%s", v6 ? "[" : "", host, v6 ? "]" : "", suffix) <
           room;
}

size_t ratls_request_write(const char *host, uint16_t port, const char *endpoint, char *out,
                           size_t room)
{
    char authority[300];
    int n;

    if (!ratls_request_authority(host, port, authority, sizeof authority))
        return 0;
    n = snprintf(out, room,
                 "GET /.well-known/devproof/%s HTTP/1.1\r\nHost: %s\r\n"
                 "Accept: application/json\r\n\r\n",
                 endpoint, authority);
    return n > 0 && (size_t)n < room ? (size_t)n : 0;
}

static certbind_status copy(struct certbind_bytes from, uint8_t **quote, size_t *len)
{
    if (from.len == 0)
        return CERTBIND_E_CERT_EVIDENCE_MISSING;
    *quote = malloc(from.len);
    if (*quote == NULL)
        return CERTBIND_E_MEMORY;
    memcpy(*quote, from.data, from.len);
    *len = from.len;
    return CERTBIND_OK;
}

certbind_status ratls_quote_of(struct certbind_bytes binding, struct certbind_bytes leaf,
                               uint8_t **quote, size_t *len)
{
    struct certbind_binding_reply reply;
    struct certbind_leaf parsed;
    certbind_status status;

    *quote = NULL;
    *len = 0;
    if (binding.len > 0) {
        status = certbind_binding_reply_parse(binding, &reply, NULL);
        if (status == CERTBIND_OK)
            status = copy(reply.quote, quote, len);
        certbind_binding_reply_cleanup(&reply);
        return status;
    }
    status = certbind_leaf_parse(leaf, &parsed, NULL);
    if (status == CERTBIND_OK)
        status = copy(parsed.quote, quote, len);
    certbind_leaf_cleanup(&parsed);
    return status;
}
