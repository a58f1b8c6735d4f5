/* A response of the guest agent: the same result however it is cut into pieces. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/agent/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gateway_agent_http whole;
    struct gateway_agent_http bytewise;

    gateway_agent_http_init(&whole);
    gateway_agent_http_init(&bytewise);
    (void)gateway_agent_http_feed(&whole, data, size);
    for (size_t i = 0; i < size; i++)
        (void)gateway_agent_http_feed(&bytewise, data + i, 1);
    assert(gateway_agent_http_finish(&whole) == gateway_agent_http_finish(&bytewise));
    assert(whole.state != GATEWAY_AGENT_HTTP_COMPLETE ||
           (whole.status == bytewise.status && whole.len == bytewise.len &&
            (whole.len == 0 || memcmp(whole.body, bytewise.body, whole.len) == 0)));
    gateway_agent_http_cleanup(&whole);
    gateway_agent_http_cleanup(&bytewise);
    return 0;
}
