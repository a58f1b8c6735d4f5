#include "certbind/preimage.h"

#include <string.h>

static void put_u32be(uint8_t out[4], uint32_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

bool certbind_preimage_with(const EVP_MD *sha512, const char *tag,
                            const struct certbind_bytes *fields, size_t count,
                            uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    uint8_t lengths[CERTBIND_PREIMAGE_MAX_FIELDS][4] = {{0}};
    struct certbind_bytes parts[1 + 2 * CERTBIND_PREIMAGE_MAX_FIELDS];

    memset(out, 0, CERTBIND_REPORT_DATA_LEN);
    if (count > CERTBIND_PREIMAGE_MAX_FIELDS)
        return false;
    parts[0] = certbind_bytes(tag, strlen(tag) + 1);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].len > UINT32_MAX)
            return false;
        put_u32be(lengths[i], (uint32_t)fields[i].len);
        parts[1 + 2 * i] = certbind_bytes(lengths[i], sizeof lengths[i]);
        parts[2 + 2 * i] = fields[i];
    }
    return certbind_digest_parts(sha512, parts, 1 + 2 * count, out, CERTBIND_REPORT_DATA_LEN);
}

bool certbind_preimage(const char *tag, const struct certbind_bytes *fields, size_t count,
                       uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    return certbind_preimage_with(EVP_sha512(), tag, fields, count, out);
}

bool certbind_binding_value(const uint8_t statement_sha256[CERTBIND_SHA256_LEN],
                            struct certbind_bytes nonce, uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    const struct certbind_bytes fields[] = {certbind_bytes(statement_sha256, CERTBIND_SHA256_LEN),
                                            nonce};

    memset(out, 0, CERTBIND_REPORT_DATA_LEN);
    if (nonce.len != 0 && nonce.len != CERTBIND_NONCE_LEN)
        return false;
    return certbind_preimage(CERTBIND_TAG_BINDING, fields, 2, out);
}

bool certbind_batch_report_data(const uint8_t root[CERTBIND_SHA256_LEN], size_t size,
                                uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    uint8_t count[4] = {0};
    const struct certbind_bytes fields[] = {certbind_bytes(root, CERTBIND_SHA256_LEN),
                                            certbind_bytes(count, sizeof count)};

    memset(out, 0, CERTBIND_REPORT_DATA_LEN);
    if (size == 0 || size > CERTBIND_MAX_BATCH)
        return false;
    put_u32be(count, (uint32_t)size);
    return certbind_preimage(CERTBIND_TAG_BATCH, fields, 2, out);
}

bool certbind_tagged_report_data(const char *tag, struct certbind_bytes content,
                                 uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    const struct certbind_bytes parts[] = {certbind_text(tag), certbind_text(":"), content};

    return certbind_sha512_parts(parts, 3, out);
}

bool certbind_ratls_report_data(struct certbind_bytes spki, uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    return certbind_tagged_report_data(CERTBIND_TAG_RATLS_CERT, spki, out);
}
