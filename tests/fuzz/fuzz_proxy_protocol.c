/* A PROXY protocol header: where it is split changes nothing, and what it tells is written back. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/core/proxy_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_proxy_header header, part, again;
    enum gw_proxy_result result = gw_proxy_read(data, size, &header);
    uint8_t out[GW_PROXY_WRITE_MAX];

    if (result == GW_PROXY_REFUSED)
        return 0;
    if (result == GW_PROXY_MORE) {
        assert(size < GW_PROXY_MAX);
        return 0;
    }
    assert(header.len <= size && header.len <= GW_PROXY_MAX);
    assert(gw_proxy_read(data, header.len, &part) == GW_PROXY_COMPLETE);
    for (size_t i = 0; i < header.len; i++)
        assert(gw_proxy_read(data, i, &part) == GW_PROXY_MORE);
    for (int v = GW_PROXY_V1; header.addresses && v <= GW_PROXY_V2; v++) {
        size_t n = gw_proxy_write((enum gw_proxy_version)v, (struct sockaddr *)&header.from,
                                  (struct sockaddr *)&header.to, out);

        assert(gw_proxy_read(out, n, &again) == GW_PROXY_COMPLETE && again.len == n);
        assert(memcmp(&again.from, &header.from, sizeof again.from) == 0);
        assert(memcmp(&again.to, &header.to, sizeof again.to) == 0);
    }
    return 0;
}
