/* Policies: accepted exactly when there is no problem to list. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_policy policy;
    struct certbind_problems problems = {.count = 0};
    const certbind_status status =
        certbind_policy_parse(certbind_bytes(data, size), &policy, &problems);

    assert((status == CERTBIND_OK) == (problems.count == 0) || status == CERTBIND_E_MEMORY);
    if (status == CERTBIND_OK) {
        assert((policy.dcap.accept & CERTBIND_TCB_BIT(CERTBIND_TCB_REVOKED)) == 0);
        assert((policy.dcap.accept & CERTBIND_TCB_BIT(CERTBIND_TCB_NONE)) == 0);
        for (size_t i = 0; i < policy.compose_file_count; i++)
            assert(certbind_policy_add_compose_file(&policy, certbind_bytes(data, size), NULL) ==
                   CERTBIND_OK);
    }
    certbind_policy_cleanup(&policy);
    return 0;
}
