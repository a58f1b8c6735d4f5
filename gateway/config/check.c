#include "gateway/config/check.h"

#include <stdio.h>
#include <string.h>

#include "certbind/server_name.h"
#include "certbind/statement.h"
#include "certbind/tls_key.h"
#include "gateway/config/config.h"
#include "gateway/config/acme.h"
#include "gateway/config/limits.h"
#include "gateway/config/stream.h"
#include "gateway/config/upstream.h"
#include "gateway/core/http1_fields.h"
#include "gateway/core/http1_path.h"
#include "gateway/config/problem.h"

enum {
    STATEMENT_KEY_BYTES = 150, /* of one entry of tls_keys, at most, without its name */
    STATEMENT_OTHER_BYTES = 2048
};

struct check {
    const struct certbind_shape_document *document;
    struct certbind_problems *problems;
};

static void problem(const struct check *c, const cJSON *item, const char *path, const char *text)
{
    gateway_config_problem(c->problems, c->document, item, path, text);
}

static void check_protocols(const struct check *c, const cJSON *protocols, const char *path)
{
    const cJSON *p;
    bool http1 = false;

    cJSON_ArrayForEach(p, protocols)
    {
        http1 = http1 || strcmp(p->valuestring, "http/1.1") == 0;
        for (const cJSON *o = protocols->child; o != p; o = o->next)
            if (strcmp(o->valuestring, p->valuestring) == 0)
                problem(c, p, path, "is repeated");
    }
    if (!http1)
        certbind_problem_add(c->problems, c->document, protocols, path,
                             "must have http/1.1, which verifying clients speak");
}

static void check_networks(const struct check *c, const cJSON *from, const char *key, int listener)
{
    struct gw_network network;
    const cJSON *e;
    char path[64];

    (void)snprintf(path, sizeof path, "listeners[%d].%s", listener, key);
    cJSON_ArrayForEach(e, from)
    {
        if (!gw_network_parse(e->valuestring, &network))
            problem(c, e, path, "is neither ADDRESS nor ADDRESS/BITS without bits behind them");
    }
}

static void check_client_auth(const struct check *c, const cJSON *l, int listener)
{
    const bool has_file = certbind_json_string(l, "client_ca_file")[0] != '\0';
    const bool has_hash = certbind_json_string(l, "client_ca_sha256")[0] != '\0';
    char path[64];

    (void)snprintf(path, sizeof path, "listeners[%d].client_ca_file", listener);
    if (has_file == (strcmp(certbind_json_string(l, "client_auth"), "none") == 0))
        certbind_problem_add(c->problems, c->document, l, path,
                             has_file ? "means nothing without client_auth"
                                      : "is needed with client_auth");
    if (has_file != has_hash)
        certbind_problem_add(c->problems, c->document, l, path,
                             "and client_ca_sha256 need each other");
    (void)snprintf(path, sizeof path, "listeners[%d].client_crl_file", listener);
    if (!has_file && certbind_json_string(l, "client_crl_file")[0] != '\0')
        certbind_problem_add(c->problems, c->document, l, path,
                             "means nothing without client_ca_file");
}

/* One port cannot be listened at twice; 0 is another one each time. */
static void check_address(const struct check *c, const cJSON *address, const char *path,
                          const cJSON *listeners)
{
    const char *port = strrchr(address->valuestring, ':');
    const cJSON *l;

    if (!gateway_address_is_numeric(address->valuestring))
        problem(c, address, path, "is no numeric address with a port");
    else if (strcmp(port, ":0") != 0)
        cJSON_ArrayForEach(l, listeners)
        {
            const cJSON *other = certbind_json_get(l, "address");

            if (other == address)
                break;
            if (strcmp(other->valuestring, address->valuestring) == 0)
                problem(c, address, path, "stands in an earlier listener");
        }
}

static void check_listeners(const struct check *c, const cJSON *listeners)
{
    const cJSON *l;
    int i = 0;

    cJSON_ArrayForEach(l, listeners)
    {
        const cJSON *address = certbind_json_get(l, "address");
        const cJSON *name;
        char path[64];

        (void)snprintf(path, sizeof path, "listeners[%d].address", i);
        check_address(c, address, path, listeners);
        (void)snprintf(path, sizeof path, "listeners[%d].protocols", i);
        check_protocols(c, certbind_json_get(l, "protocols"), path);
        check_client_auth(c, l, i);
        check_networks(c, certbind_json_get(certbind_json_get(l, "proxy_protocol"), "from"),
                       "proxy_protocol.from", i);
        check_networks(c, certbind_json_get(l, "trusted_proxies"), "trusted_proxies", i);
        (void)snprintf(path, sizeof path, "listeners[%d].names", i++);
        cJSON_ArrayForEach(name, certbind_json_get(l, "names"))
        {
            if (strcmp(name->valuestring, "*") != 0 &&
                !certbind_server_name_ok(certbind_text(name->valuestring)))
                problem(c, name, path, "is neither a lowercase A-label name nor *");
        }
    }
}

/* Every name is published with every epoch up to the next one (binding.md 2). */
static void check_statement_size(const struct check *c, const cJSON *listeners, const cJSON *tls)
{
    int64_t epoch = 0;
    size_t bytes = 0;
    const cJSON *l;

    if (!certbind_json_integer(certbind_json_get(tls, "epoch"), 1, CERTBIND_KEY_EPOCH_MAX, &epoch))
        return;
    cJSON_ArrayForEach(l, listeners)
    {
        const cJSON *name;

        cJSON_ArrayForEach(name, certbind_json_get(l, "names")) bytes +=
            ((size_t)epoch + 1) * (STATEMENT_KEY_BYTES + strlen(name->valuestring));
    }
    if (bytes > CERTBIND_STATEMENT_MAX_BYTES - STATEMENT_OTHER_BYTES)
        certbind_problem_add(c->problems, c->document, listeners, "listeners",
                             "so many names and epochs do not fit into a statement of 64 KiB");
}

