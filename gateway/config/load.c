#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/digest.h"
#include "gateway/config/config.h"
#include "gateway/config/acme.h"
#include "gateway/config/check.h"
#include "gateway/config/limits.h"
#include "gateway/config/upstream.h"

/* The tree was checked against the table: every key is there with its type and range. */
static const cJSON *at(const cJSON *root, const char *object, const char *key)
{
    return certbind_json_get(object == NULL ? root : certbind_json_get(root, object), key);
}

static const char *text_at(const cJSON *root, const char *object, const char *key)
{
    return at(root, object, key)->valuestring;
}

static uint64_t number_at(const cJSON *root, const char *object, const char *key)
{
    int64_t value = 0;

    return certbind_json_integer(at(root, object, key), 0, 9007199254740991, &value)
               ? (uint64_t)value
               : 0;
}

static uint32_t small_at(const cJSON *root, const char *object, const char *key)
{
    return (uint32_t)number_at(root, object, key);
}

static bool true_at(const cJSON *root, const char *object, const char *key)
{
    return cJSON_IsTrue(at(root, object, key));
}

static enum gateway_mode mode_of(const cJSON *object)
{
    const char *mode = certbind_json_string(object, "mode");

    if (strcmp(mode, "passthrough") == 0)
        return GATEWAY_MODE_PASSTHROUGH;
    return strcmp(mode, "tcp") == 0 ? GATEWAY_MODE_TCP : GATEWAY_MODE_HTTP;
}

static bool load_networks(const cJSON *list, struct gw_network **out, size_t *count)
{
    const cJSON *e;

    *out = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof **out);
    if (*out == NULL)
        return false;
    cJSON_ArrayForEach(e, list)
    {
        if (!gw_network_parse(e->valuestring, &(*out)[(*count)++]))
            return false;
    }
    return true;
}

static void load_client_auth(const cJSON *l, struct gateway_listener *out)
{
    const char *mode = certbind_json_string(l, "client_auth");

    if (strcmp(mode, "none") == 0)
        return;
    out->client_auth =
        strcmp(mode, "required") == 0 ? GATEWAY_CLIENT_AUTH_REQUIRED : GATEWAY_CLIENT_AUTH_OPTIONAL;
    out->client_ca_file = certbind_json_string(l, "client_ca_file");
    (void)certbind_json_hex(l, "client_ca_sha256", out->client_ca_sha256,
                            sizeof out->client_ca_sha256);
    out->client_crl_file = certbind_json_string(l, "client_crl_file");
}

static bool load_listeners(struct gateway_config *c, const cJSON *listeners)
{
    const cJSON *l;
    const cJSON *p;

    /* One more for challenges of ACME. */
    c->listeners = calloc((size_t)cJSON_GetArraySize(listeners) + 2, sizeof *c->listeners);
    if (c->listeners == NULL)
        return false;
    cJSON_ArrayForEach(l, listeners)
    {
        struct gateway_listener *out = &c->listeners[c->listeners_count++];

        out->address = certbind_json_string(l, "address");
        cJSON_ArrayForEach(p, certbind_json_get(l, "protocols")) out->h2 =
            out->h2 || strcmp(p->valuestring, "h2") == 0;
        out->mode = mode_of(l);
        load_client_auth(l, out);
        out->direct = cJSON_IsTrue(certbind_json_get(l, "direct"));
        if (!load_networks(certbind_json_get(certbind_json_get(l, "proxy_protocol"), "from"),
                           &out->relays, &out->relays_count) ||
            !load_networks(certbind_json_get(l, "trusted_proxies"), &out->trusted,
                           &out->trusted_count))
            return false;
        if (!gateway_config_strings(certbind_json_get(l, "names"), &out->names, &out->names_count))
            return false;
    }
    return true;
}

