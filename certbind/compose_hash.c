#include "certbind/compose_hash.h"

bool certbind_compose_hash(struct certbind_bytes app_compose, uint8_t out[CERTBIND_SHA256_LEN])
{
    return certbind_sha256(app_compose, out);
}

bool certbind_device_id(const uint8_t ppid[CERTBIND_PPID_LEN], uint8_t out[CERTBIND_SHA256_LEN])
{
    return certbind_sha256(certbind_bytes(ppid, CERTBIND_PPID_LEN), out);
}
