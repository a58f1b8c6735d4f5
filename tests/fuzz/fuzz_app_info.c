/* Extension .9: what is shown has the lengths of its fields. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/app_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_app_info info;

    if (!certbind_app_info_parse(certbind_bytes(data, size), &info))
        return 0;
    assert(size >= 20 + 32 && info.script_count <= CERTBIND_APP_INFO_MAX_SCRIPTS);
    assert(info.field[CERTBIND_APP_INFO_APP_ID].len == 20);
    for (int i = 0; i < CERTBIND_APP_INFO_FIELDS; i++) {
        const struct certbind_bytes field = info.field[i];

        assert(field.len <= CERTBIND_APP_INFO_MAX_TEXT);
        assert(field.data > data && field.data + field.len <= data + size);
    }
    return 0;
}
