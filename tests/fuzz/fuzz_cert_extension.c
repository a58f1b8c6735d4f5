/* Certificates and the evidence inside: nothing is read past its end, and no reading differs. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/der.h"
#include "certbind/leaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_leaf leaf;
    struct certbind_leaf_evidence evidence;

    if (certbind_leaf_parse(certbind_bytes(data, size), &leaf, NULL) != CERTBIND_OK)
        return 0;
    assert(certbind_der_is_strict(certbind_bytes(data, size)));
    assert(leaf.spki.data > data && leaf.spki.data + leaf.spki.len <= data + size);
    if (certbind_leaf_check_evidence(&leaf, &evidence, NULL) == CERTBIND_OK)
        assert(leaf.has_attestation || (leaf.has_quote && leaf.has_event_log));
    certbind_leaf_evidence_cleanup(&evidence);
    assert(certbind_leaf_check_name(&leaf, "Not.A.Name", NULL) == CERTBIND_E_NAME_SYNTAX);
    certbind_leaf_cleanup(&leaf);
    return 0;
}
