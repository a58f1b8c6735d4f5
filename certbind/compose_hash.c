#include "certbind/compose_hash.h"

#include <string.h>

bool certbind_compose_hash(struct certbind_bytes app_compose, uint8_t out[CERTBIND_SHA256_LEN])
{
    return certbind_sha256(app_compose, out);
}

bool certbind_device_id(const uint8_t ppid[CERTBIND_PPID_LEN], uint8_t out[CERTBIND_SHA256_LEN])
{
    return certbind_sha256(certbind_bytes(ppid, CERTBIND_PPID_LEN), out);
}

certbind_status certbind_mr_config_id_check(const uint8_t mr_config_id[CERTBIND_MR_CONFIG_ID_LEN],
                                            const uint8_t compose_hash[CERTBIND_SHA256_LEN],
                                            struct certbind_error *err)
{
    uint8_t expected[CERTBIND_MR_CONFIG_ID_LEN] = {1};

    if (certbind_is_zero(mr_config_id, CERTBIND_MR_CONFIG_ID_LEN))
        return CERTBIND_NOT_CHECKED;
    if (mr_config_id[0] != 1)
        return certbind_fail(err, CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED,
                             "MR_CONFIG_ID has version %u", mr_config_id[0]);
    memcpy(expected + 1, compose_hash, CERTBIND_SHA256_LEN);
    if (memcmp(expected, mr_config_id, sizeof expected) != 0)
        return certbind_fail(err, CERTBIND_E_MR_CONFIG_ID,
                             "MR_CONFIG_ID holds another compose hash than the event log");
    return CERTBIND_OK;
}
