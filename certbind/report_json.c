#include "certbind/report.h"

#include <stdlib.h>

#include "certbind/compose_hash.h"
#include "certbind/json_write.h"

/* A step that the run did not reach was skipped, with the code not-checked. */
static const char *result_name(enum certbind_result result)
{
    static const char *const names[] = {"skipped", "pass", "fail", "skipped"};

    return names[result];
}

static const char *scope_name(enum certbind_scope scope)
{
    static const char *const names[] = {"none",    "platform",   "certificate",
                                        "binding", "connection", "archive"};

    return names[scope];
}

static bool add_steps(cJSON *root, const struct certbind_report *report)
{
    cJSON *array = certbind_json_add_array(root, "steps");
    bool ok = array != NULL;

    for (int i = CERTBIND_STEP_NONE + 1; ok && i < CERTBIND_STEP_COUNT; i++) {
        const struct certbind_report_step *step = &report->steps[i];
        cJSON *item = certbind_json_add_object(array, NULL);

        ok = certbind_json_add_text(item, "step", certbind_step_name((enum certbind_step)i)) &&
             certbind_json_add_text(item, "result", result_name(step->result)) &&
             certbind_json_add_text(item, "code", certbind_status_name(step->code)) &&
             certbind_json_add_text(item, "detail", step->detail);
    }
    return ok;
}

static bool add_tcb(cJSON *root, const struct certbind_dcap_report *dcap)
{
    cJSON *tcb = certbind_json_add_object(root, "tcb");
    bool ok = certbind_json_add_text(tcb, "status", certbind_tcb_status_name(dcap->status));
    cJSON *advisories = certbind_json_add_array(tcb, "advisories");

    ok = ok && advisories != NULL;
    for (size_t i = 0; ok && i < dcap->advisory_count; i++)
        ok = certbind_json_add_text(advisories, NULL, dcap->advisory[i]);
    return ok &&
           certbind_json_add_text(tcb, "platform",
                                  certbind_tcb_status_name(dcap->platform.status)) &&
           certbind_json_add_text(tcb, "module", certbind_tcb_status_name(dcap->module.status)) &&
           certbind_json_add_text(tcb, "qe", certbind_tcb_status_name(dcap->qe.status)) &&
           certbind_json_add_integer(tcb, "evaluation_number", dcap->facts.tcb_evaluation_number) &&
           certbind_json_add_hex(tcb, "fmspc", dcap->facts.fmspc, sizeof dcap->facts.fmspc);
}

static bool add_le64(cJSON *object, const char *name, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    return certbind_json_add_hex(object, name, bytes, sizeof bytes);
}

static bool add_measurements(cJSON *root, const struct certbind_report *report)
{
    const struct certbind_td_report *td = &report->dcap.td;
    cJSON *object = certbind_json_add_object(root, "measurements");
    bool ok = object != NULL;

    if (!report->has_quote || report->dcap.body_type == CERTBIND_BODY_SGX)
        return ok;
    for (int i = 0; ok && i < CERTBIND_REGISTER_COUNT; i++) {
        const struct certbind_bytes value = certbind_register_get(td, (enum certbind_register)i);

        ok = certbind_json_add_hex(object, certbind_register_name((enum certbind_register)i),
                                   value.data, value.len);
    }
    return ok && add_le64(object, "td_attributes", td->td_attributes) &&
           add_le64(object, "xfam", td->xfam) &&
           certbind_json_add_hex(object, "mr_seam", td->mr_seam, sizeof td->mr_seam) &&
           certbind_json_add_hex(object, "tee_tcb_svn", td->tee_tcb_svn, sizeof td->tee_tcb_svn) &&
           (report->dcap.body_type != CERTBIND_BODY_TD_1_5 ||
            (certbind_json_add_hex(object, "tee_tcb_svn_2", td->tee_tcb_svn_2,
                                   sizeof td->tee_tcb_svn_2) &&
             certbind_json_add_hex(object, "mr_service_td", td->mr_service_td,
                                   sizeof td->mr_service_td)));
}

static bool add_guest(cJSON *object, const struct certbind_identity *id)
{
    return certbind_json_add_hex(object, "app_id", id->app_id, sizeof id->app_id) &&
           certbind_json_add_hex(object, "compose_hash", id->compose_hash,
                                 sizeof id->compose_hash) &&
           certbind_json_add_hex(object, "instance_id", id->instance_id,
                                 id->has_instance_id ? sizeof id->instance_id : 0) &&
           certbind_json_add_text(object, "key_provider", id->key_provider) &&
           certbind_json_add_hex(object, "kms_ca_spki_sha256", id->key_provider_id_sha256,
                                 sizeof id->key_provider_id_sha256) &&
           certbind_json_add_hex(object, "os_image_hash", id->os_image_hash,
                                 id->has_os_image_hash ? sizeof id->os_image_hash : 0) &&
           certbind_json_add_integer(object, "later_events", (int64_t)id->later_events);
}

static bool add_identity(cJSON *root, const struct certbind_report *report)
{
    cJSON *object = certbind_json_add_object(root, "identity");
    uint8_t device_id[CERTBIND_SHA256_LEN];
    bool ok = object != NULL && certbind_json_add_text(object, "target", report->target) &&
              certbind_json_add_text(object, "os", report->os_name);

    if (ok && report->has_identity)
        ok = add_guest(object, &report->identity);
    if (ok && report->has_statement)
        ok = certbind_json_add_hex(object, "statement_sha256", report->statement_sha256,
                                   sizeof report->statement_sha256) &&
             certbind_json_add_hex(object, "config_sha256", report->config_sha256,
                                   sizeof report->config_sha256) &&
             certbind_json_add_text(object, "software", report->software);
    if (ok && report->has_quote && report->dcap.quote == CERTBIND_PASSED)
        ok = certbind_device_id(report->dcap.pck.ppid, device_id) &&
             certbind_json_add_hex(object, "device_id", device_id, sizeof device_id);
    return ok;
}

static bool add_unchecked(cJSON *root, const struct certbind_report *report)
{
    cJSON *links = certbind_json_add_array(root, "unchecked");
    cJSON *notes = certbind_json_add_array(root, "notes");
    bool ok = links != NULL && notes != NULL;

    for (int i = 0; ok && i < CERTBIND_LINK_COUNT; i++)
        if (report->unchecked[i])
            ok = certbind_json_add_text(links, NULL, certbind_link_name((enum certbind_link)i));
    for (size_t i = 0; ok && i < report->note_count; i++)
        ok = certbind_json_add_text(notes, NULL, report->notes[i]);
    return ok;
}

char *certbind_report_to_json(const struct certbind_report *report)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;

    if (certbind_json_add_text(root, "verdict", report->accepted ? "accepted" : "refused") &&
        certbind_json_add_bool(root, "complete", report->complete) &&
        certbind_json_add_text(root, "scope", scope_name(report->scope)) &&
        certbind_json_add_text(root, "code", certbind_status_name(report->code)) &&
        certbind_json_add_text(root, "detail", report->detail) && add_steps(root, report) &&
        add_tcb(root, &report->dcap) && add_measurements(root, report) &&
        add_identity(root, report) && add_unchecked(root, report) &&
        certbind_json_add_integer(root, "expires_at", (int64_t)report->expires_at) &&
        certbind_json_add_bool(root, "simulated", report->simulated))
        text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}
