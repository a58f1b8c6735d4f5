#include "certbind/policy.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/hex.h"

enum { DEFAULT_COLLATERAL_AGE_DAYS = 7, DAY_S = 86400 };

const char *certbind_link_name(enum certbind_link link)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        CERTBIND_LINK_LIST(X)
#undef X
    };

    return names[link];
}

bool certbind_policy_demands(const struct certbind_policy *policy, enum certbind_link link)
{
    switch (link) {
    case CERTBIND_LINK_OS:
        return policy->os_count > 0;
    case CERTBIND_LINK_APP:
        return policy->has_app_id;
    case CERTBIND_LINK_KMS:
        return policy->has_ca_spki_sha256;
    case CERTBIND_LINK_COMPOSE:
        return policy->compose_hashes.count > 0 || policy->compose_file_count > 0;
    case CERTBIND_LINK_CONFIG:
        return policy->configs.count > 0 || policy->config_from_compose;
    case CERTBIND_LINK_SESSION:
        return policy->session != CERTBIND_SESSION_NONE;
    case CERTBIND_LINK_COUNT:
        break;
    }
    return false;
}

const char *certbind_register_name(enum certbind_register reg)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        CERTBIND_REGISTER_LIST(X)
#undef X
    };

    return names[reg];
}

struct certbind_bytes certbind_register_get(const struct certbind_td_report *td,
                                            enum certbind_register reg)
{
    const uint8_t *const values[] = {td->mrtd,     td->rtmr[0],         td->rtmr[1],
                                     td->rtmr[2],  td->rtmr[3],         td->mr_config_id,
                                     td->mr_owner, td->mr_owner_config, td->report_data};

    return certbind_bytes(values[reg], reg == CERTBIND_REGISTER_REPORT_DATA
                                           ? CERTBIND_REPORT_DATA_LEN
                                           : CERTBIND_MR_LEN);
}

/* The shape is checked before: a member that is there has its type and form. */
static bool read_bool(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(certbind_json_get(object, name)) != 0;
}

static int64_t read_integer(const cJSON *object, const char *name, int64_t fallback)
{
    const cJSON *item = certbind_json_get(object, name);
    int64_t value = fallback;

    if (item != NULL)
        (void)certbind_json_integer(item, 0, INT64_MAX, &value);
    return value;
}

static size_t count_items(const cJSON *array)
{
    return cJSON_IsArray(array) ? (size_t)cJSON_GetArraySize(array) : 0;
}

/* Room for extra elements more than the array has; zeroed. */
static bool read_hex_list(const cJSON *array, size_t len, size_t extra, void *out_list,
                          size_t *count)
{
    uint8_t *list = calloc(count_items(array) + extra + 1, len);
    const cJSON *item;

    memcpy(out_list, &list, sizeof list);
    *count = 0;
    if (list == NULL)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (!certbind_hex_decode(certbind_text(item->valuestring), list + *count * len, len))
            return false;
        *count += 1;
    }
    return true;
}

static bool read_text_list(const cJSON *array, const char ***out, size_t *count)
{
    const cJSON *item;

    *out = calloc(count_items(array) + 1, sizeof **out);
    *count = 0;
    if (*out == NULL)
        return false;
    cJSON_ArrayForEach(item, array)(*out)[(*count)++] = item->valuestring;
    return true;
}

static bool read_le64(const cJSON *object, const char *name, uint64_t *out)
{
    uint8_t bytes[8];

    *out = 0;
    if (!certbind_json_hex(object, name, bytes, sizeof bytes))
        return false;
    for (int i = 7; i >= 0; i--)
        *out = *out << 8 | bytes[i];
    return true;
}

static bool read_tcb(const cJSON *tcb, struct certbind_dcap_policy *out)
{
    const cJSON *accept = certbind_json_get(tcb, "accept");
    const char **advisories = NULL;
    const cJSON *item;
    const bool ok = read_text_list(certbind_json_get(tcb, "deny_advisories"), &advisories,
                                   &out->deny_advisories_count);

    out->deny_advisories = advisories;
    if (accept != NULL)
        out->accept = 0;
    cJSON_ArrayForEach(item, accept) out->accept |=
        CERTBIND_TCB_BIT(certbind_tcb_status_parse(item->valuestring));
    out->min_evaluation_number = (uint32_t)read_integer(tcb, "min_evaluation_number", 0);
    out->max_collateral_age_s =
        (uint64_t)read_integer(tcb, "max_collateral_age_days", DEFAULT_COLLATERAL_AGE_DAYS) * DAY_S;
    return ok;
}

