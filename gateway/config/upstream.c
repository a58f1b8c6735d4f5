#include "gateway/config/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"

static uint32_t number(const cJSON *object, const char *key)
{
    int64_t value = 0;

    return certbind_json_integer(certbind_json_get(object, key), 0, UINT32_MAX, &value)
               ? (uint32_t)value
               : 0;
}

bool gateway_config_strings(const cJSON *array, const char ***list, size_t *count)
{
    const cJSON *e;

    *list = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof **list);
    if (*list == NULL)
        return false;
    cJSON_ArrayForEach(e, array)(*list)[(*count)++] = e->valuestring;
    return true;
}

void gateway_config_wait(const cJSON *object, const char *key, uint32_t *ms)
{
    if (certbind_json_string(object, key) == NULL)
        *ms = number(object, key) != 0 ? number(object, key) : UINT32_MAX;
}

static void load_check(const cJSON *check, struct gateway_upstream *out)
{
    if (check == NULL)
        return;
    out->has_check = true;
    out->check = (struct gateway_upstream_check){
        .path = certbind_json_string(check, "path"),
        .host = certbind_json_string(check, "host"),
        .status_min = number(check, "status_min"),
        .status_max = number(check, "status_max"),
        .interval_ms = number(check, "interval_ms"),
        .timeout_ms = number(check, "timeout_ms"),
        .rise = number(check, "rise"),
        .fall = number(check, "fall"),
    };
}

static bool load_tls(const cJSON *tls, struct gateway_upstream *out)
{
    const cJSON *pins = certbind_json_get(tls, "pin_spki_sha256");
    const cJSON *pin;

    if (tls == NULL)
        return true;
    out->has_tls = true;
    out->tls.name = certbind_json_string(tls, "name");
    out->tls.ca_file = certbind_json_string(tls, "ca_file");
    /* Without a file the text is empty and the hash stays zero. */
    (void)certbind_json_hex(tls, "ca_sha256", out->tls.ca_sha256, sizeof out->tls.ca_sha256);
    out->tls.pins = calloc((size_t)cJSON_GetArraySize(pins) + 1, sizeof *out->tls.pins);
    if (out->tls.pins == NULL)
        return false;
    cJSON_ArrayForEach(pin, pins)
    {
        if (!certbind_hex_decode(certbind_text(pin->valuestring),
                                 out->tls.pins[out->tls.pins_count++], 32))
            return false;
    }
    return true;
}

static bool load_attested(const cJSON *attested, struct gateway_upstream *out)
{
    if (attested == NULL)
        return true;
    (void)certbind_json_hex(attested, "root_sha256", out->root_sha256, sizeof out->root_sha256);
    out->policy = cJSON_PrintUnformatted(certbind_json_get(attested, "policy"));
    return out->policy != NULL;
}

static enum gw_proxy_version proxy_of(const char *text)
{
    if (strcmp(text, "v1") == 0)
        return GW_PROXY_V1;
    return strcmp(text, "v2") == 0 ? GW_PROXY_V2 : GW_PROXY_NONE;
}

static bool load_one(const struct gateway_config *c, const cJSON *u, struct gateway_upstream *out)
{
    out->name = u->string;
    out->h2 = strcmp(certbind_json_string(u, "protocol"), "h2") == 0;
    out->host = certbind_json_string(u, "host");
    out->least_connections = strcmp(certbind_json_string(u, "balance"), "least-connections") == 0;
    out->proxy = proxy_of(certbind_json_string(u, "proxy_protocol"));
    out->max_connections = number(u, "max_connections");
    out->max_idle = number(u, "max_idle");
    out->max_waiting = number(u, "max_waiting");
    out->queue_ms = number(u, "queue_ms");
    out->connect_ms = number(u, "connect_ms");
    out->first_byte_ms = c->timeouts_ms.first_byte;
    out->between_bytes_ms = c->timeouts_ms.between_bytes;
    gateway_config_wait(u, "first_byte_ms", &out->first_byte_ms);
    gateway_config_wait(u, "between_bytes_ms", &out->between_bytes_ms);
    out->eject_failures = number(u, "eject_failures");
    out->eject_ms = number(u, "eject_ms");
    load_check(certbind_json_get(u, "check"), out);
    return out->name != NULL && load_tls(certbind_json_get(u, "tls"), out) &&
           load_attested(certbind_json_get(u, "attested"), out) &&
           gateway_config_strings(certbind_json_get(u, "servers"), &out->servers,
                                  &out->servers_count);
}

bool gateway_config_load_upstreams(struct gateway_config *c, const cJSON *upstreams)
{
    const cJSON *u;

    c->upstreams_count = 0;
    c->upstreams = calloc((size_t)cJSON_GetArraySize(upstreams) + 1, sizeof *c->upstreams);
    if (c->upstreams == NULL)
        return false;
    cJSON_ArrayForEach(u, upstreams)
    {
        if (!load_one(c, u, &c->upstreams[c->upstreams_count++]))
            return false;
    }
    return true;
}
