#include <stdio.h>
#include <string.h>

#include "certbind/policy.h"
#include "certbind/server_name.h"
#include "gateway/config/upstream.h"
#include "gateway/config/problem.h"
#include "gateway/core/http1_head.h"

enum { PATH_ROOM = 96, HASH_DIGITS = 64 };

struct check {
    const struct certbind_shape_document *document;
    struct certbind_problems *problems;
    const cJSON *upstream;
};

/* key: below the upstream */
static void problem(const struct check *c, const cJSON *item, const char *key, const char *text)
{
    char path[PATH_ROOM];

    (void)snprintf(path, sizeof path, "upstreams.%.40s.%s", c->upstream->string, key);
    gateway_config_problem(c->problems, c->document, item, path, text);
}

static void check_servers(const struct check *c)
{
    bool may_be_far = cJSON_IsTrue(certbind_json_get(c->upstream, "insecure_plain")) ||
                      certbind_json_get(c->upstream, "tls") != NULL;
    const cJSON *server;

    cJSON_ArrayForEach(server, certbind_json_get(c->upstream, "servers"))
    {
        if (!gateway_server_is_valid(server->valuestring))
            problem(c, server, "servers",
                    "is neither host:port, [IPv6]:port (ports from 1 to 65535) nor unix:/path (of "
                    "at most 107 bytes)");
        else if (!may_be_far && !gateway_server_is_local(server->valuestring))
            problem(c, server, "servers",
                    "would be reached in clear text outside this machine's container network; "
                    "set tls, or insecure_plain to allow it");
    }
}

static bool is_visible(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* What may stand in Host. */
static bool is_host(const char *text)
{
    struct gw_str name;

    return gw_http_authority_parse(gw_str(text), &name);
}

static void check_check(const struct check *c, const cJSON *check)
{
    const cJSON *path = certbind_json_get(check, "path");
    const cJSON *host = certbind_json_get(check, "host");
    int64_t min = 0, max = 0;

    if (check == NULL)
        return;
    if (path->valuestring[0] != '\0' &&
        (path->valuestring[0] != '/' || strchr(path->valuestring, '#') != NULL ||
         !is_visible(path->valuestring)))
        problem(c, path, "check.path", "is no path with an optional query");
    if (!is_host(host->valuestring))
        problem(c, host, "check.host", "is no host with an optional port");
    if (certbind_json_integer(certbind_json_get(check, "status_min"), 0, 999, &min) &&
        certbind_json_integer(certbind_json_get(check, "status_max"), 0, 999, &max) && min > max)
        problem(c, certbind_json_get(check, "status_max"), "check.status_max",
                "is less than status_min");
}

/* A file and the hash that says which one it is belong together. */
static void check_hash(const struct check *c, const cJSON *hash, const char *key, bool has_file)
{
    if (strlen(hash->valuestring) != (has_file ? HASH_DIGITS : 0))
        problem(c, hash, key, has_file ? "is no SHA-256 of the file" : "has no file it is of");
}

static void check_tls(const struct check *c, const cJSON *tls, bool attested)
{
    const cJSON *name = certbind_json_get(tls, "name");
    bool has_name = name != NULL && name->valuestring[0] != '\0';
    bool has_ca = tls != NULL && certbind_json_get(tls, "ca_file")->valuestring[0] != '\0';
    bool has_pins = cJSON_GetArraySize(certbind_json_get(tls, "pin_spki_sha256")) > 0;

    if (attested && (!has_name || has_ca || has_pins))
        problem(c, c->upstream, "attested", "needs tls.name and nothing else of tls");
    if (tls == NULL)
        return;
    if (has_name && !certbind_server_name_ok(certbind_text(name->valuestring)) &&
        !certbind_is_ip_address(name->valuestring))
        problem(c, name, "tls.name", "is neither a lowercase A-label name nor an IP address");
    if (!attested && !has_ca && !has_pins)
        problem(c, tls, "tls", "trusts nothing: needed is ca_file, pin_spki_sha256 or attested");
    if (has_ca && !has_name)
        problem(c, name, "tls.name", "is needed with ca_file");
    check_hash(c, certbind_json_get(tls, "ca_sha256"), "tls.ca_sha256", has_ca);
}

/* Proofs are HTTP/1.1, and a connection of HTTP/2 has many clients. */
static void check_protocol(const struct check *c)
{
    const cJSON *protocol = certbind_json_get(c->upstream, "protocol");
    const cJSON *proxy = certbind_json_get(c->upstream, "proxy_protocol");

    if (strcmp(protocol->valuestring, "h2") != 0)
        return;
    if (certbind_json_get(c->upstream, "attested") != NULL)
        problem(c, protocol, "protocol", "is not spoken to an attested app: its proof is HTTP/1.1");
    if (strcmp(proxy->valuestring, "none") != 0)
        problem(c, proxy, "proxy_protocol", "names one client, and h2 carries many");
}

static void check_policy_text(const struct check *c, const cJSON *attested, const char *text)
{
    const cJSON *item = certbind_json_get(attested, "policy");
    struct certbind_problems found = {0};
    struct certbind_policy policy;
    certbind_status status = certbind_policy_parse(certbind_text(text), &policy, &found);
    char path[PATH_ROOM];

    (void)snprintf(path, sizeof path, "upstreams.%.40s.attested.policy", c->upstream->string);
    for (size_t i = 0; i < found.count && i < CERTBIND_MAX_PROBLEMS; i++)
        certbind_problem_add(c->problems, c->document, item, path, "%.60s: %.90s",
                             found.list[i].path, found.list[i].text);
    if (status != CERTBIND_OK && found.count == 0)
        certbind_problem_add(c->problems, c->document, item, path, "%s",
                             certbind_status_text(status));
    if (status == CERTBIND_OK) {
        if (policy.compose_file_count > 0)
            problem(c, item, "attested.policy", "names compose files; write their hashes");
        check_hash(c, certbind_json_get(attested, "root_sha256"), "attested.root_sha256",
                   policy.root_file != NULL);
    }
    certbind_policy_cleanup(&policy);
}

static void check_attested(const struct check *c, const cJSON *attested)
{
    char *text = cJSON_PrintUnformatted(certbind_json_get(attested, "policy"));

    if (text != NULL)
        check_policy_text(c, attested, text);
    else
        problem(c, attested, "attested.policy", "cannot be read: memory ran out");
    cJSON_free(text);
}

void gateway_config_check_upstreams(const struct certbind_shape_document *document,
                                    struct certbind_problems *problems)
{
    const cJSON *upstreams = certbind_json_get(document->json.root, "upstreams");
    struct check c = {document, problems, NULL};
    const cJSON *u;

    if (cJSON_GetArraySize(upstreams) == 0)
        certbind_problem_add(problems, document, upstreams, "upstreams",
                             "at least one upstream is needed");
    cJSON_ArrayForEach(u, upstreams)
    {
        const cJSON *attested = certbind_json_get(u, "attested");

        c.upstream = u;
        check_servers(&c);
        if (certbind_json_string(u, "host")[0] != '\0' && !is_host(certbind_json_string(u, "host")))
            problem(&c, certbind_json_get(u, "host"), "host", "is no host with an optional port");
        check_check(&c, certbind_json_get(u, "check"));
        check_protocol(&c);
        check_tls(&c, certbind_json_get(u, "tls"), attested != NULL);
        if (attested != NULL)
            check_attested(&c, attested);
    }
}
