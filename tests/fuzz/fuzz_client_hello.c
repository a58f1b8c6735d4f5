/* A ClientHello: where it is split changes nothing, and what is told of it holds. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/core/client_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t message[GW_HELLO_MAX];
    struct gw_hello_scan whole = {0};
    struct gw_hello_scan parts = {0};
    struct gw_client_hello hello, again;
    const char *code, *other = NULL;
    enum gw_hello_result result = gw_client_hello_read(&whole, data, size, message, &hello, &code);
    enum gw_hello_result later = GW_HELLO_MORE;

    assert((result == GW_HELLO_REFUSED) == (code != NULL));
    for (size_t i = 0; i <= size && later == GW_HELLO_MORE; i++)
        later = gw_client_hello_read(&parts, data, i, message, &again, &other);
    assert(later == result && (code == NULL || strcmp(code, other) == 0));
    if (result != GW_HELLO_COMPLETE)
        return 0;
    assert(strcmp(hello.name, again.name) == 0 && hello.alpn_count == again.alpn_count);
    assert(strlen(hello.name) < GW_HELLO_NAME_ROOM && hello.alpn_count <= GW_HELLO_ALPN_MAX);
    for (size_t i = 0; i < hello.alpn_count; i++)
        assert(hello.alpn[i].at >= message && hello.alpn[i].len > 0 &&
               hello.alpn[i].at + hello.alpn[i].len <= message + sizeof message);
    return 0;
}
