#include "certbind/dcap/signed_json.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/civil_time.h"
#include "certbind/hex.h"

enum { MAX_ISV_LEVELS = 128 };

certbind_status certbind_signed_parse(struct certbind_bytes text, size_t max_bytes,
                                      certbind_status malformed, struct certbind_json *document,
                                      struct certbind_error *err)
{
    const struct certbind_json_rules rules = {
        .max_bytes = max_bytes,
        .size = malformed,
        .encoding = malformed,
        .syntax = malformed,
    };

    return certbind_json_parse(text, &rules, document, err);
}

certbind_status certbind_signed_members(const char *missing, certbind_status malformed,
                                        struct certbind_error *err)
{
    if (missing == NULL)
        return CERTBIND_OK;
    return certbind_fail(err, malformed, "%s missing or malformed", missing);
}

bool certbind_signed_hex(const cJSON *object, const char *name, uint8_t *out, size_t len)
{
    const char *text = certbind_json_string(object, name);

    return text != NULL && certbind_hex_decode_any_case(certbind_text(text), out, len);
}

bool certbind_signed_date(const cJSON *object, const char *name, uint64_t *out)
{
    const char *text = certbind_json_string(object, name);

    return text != NULL && certbind_rfc3339_parse(certbind_text(text), out);
}

bool certbind_signed_number(const cJSON *object, const char *name, uint32_t max, uint32_t *out)
{
    int64_t value;
    bool ok = certbind_json_integer(certbind_json_get(object, name), 0, max, &value);

    *out = ok ? (uint32_t)value : 0;
    return ok;
}

bool certbind_signed_dates(const cJSON *object, struct certbind_document_dates *out)
{
    return certbind_signed_date(object, "issueDate", &out->issued) &&
           certbind_signed_date(object, "nextUpdate", &out->next_update) &&
           certbind_signed_number(object, "tcbEvaluationDataNumber", UINT32_MAX,
                                  &out->evaluation_number);
}

static bool is_advisory_id(const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    return len > 0 && len < CERTBIND_ADVISORY_LEN &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool are_advisories(const cJSON *list)
{
    const cJSON *item;
    size_t count = 0;

    if (!cJSON_IsArray(list))
        return false;
    cJSON_ArrayForEach(item, list)
    {
        if (++count > CERTBIND_ADVISORIES_MAX || !is_advisory_id(cJSON_GetStringValue(item)))
            return false;
    }
    return true;
}

bool certbind_signed_level(const cJSON *level, enum certbind_tcb_status *status, uint64_t *tcb_date,
                           const cJSON **advisories)
{
    const char *name = certbind_json_string(level, "tcbStatus");

    *advisories = certbind_json_get(level, "advisoryIDs");
    *status = name != NULL ? certbind_tcb_status_parse(name) : CERTBIND_TCB_NONE;
    return *status != CERTBIND_TCB_NONE && !certbind_tcb_status_is_relaunch(*status) &&
           certbind_signed_date(level, "tcbDate", tcb_date) &&
           (*advisories == NULL || are_advisories(*advisories));
}

static bool read_isv_level(const cJSON *item, struct certbind_isv_level *out)
{
    uint32_t isv_svn;

    if (!certbind_signed_number(certbind_json_get(item, "tcb"), "isvsvn", UINT16_MAX, &isv_svn) ||
        !certbind_signed_level(item, &out->status, &out->tcb_date, &out->advisories))
        return false;
    out->isv_svn = (uint16_t)isv_svn;
    return out->status == CERTBIND_TCB_UP_TO_DATE || out->status == CERTBIND_TCB_OUT_OF_DATE ||
           out->status == CERTBIND_TCB_REVOKED;
}

static int compare_isv_levels(const void *a, const void *b)
{
    const struct certbind_isv_level *x = a;
    const struct certbind_isv_level *y = b;

    if (x->isv_svn != y->isv_svn)
        return (int)y->isv_svn - (int)x->isv_svn;
    return (int)y->status - (int)x->status; /* of two equal levels the worse one counts */
}

bool certbind_signed_isv_levels(const cJSON *object, struct certbind_isv_levels *out)
{
    const cJSON *list = certbind_json_get(object, "tcbLevels");
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    const cJSON *item;

    *out = (struct certbind_isv_levels){0};
    if (count < 1 || count > MAX_ISV_LEVELS)
        return false;
    out->level = calloc((size_t)count, sizeof *out->level);
    if (out->level == NULL)
        return false;
    cJSON_ArrayForEach(item, list)
    {
        if (!read_isv_level(item, &out->level[out->count])) {
            certbind_isv_levels_cleanup(out);
            return false;
        }
        out->count++;
    }
    qsort(out->level, out->count, sizeof *out->level, compare_isv_levels);
    return true;
}

void certbind_isv_levels_cleanup(struct certbind_isv_levels *levels)
{
    free(levels->level);
    *levels = (struct certbind_isv_levels){0};
}

const struct certbind_isv_level *certbind_isv_levels_find(const struct certbind_isv_levels *levels,
                                                          uint16_t isv_svn)
{
    for (size_t i = 0; i < levels->count; i++)
        if (levels->level[i].isv_svn <= isv_svn)
            return &levels->level[i];
    return NULL;
}

void certbind_tcb_part_fill(struct certbind_tcb_part *part, enum certbind_tcb_status status,
                            uint64_t tcb_date, const cJSON *advisories)
{
    const cJSON *item;

    part->status = status;
    part->tcb_date = tcb_date;
    part->advisories.count = 0;
    cJSON_ArrayForEach(item, advisories)
    {
        char *to = part->advisories.id[part->advisories.count++];

        memcpy(to, item->valuestring, strlen(item->valuestring) + 1);
    }
}
