#include "gateway/agent/meter.h"

#include <string.h>

void gateway_agent_meter_add(struct gateway_agent_meter *meter, const char *method,
                             enum gateway_agent_result result, uint64_t now_ms)
{
    meter->calls[result]++;
    if (result == GATEWAY_AGENT_OK && strcmp(method, "GetQuote") == 0)
        gateway_histogram_add(&meter->quotes, (now_ms - meter->begun_ms) * 1000);
}
