#include "gateway/core/identity.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

bool gw_identity_init(struct gw_identity *id, const struct gw_identity_ops *ops)
{
    id->ops = ops;
    atomic_init(&id->refs, 1);
    return RAND_priv_bytes(id->ticket_keys, sizeof(id->ticket_keys)) == 1;
}

struct gw_identity *gw_identity_ref(struct gw_identity *id)
{
    (void)atomic_fetch_add_explicit(&id->refs, 1, memory_order_relaxed);
    return id;
}

void gw_identity_unref(struct gw_identity *id)
{
    if (id == NULL || atomic_fetch_sub_explicit(&id->refs, 1, memory_order_acq_rel) != 1)
        return;
    OPENSSL_cleanse(id->ticket_keys, sizeof(id->ticket_keys));
    id->ops->free(id);
}
