#include "certbind/dcap/tcb_info.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"

enum { MAX_BYTES = 512 * 1024, MAX_LEVELS = 256, MAX_MODULES = 32, VERSION = 3 };

static bool read_components(const cJSON *tcb, const char *name, uint8_t out[CERTBIND_SVN_COUNT])
{
    const cJSON *list = certbind_json_get(tcb, name);
    const cJSON *item;
    size_t i = 0;

    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != CERTBIND_SVN_COUNT)
        return false;
    cJSON_ArrayForEach(item, list)
    {
        uint32_t svn;

        if (!certbind_signed_number(item, "svn", UINT8_MAX, &svn))
            return false;
        out[i++] = (uint8_t)svn;
    }
    return true;
}

static bool read_level(const cJSON *item, bool tdx, struct certbind_tcb_level *out)
{
    const cJSON *tcb = certbind_json_get(item, "tcb");
    uint32_t pce_svn;

    if (!read_components(tcb, "sgxtcbcomponents", out->sgx) ||
        !certbind_signed_number(tcb, "pcesvn", UINT16_MAX, &pce_svn) ||
        !certbind_signed_level(item, &out->status, &out->tcb_date, &out->advisories))
        return false;
    out->pce_svn = (uint16_t)pce_svn;
    return !tdx || read_components(tcb, "tdxtcbcomponents", out->tdx);
}

static int compare_levels(const void *a, const void *b)
{
    const struct certbind_tcb_level *x = a;
    const struct certbind_tcb_level *y = b;
    int order = memcmp(y->sgx, x->sgx, sizeof x->sgx);

    if (order == 0)
        order = (int)y->pce_svn - (int)x->pce_svn;
    if (order == 0)
        order = memcmp(y->tdx, x->tdx, sizeof x->tdx);
    return order != 0 ? order : (int)y->status - (int)x->status; /* of equals the worse counts */
}

static bool read_levels(const cJSON *root, struct certbind_tcb_info *out)
{
    const cJSON *list = certbind_json_get(root, "tcbLevels");
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    const cJSON *item;

    if (count < 1 || count > MAX_LEVELS)
        return false;
    out->level = calloc((size_t)count, sizeof *out->level);
    if (out->level == NULL)
        return false;
    cJSON_ArrayForEach(item, list)
    {
        if (!read_level(item, out->tee_type == CERTBIND_TEE_TDX, &out->level[out->level_count]))
            return false;
        out->level_count++;
    }
    qsort(out->level, out->level_count, sizeof *out->level, compare_levels);
    return true;
}

static bool read_module(const cJSON *item, struct certbind_tdx_module *out)
{
    return certbind_signed_hex(item, "mrsigner", out->mr_signer, sizeof out->mr_signer) &&
           certbind_signed_hex(item, "attributes", out->attributes, sizeof out->attributes) &&
           certbind_signed_hex(item, "attributesMask", out->attributes_mask,
                               sizeof out->attributes_mask);
}

/* "TDX_" and the version as two hex digits. */
static bool read_module_version(const cJSON *item, uint8_t *version)
{
    const char *id = certbind_json_string(item, "id");

    return id != NULL && strncmp(id, "TDX_", 4) == 0 &&
           certbind_hex_decode_any_case(certbind_text(id + 4), version, 1) && *version != 0;
}

static bool read_identities(const cJSON *list, struct certbind_tcb_info *out)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        struct certbind_tdx_module *module = &out->module[out->module_count];

        if (!read_module_version(item, &module->version) || !read_module(item, module) ||
            certbind_tcb_info_module(out, module->version) != NULL)
            return false;
        out->module_count++; /* from here the cleanup frees its levels */
        if (!certbind_signed_isv_levels(item, &module->levels))
            return false;
    }
    return true;
}

