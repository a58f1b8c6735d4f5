#include "gateway/evidence/endpoint.h"

#include <string.h>

#include "certbind/hex.h"

/* What the query of an endpoint may hold. */
struct query {
    bool has_nonce, has_assurance;
    struct gw_str nonce;
};

static const struct rule {
    const char *name;
    enum gateway_endpoint endpoint;
    bool takes_nonce, takes_assurance;
} rules[] = {
    {"binding", GATEWAY_ENDPOINT_BINDING, true, false},
    {"session", GATEWAY_ENDPOINT_SESSION, true, true},
    {"config", GATEWAY_ENDPOINT_CONFIG, false, false},
};

static void refuse(struct gateway_endpoint_request *out, unsigned status, const char *code,
                   const char *message)
{
    *out = (struct gateway_endpoint_request){.status = status, .code = code, .message = message};
}

static const struct rule *find(const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

static bool read_pair(const struct rule *rule, struct gw_str pair, struct query *q)
{
    const char *equals = memchr(pair.at, '=', pair.len);
    size_t n = equals == NULL ? 0 : (size_t)(equals - pair.at);
    struct gw_str name = {pair.at, n};
    struct gw_str value = {pair.at + n + 1, pair.len - n - 1};

    if (equals == NULL)
        return false;
    if (gw_str_equal(name, gw_str("nonce")) && rule->takes_nonce && !q->has_nonce) {
        q->has_nonce = true;
        q->nonce = value;
        return true;
    }
    if (gw_str_equal(name, gw_str("assurance")) && rule->takes_assurance && !q->has_assurance) {
        q->has_assurance = true;
        return gw_str_equal(value, gw_str("quote"));
    }
    return false;
}

/* Returns: whether it has the one grammar: name=value joined by '&', known names, each once. */
static bool read_query(const struct rule *rule, struct gw_str text, struct query *q)
{
    struct gw_str rest = text.len > 0 ? (struct gw_str){text.at + 1, text.len - 1} : text;

    while (rest.len > 0) {
        const char *end = memchr(rest.at, '&', rest.len);
        size_t n = end == NULL ? rest.len : (size_t)(end - rest.at);

        if (n == 0 || !read_pair(rule, (struct gw_str){rest.at, n}, q))
            return false;
        if (end != NULL && n + 1 == rest.len)
            return false;
        n += end != NULL;
        rest = (struct gw_str){rest.at + n, rest.len - n};
    }
    return true;
}

static bool is(struct gw_str method, const char *name)
{
    return gw_str_equal(method, gw_str(name));
}

void gateway_endpoint_read(const char *name, struct gw_str method, struct gw_str query,
                           struct gateway_endpoint_request *out)
{
    const struct rule *rule = find(name);
    struct query q = {0};

    *out = (struct gateway_endpoint_request){0};
    if (rule == NULL)
        refuse(out, 404, "not-found", "there is no such endpoint");
    else if (is(method, "OPTIONS"))
        out->endpoint = GATEWAY_ENDPOINT_OPTIONS;
    else if (!is(method, "GET") && !is(method, "HEAD"))
        refuse(out, 405, "method-not-allowed", "only GET, HEAD and OPTIONS are served here");
    else if (!read_query(rule, query, &q))
        refuse(out, 400, "bad-query", "the query is not one this endpoint takes");
    else if ((q.has_nonce || rule->endpoint == GATEWAY_ENDPOINT_SESSION) &&
             !certbind_hex_decode(certbind_bytes(q.nonce.at, q.nonce.len), out->nonce,
                                  sizeof out->nonce))
        refuse(out, 400, "bad-nonce", "nonce is exactly 64 lowercase hex digits");
    else if (rule->endpoint == GATEWAY_ENDPOINT_BINDING && q.has_nonce)
        out->endpoint = GATEWAY_ENDPOINT_BINDING_NONCE;
    else if (q.has_assurance)
        out->endpoint = GATEWAY_ENDPOINT_SESSION_QUOTE;
    else
        out->endpoint = rule->endpoint;
}
