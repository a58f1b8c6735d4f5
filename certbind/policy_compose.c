#include <stdlib.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/policy.h"

static bool keep(struct certbind_policy *policy, struct certbind_bytes app_compose,
                 const uint8_t hash[CERTBIND_SHA256_LEN])
{
    struct certbind_compose_text *text;

    if (policy->compose_texts == NULL)
        policy->compose_texts = calloc(policy->compose_file_count, sizeof *policy->compose_texts);
    if (policy->compose_texts == NULL)
        return false;
    text = &policy->compose_texts[policy->compose_files_added];
    text->data = malloc(app_compose.len + 1);
    if (text->data == NULL)
        return false;
    if (app_compose.len > 0)
        memcpy(text->data, app_compose.data, app_compose.len);
    text->len = app_compose.len;
    memcpy(text->sha256, hash, sizeof text->sha256);
    return true;
}

certbind_status certbind_policy_add_compose_file(struct certbind_policy *policy,
                                                 struct certbind_bytes app_compose,
                                                 struct certbind_error *err)
{
    struct certbind_hashes *hashes = &policy->compose_hashes;
    uint8_t hash[CERTBIND_SHA256_LEN];
    uint8_t name[CERTBIND_SHA256_LEN];
    const struct certbind_bytes parts[] = {certbind_bytes(policy->sha256, CERTBIND_SHA256_LEN),
                                           certbind_bytes(hash, CERTBIND_SHA256_LEN)};

    if (policy->compose_files_added == policy->compose_file_count)
        return certbind_fail(err, CERTBIND_E_USAGE, "the policy names %zu compose files",
                             policy->compose_file_count);
    if (!certbind_compose_hash(app_compose, hash) || !certbind_sha256_parts(parts, 2, name))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (!keep(policy, app_compose, hash))
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    memcpy(policy->sha256, name, sizeof policy->sha256);
    memcpy(hashes->list[hashes->count++], hash, sizeof hash);
    policy->compose_files_added++;
    return CERTBIND_OK;
}

struct certbind_bytes certbind_policy_compose_text(const struct certbind_policy *policy,
                                                   const uint8_t sha256[CERTBIND_SHA256_LEN])
{
    for (size_t i = 0; i < policy->compose_files_added; i++) {
        const struct certbind_compose_text *text = &policy->compose_texts[i];

        if (memcmp(text->sha256, sha256, CERTBIND_SHA256_LEN) == 0)
            return certbind_bytes(text->data, text->len);
    }
    return certbind_bytes(NULL, 0);
}