static bool read_modules(const cJSON *root, struct certbind_tcb_info *out)
{
    const cJSON *list = certbind_json_get(root, "tdxModuleIdentities");
    int count = list == NULL ? 0 : cJSON_GetArraySize(list);

    if ((list != NULL && !cJSON_IsArray(list)) || count > MAX_MODULES)
        return false;
    out->module = calloc((size_t)count + 1, sizeof *out->module);
    if (out->module == NULL || !read_module(certbind_json_get(root, "tdxModule"), out->module))
        return false;
    out->module_count = 1;
    return read_identities(list, out);
}

static certbind_status read_kind(const cJSON *root, struct certbind_tcb_info *out,
                                 struct certbind_error *err)
{
    const char *id = certbind_json_string(root, "id");
    uint32_t version;

    if (id == NULL || (strcmp(id, "TDX") != 0 && strcmp(id, "SGX") != 0))
        return certbind_fail(err, CERTBIND_E_TCB_INFO_ID_INVALID, "id is neither SGX nor TDX");
    out->tee_type = strcmp(id, "TDX") == 0 ? CERTBIND_TEE_TDX : CERTBIND_TEE_SGX;
    if (!certbind_signed_number(root, "version", UINT16_MAX, &version) || version != VERSION)
        return certbind_fail(err, CERTBIND_E_TCB_INFO_VERSION_INVALID, "version is not %d",
                             VERSION);
    return CERTBIND_OK;
}

static const char *read_members(const cJSON *root, struct certbind_tcb_info *out)
{
    uint32_t tcb_type;

    if (!certbind_signed_dates(root, &out->dates))
        return "issueDate, nextUpdate or tcbEvaluationDataNumber";
    if (!certbind_signed_hex(root, "fmspc", out->fmspc, sizeof out->fmspc) ||
        !certbind_signed_hex(root, "pceId", out->pceid, sizeof out->pceid))
        return "fmspc or pceId";
    if (!certbind_signed_number(root, "tcbType", 0, &tcb_type))
        return "tcbType";
    if (out->tee_type == CERTBIND_TEE_TDX && !read_modules(root, out))
        return "tdxModule or tdxModuleIdentities";
    return read_levels(root, out) ? NULL : "tcbLevels";
}

certbind_status certbind_tcb_info_parse(struct certbind_bytes text, struct certbind_tcb_info *out,
                                        struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_tcb_info){0};
    status =
        certbind_signed_parse(text, MAX_BYTES, CERTBIND_E_TCB_INFO_MALFORMED, &out->document, err);
    if (status == CERTBIND_OK)
        status = read_kind(out->document.root, out, err);
    if (status == CERTBIND_OK)
        status = certbind_signed_members(read_members(out->document.root, out),
                                         CERTBIND_E_TCB_INFO_MALFORMED, err);
    return status;
}

void certbind_tcb_info_cleanup(struct certbind_tcb_info *info)
{
    for (size_t i = 0; i < info->module_count; i++)
        certbind_isv_levels_cleanup(&info->module[i].levels);
    free(info->module);
    free(info->level);
    certbind_json_cleanup(&info->document);
    *info = (struct certbind_tcb_info){0};
}

const struct certbind_tdx_module *certbind_tcb_info_module(const struct certbind_tcb_info *info,
                                                           uint8_t version)
{
    for (size_t i = 0; i < info->module_count; i++)
        if (info->module[i].version == version)
            return &info->module[i];
    return NULL;
}

static bool reaches(const uint8_t *have, const uint8_t *need, size_t from)
{
    for (size_t i = from; i < CERTBIND_SVN_COUNT; i++)
        if (have[i] < need[i])
            return false;
    return true;
}

const struct certbind_tcb_level *
certbind_tcb_info_find_level(const struct certbind_tcb_info *info,
                             const struct certbind_pck_extension *pck, const uint8_t *tee_tcb_svn)
{
    for (size_t i = 0; i < info->level_count; i++) {
        const struct certbind_tcb_level *level = &info->level[i];

        if (pck->pce_svn < level->pce_svn || !reaches(pck->component_svn, level->sgx, 0))
            continue;
        if (tee_tcb_svn == NULL || reaches(tee_tcb_svn, level->tdx, tee_tcb_svn[1] > 0 ? 2 : 0))
            return level;
    }
    return NULL;
}
