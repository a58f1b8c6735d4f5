#include "certbind/dcap/tcb_outlook.h"

#include <stdio.h>
#include <string.h>

#include "certbind/dcap/collateral_parts.h"

/* The two lists that a level compares, and where the TDX one begins for this TD. */
struct platform {
    const struct certbind_pck_extension *pck;
    const uint8_t *tee_tcb_svn; /* NULL for SGX */
    size_t tdx_from;
};

struct need {
    const char *name;
    unsigned have, need;
    const char *raised_by;
};

static void add(struct certbind_tcb_outlook *out, const struct need *need,
                enum certbind_tcb_status level, uint64_t date)
{
    struct certbind_shortfall *s;

    if (need->have >= need->need || out->count == CERTBIND_SHORTFALLS_MAX)
        return;
    s = &out->shortfall[out->count++];
    *s = (struct certbind_shortfall){
        .have = need->have, .need = need->need, .level = level, .level_date = date};
    (void)snprintf(s->name, sizeof s->name, "%s", need->name);
    (void)snprintf(s->raised_by, sizeof s->raised_by, "%s", need->raised_by);
}

static size_t count_short(const struct certbind_tcb_level *level, const struct platform *p)
{
    size_t count = p->pck->pce_svn < level->pce_svn;

    for (size_t i = 0; i < CERTBIND_SVN_COUNT; i++)
        count += p->pck->component_svn[i] < level->sgx[i];
    for (size_t i = p->tdx_from; p->tee_tcb_svn != NULL && i < CERTBIND_SVN_COUNT; i++)
        count += p->tee_tcb_svn[i] < level->tdx[i];
    return count;
}

/* The level with the best status that the fewest components are short of; of equals the lower. */
static const struct certbind_tcb_level *nearest_best(const struct certbind_tcb_info *info,
                                                     const struct platform *p)
{
    const struct certbind_tcb_level *best = &info->level[0];

    for (size_t i = 1; i < info->level_count; i++) {
        const struct certbind_tcb_level *level = &info->level[i];

        if (level->status < best->status ||
            (level->status == best->status && count_short(level, p) <= count_short(best, p)))
            best = level;
    }
    return best;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

/* What Intel's document says of a component: "category: type", or the fallback. */
static void describe(const struct certbind_tcb_info *info, const char *list, size_t index,
                     const char *fallback, char out[CERTBIND_SHORTFALL_TEXT])
{
    const cJSON *level;
    int at = (int)index;

    (void)snprintf(out, CERTBIND_SHORTFALL_TEXT, "%s", fallback);
    cJSON_ArrayForEach(level, certbind_json_get(info->document.root, "tcbLevels"))
    {
        const cJSON *components = certbind_json_get(certbind_json_get(level, "tcb"), list);
        const cJSON *component = cJSON_GetArrayItem(components, at);
        const char *category = certbind_json_string(component, "category");
        const char *type = certbind_json_string(component, "type");

        if (category == NULL || !is_printable(category) || (type != NULL && !is_printable(type)))
            continue;
        (void)snprintf(out, CERTBIND_SHORTFALL_TEXT, "%s%s%s", category, type == NULL ? "" : ": ",
                       type == NULL ? "" : type);
        return;
    }
}

static void add_components(struct certbind_tcb_outlook *out, const struct certbind_tcb_info *info,
                           const struct platform *p, const struct certbind_tcb_level *level)
{
    for (size_t i = 0; i < 2 * (size_t)CERTBIND_SVN_COUNT; i++) {
        bool tdx = i >= CERTBIND_SVN_COUNT;
        size_t at = i % CERTBIND_SVN_COUNT;
        char name[CERTBIND_SHORTFALL_TEXT];
        char raised_by[CERTBIND_SHORTFALL_TEXT];
        struct need need = {name, 0, 0, raised_by};

        if (tdx && (p->tee_tcb_svn == NULL || at < p->tdx_from))
            continue;
        need.have = tdx ? p->tee_tcb_svn[at] : p->pck->component_svn[at];
        need.need = tdx ? level->tdx[at] : level->sgx[at];
        (void)snprintf(name, sizeof name, "%s component %zu", tdx ? "tdx" : "sgx", at + 1);
        describe(info, tdx ? "tdxtcbcomponents" : "sgxtcbcomponents", at,
                 tdx ? "TDX module or its loader" : "BIOS or microcode", raised_by);
        add(out, &need, level->status, level->tcb_date);
    }
}

static void add_isv(struct certbind_tcb_outlook *out, const struct certbind_isv_levels *levels,
                    struct need *need)
{
    const struct certbind_isv_level *best;

    if (levels->count == 0)
        return;
    best = &levels->level[0];
    for (size_t i = 1; i < levels->count; i++)
        if (levels->level[i].status <= best->status)
            best = &levels->level[i];
    need->need = best->isv_svn;
    add(out, need, best->status, best->tcb_date);
}

static void list_shortfalls(struct certbind_tcb_outlook *out, const struct certbind_collateral *c,
                            const struct certbind_quote *quote)
{
    const struct certbind_dcap_report *report = &out->report;
    bool tdx = quote->tee_type == CERTBIND_TEE_TDX;
    const uint8_t *svn = tdx ? quote->td.tee_tcb_svn : NULL;
    const struct platform p = {&report->pck, svn, tdx && svn[1] > 0 ? 2 : 0};
    const struct certbind_tcb_level *level = nearest_best(&c->tcb_info, &p);
    const struct certbind_tdx_module *module =
        tdx ? certbind_tcb_info_module(&c->tcb_info, svn[1]) : NULL;
    struct need pce = {"pcesvn", report->pck.pce_svn, level->pce_svn,
                       "PCE: SGX software of the host"};
    struct need qe = {"qe isvsvn", quote->qe_report.isv_svn, 0, "quoting enclave"};
    struct need isv = {"tdx module isvsvn", 0, 0,
                       certbind_tcb_status_is_relaunch(report->status)
                           ? "restart of the TD: its host was updated"
                           : "TDX module"};

    add_components(out, &c->tcb_info, &p, level);
    add(out, &pce, level->status, level->tcb_date);
    if (module != NULL) {
        isv.have = svn[0];
        add_isv(out, &module->levels, &isv);
    }
    add_isv(out, &c->qe_identity.levels, &qe);
}

certbind_status certbind_tcb_outlook_make(struct certbind_bytes quote,
                                          const struct certbind_collateral *collateral,
                                          uint64_t now, struct certbind_tcb_outlook *out,
                                          struct certbind_error *err)
{
    static const struct certbind_dcap_policy any = {
        .allow_sgx = true,
        .accept = UINT32_MAX,
        .td = {.allow_debug = true, .allow_perfmon = true, .allow_migratable = true},
    };
    struct certbind_quote parsed;
    certbind_status status;

    *out = (struct certbind_tcb_outlook){0};
    status = certbind_quote_parse(quote, &parsed, err);
    if (status != CERTBIND_OK) {
        out->report.code = status;
        return status;
    }
    status = certbind_dcap_verify(quote, collateral, now, &any, &out->report, err);
    if (out->report.quote != CERTBIND_PASSED || out->report.collateral != CERTBIND_PASSED)
        return status;
    list_shortfalls(out, collateral, &parsed);
    out->authentic = true;
    out->current =
        out->report.tcb == CERTBIND_PASSED && out->report.status == CERTBIND_TCB_UP_TO_DATE;
    return CERTBIND_OK;
}
