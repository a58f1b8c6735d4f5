/* A configuration: what is accepted has a canonical form that is accepted and stable. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_problems *problems = calloc(2, sizeof *problems);
    struct gateway_config config;
    struct gateway_config again;

    if (problems == NULL)
        abort();
    if (gateway_config_parse(certbind_bytes(data, size), &config, &problems[0]) == CERTBIND_OK) {
        assert(gateway_config_parse(certbind_bytes(config.canonical, config.canonical_len), &again,
                                    &problems[1]) == CERTBIND_OK);
        assert(memcmp(config.sha256, again.sha256, sizeof config.sha256) == 0);
        gateway_config_cleanup(&again);
    } else {
        assert(problems[0].count > 0);
    }
    gateway_config_cleanup(&config);
    free(problems);
    return 0;
}
