#include "gateway/agent/result.h"

const char *gateway_agent_result_name(enum gateway_agent_result result)
{
    static const char *const names[] = {
#define X(symbol, name, text) name,
        GATEWAY_AGENT_RESULT_LIST(X)
#undef X
    };

    return names[result];
}
