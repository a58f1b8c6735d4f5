/* A path: its normal form is stable, and a plain path below the prefix is always claimed. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/http1_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_str path = {(const char *)data, size};
    struct gw_str prefix = gw_str("/.well-known/devproof/");
    char *out = malloc(size + 1);
    char *again = malloc(size + 1);
    size_t len = 0;
    size_t len_again = 0;

    if (out == NULL || again == NULL)
        abort();
    if (gw_path_normalize(path, out, size, &len) != GW_PATH_REFUSED) {
        struct gw_str normal = {out, len};
        enum gw_path_claim claim = gw_path_claim(path, normal, prefix, again);

        assert(!gw_str_starts(normal, prefix) || claim == GW_PATH_CLAIMED);
        if (gw_path_drop_parameters(path, again, &len_again))
            assert(len_again <= size && memchr(again, ';', len_again) == NULL);
        assert(gw_path_normalize(normal, again, len, &len_again) != GW_PATH_REFUSED);
        assert(gw_str_equal(normal, (struct gw_str){again, len_again}));
    }
    free(out);
    free(again);
    return 0;
}
