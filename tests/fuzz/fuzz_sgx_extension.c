/* The SGX extension of PCK certificates. */
#include <stdint.h>
#include <stdlib.h>

#include "certbind/dcap/sgx_extension.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_pck_extension x;

    if (certbind_pck_extension_parse(certbind_bytes(data, size), &x, NULL) == CERTBIND_OK &&
        (data[0] != 0x30 || x.sgx_type > CERTBIND_SGX_SCALABLE_WITH_INTEGRITY))
        abort();
    return 0;
}
