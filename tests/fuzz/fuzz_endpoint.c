/* A request to an evidence endpoint, "name?query": every refusal has a status and a code. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/evidence/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size == 0 ? NULL : memchr(data, '?', size);
    size_t name_len = mark == NULL ? size : (size_t)(mark - data);
    struct gw_str query = {(const char *)data + name_len, size - name_len};
    struct gateway_endpoint_request out;
    char name[32] = "";

    if (name_len >= sizeof name)
        return 0;
    if (name_len > 0)
        memcpy(name, data, name_len);
    gateway_endpoint_read(name, gw_str("GET"), query, &out);
    assert((out.endpoint == GATEWAY_ENDPOINT_REFUSED) == (out.code != NULL));
    assert(out.code == NULL || (out.status >= 400 && out.message != NULL));
    assert(out.endpoint != GATEWAY_ENDPOINT_CONFIG || query.len <= 1);
    return 0;
}