static bool load_certificates(struct gateway_config *c, const cJSON *certificates)
{
    const cJSON *one;

    c->certificates = calloc((size_t)cJSON_GetArraySize(certificates) + 1, sizeof *c->certificates);
    if (c->certificates == NULL)
        return false;
    cJSON_ArrayForEach(one, certificates)
    {
        struct gateway_certificate_config *out = &c->certificates[c->certificates_count++];

        out->name = certbind_json_string(one, "name");
        out->chain_file = certbind_json_string(one, "chain_file");
    }
    return true;
}

static size_t upstream_index(const struct gateway_config *c, const char *name)
{
    size_t i = 0;

    if (name == NULL) /* the checks demand one */
        return 0;
    while (i < c->upstreams_count && strcmp(c->upstreams[i].name, name) != 0)
        i++;
    return i;
}

static bool add_route(struct gateway_config *c, enum gateway_mode mode, const char *host,
                      const char *path, size_t upstream)
{
    struct gateway_route *r = &c->routes[c->routes_count++];
    size_t room = strlen(host) + strlen(path) + 1;

    *r = (struct gateway_route){
        .mode = mode,
        .host = host,
        .path = path,
        .upstream = upstream,
        .first_byte_ms = c->upstreams[upstream].first_byte_ms,
        .between_bytes_ms = c->upstreams[upstream].between_bytes_ms,
    };
    r->name = malloc(room);
    return r->name != NULL && snprintf(r->name, room, "%s%s", host, path) > 0;
}

/* Which upstreams carry streams. Without routes the only one does what the listeners do. */
static void mark_streams(struct gateway_config *c, bool has_routes)
{
    bool all_tcp = true;

    for (size_t i = 0; i < c->listeners_count; i++)
        all_tcp = all_tcp && c->listeners[i].mode == GATEWAY_MODE_TCP;
    for (size_t i = 0; i < c->routes_count; i++)
        if (c->routes[i].mode == GATEWAY_MODE_TCP)
            c->upstreams[c->routes[i].upstream].stream = has_routes || all_tcp;
}

static bool load_routes(struct gateway_config *c, const cJSON *routes)
{
    const cJSON *r;

    c->routes = calloc((size_t)cJSON_GetArraySize(routes) + 2, sizeof *c->routes);
    if (c->routes == NULL)
        return false;
    if (cJSON_GetArraySize(routes) == 0)
        return add_route(c, GATEWAY_MODE_HTTP, "*", "/", 0) &&
               add_route(c, GATEWAY_MODE_TCP, "*", "/", 0);
    cJSON_ArrayForEach(r, routes)
    {
        if (!add_route(c, mode_of(r), certbind_json_string(r, "host"),
                       certbind_json_string(r, "path"),
                       upstream_index(c, certbind_json_string(r, "upstream"))))
            return false;
        gateway_config_wait(r, "first_byte_ms", &c->routes[c->routes_count - 1].first_byte_ms);
        gateway_config_wait(r, "between_bytes_ms",
                            &c->routes[c->routes_count - 1].between_bytes_ms);
    }
    return true;
}

static void load_bounds(struct gateway_config *c, const cJSON *root)
{
    c->limits.max_connections = small_at(root, "limits", "max_connections");
    c->limits.max_head_bytes = small_at(root, "limits", "max_head_bytes");
    c->limits.max_fields = small_at(root, "limits", "max_fields");
    c->limits.max_discard_bytes = small_at(root, "limits", "max_discard_bytes");
    c->limits.max_body_bytes = number_at(root, "limits", "max_body_bytes");
    c->limits.max_requests_per_connection =
        number_at(root, "limits", "max_requests_per_connection");
    c->timeouts_ms.handshake = small_at(root, "timeouts", "handshake_ms");
    c->timeouts_ms.head = small_at(root, "timeouts", "head_ms");
    c->timeouts_ms.idle = small_at(root, "timeouts", "idle_ms");
    c->timeouts_ms.body = small_at(root, "timeouts", "body_ms");
    c->timeouts_ms.connect = small_at(root, "timeouts", "connect_ms");
    c->timeouts_ms.first_byte = small_at(root, "timeouts", "first_byte_ms");
    c->timeouts_ms.between_bytes = small_at(root, "timeouts", "between_bytes_ms");
    c->timeouts_ms.write_stuck = small_at(root, "timeouts", "write_ms");
    c->timeouts_ms.tunnel = small_at(root, "timeouts", "tunnel_ms");
    c->timeouts_ms.drain = small_at(root, "timeouts", "drain_ms");
}

