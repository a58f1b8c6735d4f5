/* Measured compose texts: whatever is taken names one pinned image, and is taken alike twice. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "certbind/compose/gateway_service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_gateway_service one;
    struct certbind_gateway_service other;
    const certbind_status status =
        certbind_gateway_service_read(certbind_bytes(data, size), &one, NULL);

    assert(status == certbind_gateway_service_read(certbind_bytes(data, size), &other, NULL));
    assert(memcmp(&one, &other, sizeof one) == 0);
    assert((status == CERTBIND_OK) == (strstr(one.image, "@sha256:") != NULL));
    assert(!one.config_is_literal || (status == CERTBIND_OK && one.config_problem[0] == '\0'));
    return 0;
}