static bool read_td(const cJSON *td, struct certbind_td_policy *out)
{
    uint8_t(*modules)[CERTBIND_MR_LEN] = NULL;
    const bool ok = read_hex_list(certbind_json_get(td, "mr_seam"), CERTBIND_MR_LEN, 0, &modules,
                                  &out->mr_seam_count);

    out->mr_seam = (const uint8_t(*)[CERTBIND_MR_LEN])modules;
    out->allow_debug = read_bool(td, "allow_debug");
    out->allow_perfmon = read_bool(td, "allow_perfmon");
    out->allow_migratable = read_bool(td, "allow_migratable");
    out->check_attributes = read_le64(td, "attributes", &out->attributes);
    out->check_xfam = read_le64(td, "xfam", &out->xfam);
    (void)certbind_json_hex(td, "min_tee_tcb_svn", out->min_tee_tcb_svn,
                            sizeof out->min_tee_tcb_svn);
    return ok;
}

static bool read_os(const cJSON *array, struct certbind_policy *out)
{
    const cJSON *item;

    out->os = calloc(count_items(array) + 1, sizeof *out->os);
    if (out->os == NULL)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        struct certbind_os_reference *os = &out->os[out->os_count++];

        os->name = certbind_json_string(item, "name");
        for (int i = 0; i < CERTBIND_REGISTER_COUNT; i++) {
            const size_t len =
                i == CERTBIND_REGISTER_REPORT_DATA ? CERTBIND_REPORT_DATA_LEN : CERTBIND_MR_LEN;

            os->has[i] = certbind_json_hex(item, certbind_register_name((enum certbind_register)i),
                                           os->value[i], len);
        }
    }
    return true;
}

static bool read_app(const cJSON *app, struct certbind_policy *out)
{
    out->has_app_id = certbind_json_hex(app, "app_id", out->app_id, sizeof out->app_id);
    return read_text_list(certbind_json_get(app, "compose_files"), &out->compose_files,
                          &out->compose_file_count) &&
           read_hex_list(certbind_json_get(app, "compose_hashes"), CERTBIND_SHA256_LEN,
                         out->compose_file_count, &out->compose_hashes.list,
                         &out->compose_hashes.count) &&
           read_hex_list(certbind_json_get(app, "instance_ids"), CERTBIND_INSTANCE_ID_LEN, 0,
                         &out->instance_ids, &out->instance_id_count);
}

static void read_kms(const cJSON *kms, struct certbind_policy *out,
                     struct certbind_problems *problems)
{
    const char *text = certbind_json_string(kms, "k256");
    uint8_t bytes[CERTBIND_SECP256K1_KEY_LEN];

    out->has_ca_spki_sha256 =
        certbind_json_hex(kms, "ca_spki_sha256", out->ca_spki_sha256, sizeof out->ca_spki_sha256);
    if (text == NULL)
        return;
    out->has_k256 = certbind_hex_decode(certbind_text(text), bytes, strlen(text) / 2) &&
                    certbind_kms_root_set(&out->k256, certbind_bytes(bytes, strlen(text) / 2));
    if (!out->has_k256)
        certbind_problem_add(problems, &out->document, certbind_json_get(kms, "k256"), "kms.k256",
                             "must be a compressed key of 33 bytes or an address of 20");
}

static void read_modes(const cJSON *root, struct certbind_policy *out,
                       struct certbind_problems *problems)
{
    const char *name = certbind_json_string(root, "name");
    const char *session = certbind_json_string(root, "session");
    const cJSON *item;

    if (name != NULL && strcmp(name, "webpki") == 0)
        out->name = CERTBIND_NAME_WEBPKI;
    if (name != NULL && strcmp(name, "attestation-only") == 0)
        out->name = CERTBIND_NAME_ATTESTATION_ONLY;
    if (session != NULL && strcmp(session, "none") == 0)
        out->session = CERTBIND_SESSION_NONE;
    if (session != NULL && strcmp(session, "quote") == 0)
        out->session = CERTBIND_SESSION_QUOTE;
    out->max_evidence_age_s = (uint64_t)read_integer(root, "max_evidence_age_s", 0);
    if (out->max_evidence_age_s != 0 && out->session == CERTBIND_SESSION_NONE)
        certbind_problem_add(problems, &out->document,
                             certbind_json_get(root, "max_evidence_age_s"), "max_evidence_age_s",
                             "needs a session proof: session is \"none\"");
    out->root_file = certbind_json_string(root, "root_file");
    cJSON_ArrayForEach(item, certbind_json_get(root, "accept_unchecked"))
    {
        for (int i = 0; i < CERTBIND_LINK_COUNT; i++)
            if (strcmp(item->valuestring, certbind_link_name((enum certbind_link)i)) == 0)
                out->waived[i] = true;
    }
}

