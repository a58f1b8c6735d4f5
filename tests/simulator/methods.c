#include "tests/simulator/methods.h"

#include <string.h>

#include "tests/simulator/tappd.h"

enum { DSTACK = 1 << SIM_API_DSTACK, TAPPD = 1 << SIM_API_TAPPD };

static const struct {
    unsigned apis;
    void (*answer)(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
    /* NULL: no quote is needed */
    bool (*check)(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
    bool (*wants_quote)(const cJSON *params); /* NULL: always */
} METHODS[SIM_METHOD_COUNT] = {
    [SIM_GET_KEY] = {DSTACK, sim_agent_get_key, NULL, NULL},
    [SIM_GET_TLS_KEY] = {DSTACK, sim_agent_get_tls_key, sim_agent_tls_check,
                         sim_agent_tls_wants_quote},
    [SIM_GET_QUOTE] = {DSTACK, sim_agent_get_quote, sim_agent_quote_check, NULL},
    [SIM_ATTEST] = {DSTACK, sim_agent_attest, sim_agent_quote_check, NULL},
    [SIM_INFO] = {DSTACK | TAPPD, sim_agent_info, NULL, NULL},
    [SIM_GPU_INFO] = {DSTACK, sim_agent_gpu_info, NULL, NULL},
    [SIM_SIGN] = {DSTACK, sim_agent_sign, NULL, NULL},
    [SIM_VERIFY] = {DSTACK, sim_agent_verify, NULL, NULL},
    [SIM_VERSION] = {DSTACK | TAPPD, sim_agent_version, NULL, NULL},
    [SIM_EMIT_EVENT] = {DSTACK, sim_agent_emit_event, NULL, NULL},
    [SIM_DERIVE_KEY] = {TAPPD, sim_agent_derive_key, sim_agent_tls_check,
                        sim_agent_tls_wants_quote},
    [SIM_DERIVE_K256_KEY] = {TAPPD, sim_tappd_derive_k256_key, NULL, NULL},
    [SIM_TDX_QUOTE] = {TAPPD, sim_tappd_tdx_quote, sim_tappd_tdx_quote_check, NULL},
    [SIM_RAW_QUOTE] = {TAPPD, sim_tappd_raw_quote, sim_tappd_raw_quote_check, NULL},
};

/* Returns: text after the prefix; NULL when it does not begin so. */
static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text != NULL && strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

enum sim_method sim_method_at(enum sim_api api, const char *path)
{
    const char *name = after(path, api == SIM_API_TAPPD ? "/prpc/" : "/");
    const char *rest = api == SIM_API_TAPPD ? after(name, "Tappd.") : NULL;
    enum sim_method method;

    if (rest != NULL)
        name = rest;
    method = name == NULL ? SIM_NO_METHOD : sim_method_of(name);
    return method == SIM_NO_METHOD || (METHODS[method].apis & 1u << api) == 0 ? SIM_NO_METHOD
                                                                              : method;
}

bool sim_method_quotes(enum sim_method method, const cJSON *params)
{
    return METHODS[method].check != NULL &&
           (METHODS[method].wants_quote == NULL || METHODS[method].wants_quote(params));
}

bool sim_method_check(enum sim_method method, const struct sim_agent *a, const cJSON *params,
                      struct sim_reply *reply)
{
    return METHODS[method].check(a, params, reply);
}

void sim_method_answer(enum sim_method method, struct sim_agent *a, const cJSON *params,
                       struct sim_reply *reply)
{
    METHODS[method].answer(a, params, reply);
}
