#include "ra-tls/pcs_reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool ratls_pcs_reply_body(struct ratls_pcs_reply *reply, const char *data, size_t len)
{
    char *grown;

    if (len > RATLS_PCS_MAX_BODY - reply->len)
        return false;
    grown = realloc(reply->body, reply->len + len + 1);
    if (grown == NULL)
        return false;
    reply->body = grown;
    if (len > 0)
        memcpy(reply->body + reply->len, data, len);
    reply->len += len;
    reply->body[reply->len] = '\0';
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Returns: whether the line is a field whose name ends in -issuer-chain; then its value. */
static bool is_chain(const char *line, size_t len, const char **value, size_t *value_len)
{
    static const char suffix[] = "-issuer-chain";
    const char *colon = len == 0 ? NULL : memchr(line, ':', len);
    size_t name = colon == NULL ? 0 : (size_t)(colon - line);

    if (name < sizeof suffix ||
        strncasecmp(colon - (sizeof suffix - 1), suffix, sizeof suffix - 1) != 0)
        return false;
    *value = colon + 1;
    *value_len = len - name - 1;
    while (*value_len > 0 && is_blank(**value)) {
        ++*value;
        --*value_len;
    }
    while (*value_len > 0 && is_blank((*value)[*value_len - 1]))
        --*value_len;
    return true;
}

bool ratls_pcs_reply_header(struct ratls_pcs_reply *reply, const char *line, size_t len)
{
    const char *value;
    size_t value_len;

    if (++reply->headers > RATLS_PCS_MAX_HEADERS)
        return false;
    if (!is_chain(line, len, &value, &value_len))
        return true;
    if (reply->issuer_chain != NULL || value_len > RATLS_PCS_MAX_CHAIN)
        return false;
    reply->issuer_chain = malloc(value_len + 1);
    if (reply->issuer_chain == NULL)
        return false;
    memcpy(reply->issuer_chain, value, value_len);
    reply->issuer_chain[value_len] = '\0';
    reply->chain_len = value_len;
    return true;
}

void ratls_pcs_reply_cleanup(struct ratls_pcs_reply *reply)
{
    free(reply->body);
    free(reply->issuer_chain);
    *reply = (struct ratls_pcs_reply){.len = 0};
}
