#include "gateway/agent/request.h"

#include <stdio.h>

#include "certbind/hex.h"
#include "certbind/tls_key.h"

static enum gateway_asked call(struct gateway_agent *agent, const char *method, const char *json,
                               gateway_agent_done done, void *user)
{
    return gateway_agent_call(agent, method, json, done, user) ? GATEWAY_ASKED
                                                               : GATEWAY_ASKED_NO_MEMORY;
}

enum gateway_asked gateway_agent_ask_tls_key(struct gateway_agent *agent, const char *label,
                                             unsigned epoch, gateway_agent_done done, void *user)
{
    char path[CERTBIND_KEY_PATH_ROOM];
    char json[CERTBIND_KEY_PATH_ROOM + 64];

    if (!certbind_key_path("tls", label, epoch, path))
        return GATEWAY_ASKED_NO_PATH;
    (void)snprintf(json, sizeof json, "{\"path\":\"%s\",\"purpose\":\"tls\"}", path);
    return call(agent, "GetKey", json, done, user);
}

enum gateway_asked gateway_agent_ask_acme_key(struct gateway_agent *agent, const char *label,
                                              gateway_agent_done done, void *user)
{
    char json[CERTBIND_KEY_PATH_ROOM + 64];

    if (!certbind_key_label_ok(label))
        return GATEWAY_ASKED_NO_PATH;
    (void)snprintf(json, sizeof json, "{\"path\":\"devproof/acme/v1/%s\",\"purpose\":\"acme\"}",
                   label);
    return call(agent, "GetKey", json, done, user);
}

enum gateway_asked gateway_agent_ask_quote(struct gateway_agent *agent,
                                           const uint8_t report_data[CERTBIND_REPORT_DATA_LEN],
                                           gateway_agent_done done, void *user)
{
    char json[2 * CERTBIND_REPORT_DATA_LEN + 32];
    char hex[2 * CERTBIND_REPORT_DATA_LEN + 1];

    certbind_hex_encode(report_data, CERTBIND_REPORT_DATA_LEN, hex);
    (void)snprintf(json, sizeof json, "{\"report_data\":\"%s\"}", hex);
    return call(agent, "GetQuote", json, done, user);
}
