/* Archives: whatever is accepted encodes to an archive that is accepted, with the same digest. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ra-tls/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_archive a;
    struct ratls_archive again;
    struct certbind_report report;
    size_t len = 0;
    char *text = NULL;

    if (ratls_archive_parse(certbind_bytes(data, size), &a, NULL) != CERTBIND_OK)
        return 0;
    assert(ratls_archive_encode(&a, &text, &len, NULL) == CERTBIND_OK);
    assert(ratls_archive_parse(certbind_bytes(text, len), &again, NULL) == CERTBIND_OK);
    assert(again.leaf.len == a.leaf.len && again.made_at == a.made_at);
    /* Nobody is expected: it is refused, whatever it holds. */
    assert(ratls_archive_judge(&again, NULL, again.root, again.made_at, &report) != CERTBIND_OK);
    assert(!report.accepted);
    ratls_archive_cleanup(&again);
    ratls_archive_cleanup(&a);
    free(text);
    return 0;
}
