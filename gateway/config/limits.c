#include "gateway/config/limits.h"

static int64_t number(const cJSON *object, const char *key)
{
    int64_t value = 0;

    /* "auto" is 0. */
    return certbind_json_integer(certbind_json_get(object, key), 0, INT64_C(9007199254740991),
                                 &value)
               ? value
               : 0;
}

static struct gateway_bound bound(const cJSON *object)
{
    return (struct gateway_bound){
        .connections = (uint32_t)number(object, "connections"),
        .requests_per_s = (uint32_t)number(object, "requests_per_s"),
        .burst = (uint32_t)number(object, "burst"),
    };
}

void gateway_config_load_limits(struct gateway_config *config, const cJSON *limits)
{
    config->limits.per_client = bound(certbind_json_get(limits, "per_client"));
    config->limits.per_name = bound(certbind_json_get(limits, "per_name"));
    config->limits.max_memory_bytes = (uint64_t)number(limits, "max_memory_bytes");
}

/* Is there a listener that knows whom it serves? */
static bool knows_clients(const cJSON *listeners)
{
    const cJSON *l;

    cJSON_ArrayForEach(l, listeners)
    {
        const cJSON *proxy = certbind_json_get(l, "proxy_protocol");

        if (cJSON_IsTrue(certbind_json_get(l, "direct")) ||
            cJSON_GetArraySize(certbind_json_get(proxy, "from")) > 0)
            return true;
    }
    return false;
}

void gateway_config_check_limits(const struct certbind_shape_document *document,
                                 struct certbind_problems *problems)
{
    const cJSON *root = document->json.root;
    const cJSON *per_client = certbind_json_get(certbind_json_get(root, "limits"), "per_client");
    const struct gateway_bound b = bound(per_client);

    if ((b.connections != 0 || b.requests_per_s != 0) &&
        !knows_clients(certbind_json_get(root, "listeners")))
        certbind_problem_add(problems, document, per_client, "limits.per_client",
                             "no listener knows its clients' addresses: set listeners[].direct or "
                             "proxy_protocol.from");
}
