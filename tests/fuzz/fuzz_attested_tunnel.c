/* The answer that opens a stream: where it is split changes nothing. First byte: where. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/upstream_attested/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct attested_tunnel *whole = attested_tunnel_new("a");
    struct attested_tunnel *parts = attested_tunnel_new("a");
    size_t split = size == 0 ? 0 : data[0] % size;
    size_t used = 0;
    size_t used_parts = 0;
    enum attested_tunnel_state state;
    enum attested_tunnel_state state_parts;

    if (whole == NULL || parts == NULL)
        abort();
    state = attested_tunnel_take(whole, data + (size > 0), size - (size > 0), &used);
    state_parts = attested_tunnel_take(parts, data + (size > 0), split, &used_parts);
    if (state_parts == ATTESTED_TUNNEL_MORE && size > 0) {
        state_parts = attested_tunnel_take(parts, data + 1 + split, size - 1 - split, &used_parts);
        used_parts += state_parts == ATTESTED_TUNNEL_OPEN ? split : 0;
    }
    assert(state == state_parts);
    assert(state != ATTESTED_TUNNEL_OPEN || (used == used_parts && used < size));
    assert((state == ATTESTED_TUNNEL_REFUSED) == (whole->code != NULL));
    free(whole);
    free(parts);
    return 0;
}
