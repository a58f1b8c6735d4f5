/* Quotes: what is accepted has one canonical form, and its parts lie inside of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pcs.h"
#include "certbind/dcap/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

static void require_inside(struct certbind_bytes part, struct certbind_bytes whole)
{
    require(part.len == 0 ||
            (part.data >= whole.data && part.data + part.len <= whole.data + whole.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_quote q;
    struct certbind_quote again;
    struct certbind_pck_info info;

    if (certbind_quote_parse(certbind_bytes(data, size), &q, NULL) != CERTBIND_OK)
        return 0;
    require(q.canonical.data == data && q.canonical.len <= size);
    require_inside(q.signed_range, q.canonical);
    require_inside(q.attestation_key, q.canonical);
    require_inside(q.qe_auth_data, q.canonical);
    require_inside(q.certification_data, q.canonical);
    require(certbind_quote_parse(q.canonical, &again, NULL) == CERTBIND_OK);
    require(memcmp(&q.td, &again.td, sizeof q.td) == 0 && q.canonical.len == again.canonical.len);
    (void)!certbind_pck_info(&q, &info, NULL);
    return 0;
}