static bool read_config(const cJSON *root, struct certbind_policy *out)
{
    const cJSON *config = certbind_json_get(root, "config");
    const cJSON *images = certbind_json_get(certbind_json_get(root, "gateway"), "images");

    out->config_from_compose = cJSON_IsString(config);
    return read_text_list(images, &out->gateway_images, &out->gateway_image_count) &&
           (out->config_from_compose ||
            read_hex_list(config, CERTBIND_SHA256_LEN, 0, &out->configs.list, &out->configs.count));
}

static bool read_policy(const cJSON *root, struct certbind_policy *out,
                        struct certbind_problems *problems)
{
    read_kms(certbind_json_get(root, "kms"), out, problems);
    read_modes(root, out, problems);
    return read_tcb(certbind_json_get(root, "tcb"), &out->dcap) &&
           read_td(certbind_json_get(root, "td"), &out->dcap.td) &&
           read_os(certbind_json_get(root, "os"), out) &&
           read_app(certbind_json_get(root, "app"), out) && read_config(root, out) &&
           read_hex_list(certbind_json_get(root, "platforms"), CERTBIND_SHA256_LEN, 0,
                         &out->platforms.list, &out->platforms.count);
}

/* One demand is known by name only: `chain`, with members of a later version. It is taken out of
 * the way of the table. */
static certbind_status check_unsupported_forms(struct certbind_bytes text,
                                               struct certbind_policy *policy,
                                               struct certbind_problems *problems, bool *read)
{
    static const struct certbind_shape any[] = {
        {"", CERTBIND_SHAPE_OBJECT, NULL, false, 0, 0, NULL, NULL}, {0}};
    struct certbind_problems ignored = {.count = 0};
    certbind_status status = certbind_shape_parse(text, any, &policy->document, &ignored);
    const cJSON *root = policy->document.json.root;
    const cJSON *chain = certbind_json_get(root, "chain");

    if (status == CERTBIND_E_MEMORY)
        return status;
    *read = root != NULL;
    status = CERTBIND_OK;
    if (chain != NULL) {
        certbind_problem_add(problems, &policy->document, chain, "chain", "not supported yet");
        status = CERTBIND_E_POLICY_UNSUPPORTED;
    }
    certbind_shape_cleanup(&policy->document);
    return status;
}

certbind_status certbind_policy_parse(struct certbind_bytes text, struct certbind_policy *policy,
                                      struct certbind_problems *problems)
{
    const size_t before = problems->count;
    certbind_status status;
    bool read = false;

    *policy = (struct certbind_policy){0};
    certbind_dcap_policy_default(&policy->dcap);
    status = check_unsupported_forms(text, policy, problems, &read);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_shape_parse(text, certbind_policy_table, &policy->document, problems);
    if (status == CERTBIND_E_MEMORY)
        return status;
    if (status != CERTBIND_OK)
        return CERTBIND_E_POLICY_SYNTAX;
    if (!read) /* what reads well now was not read before: memory had run out */
        return CERTBIND_E_MEMORY;
    if (!read_policy(policy->document.json.root, policy, problems))
        return CERTBIND_E_MEMORY;
    if (problems->count != before)
        return CERTBIND_E_POLICY_SYNTAX;
    if (!certbind_sha256(certbind_bytes(policy->document.text, policy->document.text_len),
                         policy->sha256))
        return CERTBIND_E_MEMORY;
    return CERTBIND_OK;
}

void certbind_policy_cleanup(struct certbind_policy *policy)
{
    free((void *)policy->dcap.deny_advisories);
    free((void *)policy->dcap.td.mr_seam);
    free(policy->os);
    free(policy->compose_hashes.list);
    free((void *)policy->compose_files);
    for (size_t i = 0; policy->compose_texts != NULL && i < policy->compose_files_added; i++)
        free(policy->compose_texts[i].data);
    free(policy->compose_texts);
    free((void *)policy->gateway_images);
    free(policy->instance_ids);
    free(policy->configs.list);
    free(policy->platforms.list);
    certbind_shape_cleanup(&policy->document);
    *policy = (struct certbind_policy){0};
}