static void check_route(const struct check *c, const cJSON *route, const cJSON *upstreams,
                        const char *at)
{
    const cJSON *host = certbind_json_get(route, "host");
    const cJSON *path = certbind_json_get(route, "path");
    const cJSON *upstream = certbind_json_get(route, "upstream");
    struct gw_str text = gw_str(path->valuestring);
    char normal[1024];
    size_t len = 0;

    if (strcmp(host->valuestring, "*") != 0 &&
        !certbind_server_name_ok(certbind_text(host->valuestring)))
        problem(c, host, at, "is neither a lowercase host name nor *");
    if (gw_path_normalize(text, normal, sizeof normal, &len) != GW_PATH_PLAIN ||
        !gw_str_equal(text, (struct gw_str){normal, len}))
        problem(c, path, at, "is no path in normal form");
    if (strcmp(certbind_json_string(route, "mode"), "http") != 0 &&
        strcmp(path->valuestring, "/") != 0)
        problem(c, path, at, "means nothing outside mode http: the server name alone decides");
    if (certbind_json_get(upstreams, upstream->valuestring) == NULL)
        problem(c, upstream, at, "is no upstream of this configuration");
}

static bool same(const cJSON *a, const cJSON *b, const char *key)
{
    return strcmp(certbind_json_string(a, key), certbind_json_string(b, key)) == 0;
}

static void check_routes(const struct check *c, const cJSON *routes, const cJSON *upstreams)
{
    const cJSON *r;
    int i = 0;

    if (cJSON_GetArraySize(routes) == 0 && cJSON_GetArraySize(upstreams) > 1)
        certbind_problem_add(c->problems, c->document, routes, "routes",
                             "several upstreams need routes");
    cJSON_ArrayForEach(r, routes)
    {
        char at[32];

        (void)snprintf(at, sizeof at, "routes[%d]", i++);
        check_route(c, r, upstreams, at);
        for (const cJSON *o = routes->child; o != r; o = o->next)
            if (same(o, r, "mode") && same(o, r, "host") && same(o, r, "path"))
                certbind_problem_add(c->problems, c->document, r, at,
                                     "the same host and path stand in an earlier route");
    }
}

static void check_certificates(const struct check *c, const cJSON *tls)
{
    const cJSON *certificates = certbind_json_get(tls, "certificates");
    const cJSON *one;
    int i = 0;

    if (cJSON_GetArraySize(certificates) > 0 &&
        strcmp(certbind_json_string(tls, "key"), "process") == 0)
        certbind_problem_add(c->problems, c->document, certificates, "tls.certificates",
                             "a key that ends with the process is not certified: tls.key");
    cJSON_ArrayForEach(one, certificates)
    {
        const cJSON *name = certbind_json_get(one, "name");
        const char *text = name->valuestring;
        char at[32];

        (void)snprintf(at, sizeof at, "tls.certificates[%d]", i++);
        if (!certbind_server_name_ok(certbind_text(strncmp(text, "*.", 2) == 0 ? text + 2 : text)))
            problem(c, name, at, "is neither a lowercase host name nor *. and one");
        for (const cJSON *o = certificates->child; o != one; o = o->next)
            if (strcmp(certbind_json_string(o, "name"), text) == 0)
                certbind_problem_add(c->problems, c->document, one, at,
                                     "the same name stands in an earlier entry");
    }
}

void gateway_config_check(const struct certbind_shape_document *document,
                          struct certbind_problems *problems)
{
    const struct check c = {document, problems};
    const cJSON *root = document->json.root;
    const cJSON *admin = certbind_json_get(certbind_json_get(root, "admin"), "address");
    const cJSON *label = certbind_json_get(certbind_json_get(root, "tls"), "label");
    const cJSON *url = certbind_json_get(certbind_json_get(root, "evidence"), "collateral_url");
    const cJSON *agent = certbind_json_get(root, "insecure_agent_endpoint");
    const cJSON *via = certbind_json_get(root, "via");

    check_listeners(&c, certbind_json_get(root, "listeners"));
    check_statement_size(&c, certbind_json_get(root, "listeners"), certbind_json_get(root, "tls"));
    check_address(&c, admin, "admin.address", certbind_json_get(root, "listeners"));
    if (strspn(label->valuestring, "abcdefghijklmnopqrstuvwxyz0123456789.-") !=
        strlen(label->valuestring))
        problem(&c, label, "tls.label", "has characters outside [a-z0-9.-]");
    if (url->valuestring[0] != '\0' && strncmp(url->valuestring, "https://", 8) != 0 &&
        strncmp(url->valuestring, "http://", 7) != 0)
        problem(&c, url, "evidence.collateral_url", "is no http:// or https:// URL");
    if (agent->valuestring[0] != '\0' && agent->valuestring[0] != '/' &&
        strncmp(agent->valuestring, "http://", 7) != 0)
        problem(&c, agent, "insecure_agent_endpoint",
                "is neither a socket path nor an http:// URL");
    if (via->valuestring[0] != '\0' && !gw_http_is_token(gw_str(via->valuestring)))
        problem(&c, via, "via", "is no token");
    check_certificates(&c, certbind_json_get(root, "tls"));
    gateway_config_check_upstreams(document, problems);
    gateway_config_check_limits(document, problems);
    check_routes(&c, certbind_json_get(root, "routes"), certbind_json_get(root, "upstreams"));
    gateway_config_check_streams(document, problems);
    gateway_config_check_acme(document, problems);
}