static bool load(struct gateway_config *c)
{
    const cJSON *root = c->document.json.root;

    c->admin_address = text_at(root, "admin", "address");
    c->insecure_agent_endpoint = text_at(root, NULL, "insecure_agent_endpoint");
    c->agent_timeout_ms = small_at(root, "agent", "timeout_ms");
    c->tls_key_process = strcmp(text_at(root, "tls", "key"), "process") == 0;
    c->tls_label = text_at(root, "tls", "label");
    c->tls_epoch = small_at(root, "tls", "epoch");
    c->evidence_lifetime_s = small_at(root, "evidence", "lifetime_s");
    c->collateral_url = text_at(root, "evidence", "collateral_url");
    c->publish_compose = true_at(root, "evidence", "publish_compose");
    c->nonce_quotes = true_at(root, "evidence", "nonce_quotes");
    c->via = text_at(root, NULL, "via");
    c->log_format =
        strcmp(text_at(root, "log", "format"), "json") == 0 ? GATEWAY_LOG_JSON : GATEWAY_LOG_TEXT;
    c->log_access = true_at(root, "log", "access");
    c->log_path = true_at(root, "log", "path");
    c->log_client_address = true_at(root, "log", "client_address");
    c->threads = small_at(root, NULL, "threads");
    load_bounds(c, root);
    gateway_config_load_limits(c, certbind_json_get(root, "limits"));
    if (!load_listeners(c, certbind_json_get(root, "listeners")) ||
        !gateway_config_load_upstreams(c, certbind_json_get(root, "upstreams")) ||
        !load_certificates(c, certbind_json_get(certbind_json_get(root, "tls"), "certificates")) ||
        !load_routes(c, certbind_json_get(root, "routes")))
        return false;
    mark_streams(c, cJSON_GetArraySize(certbind_json_get(root, "routes")) > 0);
    return gateway_config_load_acme(c, certbind_json_get(root, "acme"));
}

certbind_status gateway_config_parse(struct certbind_bytes text, struct gateway_config *config,
                                     struct certbind_problems *problems)
{
    certbind_status status;

    *config = (struct gateway_config){0};
    status = certbind_shape_parse(text, gateway_config_table, &config->document, problems);
    if (status != CERTBIND_OK)
        return status;
    gateway_config_check(&config->document, problems);
    if (problems->count > 0)
        return CERTBIND_E_MALFORMED;
    config->canonical =
        gateway_config_canonical(config->document.json.root, &config->canonical_len);
    if (config->canonical == NULL || !load(config))
        return CERTBIND_E_MEMORY;
    return certbind_sha256(certbind_bytes(config->canonical, config->canonical_len), config->sha256)
               ? CERTBIND_OK
               : CERTBIND_E_INTERNAL;
}

void gateway_config_cleanup(struct gateway_config *config)
{
    for (size_t i = 0; i < config->listeners_count; i++) {
        free(config->listeners[i].names);
        free(config->listeners[i].relays);
        free(config->listeners[i].trusted);
    }
    for (size_t i = 0; i < config->upstreams_count; i++) {
        free(config->upstreams[i].servers);
        free(config->upstreams[i].tls.pins);
        free(config->upstreams[i].policy);
    }
    for (size_t i = 0; i < config->routes_count; i++)
        free(config->routes[i].name);
    free(config->acme.names);
    free(config->certificates);
    free(config->listeners);
    free(config->upstreams);
    free(config->routes);
    free(config->canonical);
    certbind_shape_cleanup(&config->document);
    *config = (struct gateway_config){0};
}
