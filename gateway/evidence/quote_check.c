#include "gateway/evidence/quote_check.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/json.h"
#include "certbind/same_td.h"

static certbind_status check_quote(struct gateway_quote_reply *reply, const uint8_t *report_data,
                                   struct gateway_quote *out, struct certbind_error *err)
{
    struct certbind_quote parsed;
    certbind_status status =
        certbind_quote_parse(certbind_bytes(reply->quote, reply->quote_len), &parsed, err);

    if (status != CERTBIND_OK)
        return status;
    if (parsed.tee_type != CERTBIND_TEE_TDX)
        return certbind_fail(err, CERTBIND_E_WRONG_TEE_TYPE, "the agent's quote is not of a TD");
    if (memcmp(certbind_quote_report_data(&parsed), report_data, CERTBIND_REPORT_DATA_LEN) != 0)
        return certbind_fail(err, CERTBIND_E_REPORT_DATA_MISMATCH,
                             "the agent's quote is for other report data than was asked for");
    out->td = parsed.td;
    /* The canonical bytes are the beginning of what was received. */
    out->quote_len = parsed.canonical.len;
    out->quote = reply->quote;
    reply->quote = NULL;
    return CERTBIND_OK;
}

static certbind_status check_log(const char *text, const struct certbind_td_report *td,
                                 struct certbind_identity *identity, struct certbind_error *err)
{
    struct certbind_event_log log;
    certbind_status status = certbind_event_log_parse(certbind_text(text), &log, err);

    if (status == CERTBIND_OK)
        status = certbind_event_log_check(&log, td->rtmr[3], identity, err);
    certbind_event_log_cleanup(&log);
    return status;
}

/* Returns: the array without the boot events, as text; NULL when memory ran out. */
static char *runtime_events(const char *text)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = CERTBIND_EVENT_LOG_MAX_BYTES,
        .size = CERTBIND_E_EVENT_LOG_SYNTAX,
        .encoding = CERTBIND_E_EVENT_LOG_SYNTAX,
        .syntax = CERTBIND_E_EVENT_LOG_SYNTAX,
    };
    struct certbind_json json;
    char *out = NULL;
    int i = 0;

    if (certbind_json_parse(certbind_text(text), &rules, &json, NULL) != CERTBIND_OK)
        return NULL;
    while (i < cJSON_GetArraySize(json.root)) {
        const cJSON *imr = certbind_json_get(cJSON_GetArrayItem(json.root, i), "imr");
        int64_t number = 0;

        if (certbind_json_integer(imr, 0, 3, &number) && number == 3)
            i++;
        else
            cJSON_DeleteItemFromArray(json.root, i);
    }
    out = cJSON_PrintUnformatted(json.root);
    certbind_json_cleanup(&json);
    return out;
}

certbind_status gateway_quote_take(struct certbind_bytes body,
                                   const uint8_t report_data[CERTBIND_REPORT_DATA_LEN],
                                   struct gateway_quote *out, struct certbind_error *err)
{
    struct gateway_quote_reply reply;
    certbind_status status;

    *out = (struct gateway_quote){0};
    status = gateway_quote_reply_parse(body, &reply, err);
    if (status != CERTBIND_OK)
        return status;
    status = check_quote(&reply, report_data, out, err);
    if (status == CERTBIND_OK)
        status = check_log(reply.event_log, &out->td, &out->identity, err);
    if (status == CERTBIND_OK) {
        out->event_log = reply.event_log;
        out->vm_config = reply.vm_config;
        reply.event_log = reply.vm_config = NULL;
        out->runtime_log = runtime_events(out->event_log);
        if (out->runtime_log == NULL)
            status = certbind_fail(err, CERTBIND_E_MEMORY, "no memory for an event log");
    }
    gateway_quote_reply_cleanup(&reply);
    if (status != CERTBIND_OK)
        gateway_quote_cleanup(out);
    return status;
}

certbind_status gateway_quote_check_info(const struct gateway_quote *quote,
                                         const struct gateway_info *info,
                                         struct certbind_error *err)
{
    const struct certbind_identity *id = &quote->identity;
    uint8_t hash[CERTBIND_SHA256_LEN];

    if (info->has_app_id && memcmp(info->app_id, id->app_id, sizeof id->app_id) != 0)
        return certbind_fail(err, CERTBIND_E_STATEMENT_IDENTITY,
                             "Info names another app_id than the event log");
    if (info->says_instance_id &&
        (info->has_instance_id != id->has_instance_id ||
         memcmp(info->instance_id, id->instance_id, sizeof id->instance_id) != 0))
        return certbind_fail(err, CERTBIND_E_STATEMENT_IDENTITY,
                             "Info names another instance_id than the event log");
    if (info->has_compose_hash &&
        memcmp(info->compose_hash, id->compose_hash, sizeof id->compose_hash) != 0)
        return certbind_fail(err, CERTBIND_E_STATEMENT_IDENTITY,
                             "Info names another compose_hash than the event log");
    if (info->app_compose == NULL)
        return CERTBIND_OK;
    if (!certbind_compose_hash(certbind_text(info->app_compose), hash) ||
        memcmp(hash, id->compose_hash, sizeof hash) != 0)
        return certbind_fail(err, CERTBIND_E_COMPOSE_HASH,
                             "the compose file of Info is not the measured one");
    return CERTBIND_OK;
}

bool gateway_quote_same_td(const struct gateway_quote *a, const struct gateway_quote *b)
{
    return certbind_td_difference(&(struct certbind_td_state){&a->td, &a->identity},
                                  &(struct certbind_td_state){&b->td, &b->identity}) == NULL;
}

void gateway_quote_cleanup(struct gateway_quote *quote)
{
    free(quote->quote);
    free(quote->event_log);
    free(quote->runtime_log);
    free(quote->vm_config);
    *quote = (struct gateway_quote){0};
}
