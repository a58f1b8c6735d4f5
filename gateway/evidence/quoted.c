#include "gateway/evidence/quoted.h"

#include <stdlib.h>

#include "certbind/batch_proof.h"

struct gateway_quoted *gateway_quoted_new(struct gateway_evidence *evidence,
                                          const uint8_t (*leaves)[CERTBIND_SHA256_LEN],
                                          size_t count)
{
    struct gateway_quoted *q = calloc(1, sizeof *q);

    if (q == NULL)
        return NULL;
    atomic_init(&q->refs, 1);
    q->evidence = gateway_evidence_ref(evidence);
    if (certbind_tree_build(&q->tree, leaves, count) &&
        certbind_batch_report_data(certbind_tree_root(&q->tree), count, q->report_data))
        return q;
    gateway_quoted_unref(q);
    return NULL;
}

char *gateway_quoted_members(const struct gateway_quoted *quoted, size_t index)
{
    struct certbind_tree_proof place;

    certbind_tree_prove(&quoted->tree, index, &place);
    return certbind_batch_proof_encode(certbind_bytes(quoted->quote.quote, quoted->quote.quote_len),
                                       certbind_text(quoted->quote.runtime_log), &place);
}

struct gateway_quoted *gateway_quoted_ref(struct gateway_quoted *quoted)
{
    (void)atomic_fetch_add_explicit(&quoted->refs, 1, memory_order_relaxed);
    return quoted;
}

void gateway_quoted_unref(struct gateway_quoted *quoted)
{
    if (quoted == NULL || atomic_fetch_sub_explicit(&quoted->refs, 1, memory_order_acq_rel) != 1)
        return;
    gateway_evidence_unref(quoted->evidence);
    certbind_tree_free(&quoted->tree);
    gateway_quote_cleanup(&quoted->quote);
    free(quoted);
}
