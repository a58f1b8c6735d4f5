#include <stdio.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/mr_config_id.h"
#include "certbind/verify_run.h"

/* One link of the chain: whether the policy has a demand, and whether it is met. */
struct link {
    enum certbind_link link;
    certbind_status (*check)(struct verify_run *run);
};

static bool in_hashes(const struct certbind_hashes *hashes, const uint8_t hash[CERTBIND_SHA256_LEN])
{
    for (size_t i = 0; i < hashes->count; i++)
        if (memcmp(hashes->list[i], hash, CERTBIND_SHA256_LEN) == 0)
            return true;
    return false;
}

/* An operating system is pinned by all four registers; fewer would let another one boot. */
static bool names_boot_registers(const struct certbind_os_reference *os)
{
    return os->has[CERTBIND_REGISTER_MRTD] && os->has[CERTBIND_REGISTER_RTMR0] &&
           os->has[CERTBIND_REGISTER_RTMR1] && os->has[CERTBIND_REGISTER_RTMR2];
}

static bool any_names_boot_registers(const struct certbind_policy *policy)
{
    for (size_t i = 0; i < policy->os_count; i++)
        if (names_boot_registers(&policy->os[i]))
            return true;
    return false;
}

static bool os_matches(const struct certbind_os_reference *os, const struct certbind_td_report *td)
{
    for (int i = 0; i < CERTBIND_REGISTER_COUNT; i++) {
        const struct certbind_bytes value = certbind_register_get(td, (enum certbind_register)i);

        if (os->has[i] && memcmp(os->value[i], value.data, value.len) != 0)
            return false;
    }
    return true;
}

static certbind_status check_os(struct verify_run *run)
{
    const struct certbind_policy *policy = run->in->policy;

    if (!any_names_boot_registers(policy))
        return certbind_fail(run->err, CERTBIND_E_POLICY_INCOMPLETE,
                             "no entry of 'os' names all of mrtd, rtmr0, rtmr1 and rtmr2");
    for (size_t i = 0; i < policy->os_count; i++) {
        const struct certbind_os_reference *os = &policy->os[i];

        if (!names_boot_registers(os) || !os_matches(os, &run->report->dcap.td))
            continue;
        (void)snprintf(run->report->os_name, sizeof run->report->os_name, "%s",
                       os->name == NULL ? "" : os->name);
        return CERTBIND_OK;
    }
    return certbind_fail(run->err, CERTBIND_E_OS_NOT_LISTED,
                         "MRTD and RTMR0-2 are those of none of %zu listed systems",
                         policy->os_count);
}

static certbind_status check_app(struct verify_run *run)
{
    if (memcmp(run->in->policy->app_id, run->report->identity.app_id, CERTBIND_APP_ID_LEN) != 0)
        return certbind_fail(run->err, CERTBIND_E_APP_ID, "another app id than the policy's");
    return CERTBIND_OK;
}

static certbind_status check_kms(struct verify_run *run)
{
    const struct certbind_identity *id = &run->report->identity;

    if (strcmp(id->key_provider, "kms") != 0)
        return certbind_fail(run->err, CERTBIND_E_KMS_ROOT, "the key provider is not a KMS");
    if (memcmp(run->in->policy->ca_spki_sha256, id->key_provider_id_sha256, CERTBIND_SHA256_LEN) !=
        0)
        return certbind_fail(run->err, CERTBIND_E_KMS_ROOT, "another KMS than the policy's");
    return CERTBIND_OK;
}

static certbind_status check_compose(struct verify_run *run)
{
    const struct certbind_policy *policy = run->in->policy;

    if (policy->compose_files_added != policy->compose_file_count)
        return certbind_fail(run->err, CERTBIND_E_POLICY_INCOMPLETE,
                             "%zu of the policy's %zu compose files were read",
                             policy->compose_files_added, policy->compose_file_count);
    if (!in_hashes(&policy->compose_hashes, run->report->identity.compose_hash))
        return certbind_fail(run->err, CERTBIND_E_COMPOSE_HASH,
                             "the compose hash is none of %zu accepted ones",
                             policy->compose_hashes.count);
    return CERTBIND_OK;
}

static certbind_status check_config(struct verify_run *run)
{
    if (run->in->policy->config_from_compose)
        return certbind_run_config_from_compose(run);
    if (!run->report->has_statement)
        return certbind_fail(run->err, CERTBIND_E_CONFIG_NOT_PINNED,
                             "without a statement the configuration is unknown");
    if (!in_hashes(&run->in->policy->configs, run->report->config_sha256))
        return certbind_fail(run->err, CERTBIND_E_CONFIG_NOT_PINNED,
                             "the configuration is none of %zu accepted ones",
                             run->in->policy->configs.count);
    return CERTBIND_OK;
}

/* The session proof is judged in a step of its own. */
static certbind_status check_nothing(struct verify_run *run)
{
    (void)run;
    return CERTBIND_OK;
}

static certbind_status check_link(struct verify_run *run, const struct link *link)
{
    const struct certbind_policy *policy = run->in->policy;

    if (run->in->certificate &&
        (link->link == CERTBIND_LINK_CONFIG || link->link == CERTBIND_LINK_SESSION))
        return CERTBIND_OK;
    if (certbind_policy_demands(policy, link->link))
        return link->check(run);
    run->report->unchecked[link->link] = true;
    if (!policy->waived[link->link])
        return certbind_fail(run->err, CERTBIND_E_POLICY_INCOMPLETE,
                             "the policy says nothing about '%s' and accept_unchecked does not "
                             "name it",
                             certbind_link_name(link->link));
    certbind_report_note(run->report, "%s: not checked, waived by accept_unchecked",
                         certbind_link_name(link->link));
    return CERTBIND_OK;
}

/* Facts that need no policy: what the reply and the statement say must be what the log says. */
static certbind_status check_compose_text(struct verify_run *run)
{
    const char *text = run->reply.app_compose;
    uint8_t hash[CERTBIND_SHA256_LEN];

    if (text == NULL) {
        certbind_report_note(run->report, "the compose text is not published, so its findings were "
                                          "not checked");
        return CERTBIND_OK;
    }
    if (!certbind_compose_hash(certbind_text(text), hash))
        return certbind_fail_crypto(run->err, CERTBIND_E_INTERNAL, "cannot hash");
    if (memcmp(hash, run->report->identity.compose_hash, sizeof hash) != 0)
        return certbind_fail(run->err, CERTBIND_E_COMPOSE_HASH,
                             "the compose text has another hash than the event log says");
    return CERTBIND_OK;
}

static certbind_status check_mr_config_id(struct verify_run *run)
{
    const struct certbind_td_report *td = &run->report->dcap.td;
    const certbind_status status = certbind_mr_config_id_check(
        td->mr_config_id, &run->report->identity, certbind_bytes(NULL, 0), run->err);

    if (!certbind_is_zero(td->mr_owner, sizeof td->mr_owner) ||
        !certbind_is_zero(td->mr_owner_config, sizeof td->mr_owner_config))
        certbind_report_note(run->report, "MR_OWNER or MR_OWNER_CONFIG is set, which dstack leaves "
                                          "zero; nothing was taken from them");
    if (status == CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED)
        certbind_report_note(run->report,
                             "MR_CONFIG_ID: not checked, its version is not supported");
    else if (status != CERTBIND_NOT_CHECKED)
        return status;
    else if (!certbind_is_zero(td->mr_config_id, sizeof td->mr_config_id))
        certbind_report_note(run->report, "MR_CONFIG_ID: not checked, it is of version 3, whose "
                                          "document is not part of the evidence");
    return CERTBIND_OK;
}

static certbind_status check_statement(struct verify_run *run)
{
    const struct certbind_statement *statement = &run->evidence->statement;

    if (!run->report->has_statement)
        return CERTBIND_OK;
    return certbind_statement_check_identity(statement, &run->report->identity, run->err);
}

static certbind_status check_tls_key(struct verify_run *run)
{
    if (!run->report->has_statement || (run->facts & HAVE_LEAF) == 0)
        return CERTBIND_OK;
    return certbind_statement_check_tls_key(&run->evidence->statement, run->leaf.spki_sha256,
                                            certbind_sni_of(run->in->connection.host), run->err);
}

static certbind_status check_instance(struct verify_run *run)
{
    const struct certbind_policy *policy = run->in->policy;
    const struct certbind_identity *id = &run->report->identity;

    if (policy == NULL || policy->instance_id_count == 0)
        return CERTBIND_OK;
    for (size_t i = 0; i < policy->instance_id_count; i++)
        if (id->has_instance_id &&
            memcmp(policy->instance_ids[i], id->instance_id, CERTBIND_INSTANCE_ID_LEN) == 0)
            return CERTBIND_OK;
    return certbind_fail(run->err, CERTBIND_E_INSTANCE_NOT_LISTED,
                         "the instance is none of %zu listed ones", policy->instance_id_count);
}

certbind_status certbind_run_platform(const struct certbind_hashes *platforms,
                                      const struct certbind_dcap_report *dcap,
                                      struct certbind_error *err)
{
    uint8_t device_id[CERTBIND_SHA256_LEN];

    if (platforms == NULL || platforms->count == 0)
        return CERTBIND_OK;
    if (!certbind_device_id(dcap->pck.ppid, device_id))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (!in_hashes(platforms, device_id))
        return certbind_fail(err, CERTBIND_E_PLATFORM_NOT_LISTED,
                             "the machine is none of %zu listed ones", platforms->count);
    return CERTBIND_OK;
}

static certbind_status check_platform(struct verify_run *run)
{
    const struct certbind_policy *policy = run->in->policy;

    return certbind_run_platform(policy == NULL ? NULL : &policy->platforms, &run->report->dcap,
                                 run->err);
}

/* Returns: whether to go on; a failure is recorded. */
static bool record(struct verify_run *run, certbind_status status, certbind_status *first)
{
    if (status == CERTBIND_OK)
        return true;
    certbind_report_fail(run->report, CERTBIND_STEP_IDENTITY, run->err);
    if (*first == CERTBIND_OK)
        *first = status;
    return run->in->go_on;
}

static certbind_status check_policy_links(struct verify_run *run)
{
    static const struct link links[] = {{CERTBIND_LINK_OS, check_os},
                                        {CERTBIND_LINK_APP, check_app},
                                        {CERTBIND_LINK_KMS, check_kms},
                                        {CERTBIND_LINK_COMPOSE, check_compose}};
    certbind_status first = CERTBIND_OK;

    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (!record(run, check_link(run, &links[i]), &first))
            break;
    return first;
}

certbind_status certbind_run_identity(struct verify_run *run)
{
    static certbind_status (*const facts[])(struct verify_run *) = {
        check_compose_text, certbind_run_gateway_image, check_mr_config_id, check_statement,
        check_tls_key};
    static certbind_status (*const places[])(struct verify_run *) = {check_instance,
                                                                     check_platform};
    const struct certbind_policy *policy = run->in->policy;
    certbind_status first = CERTBIND_OK;
    bool on = true;

    if (policy == NULL && run->in->certificate)
        certbind_report_note(run->report, "identity: not checked, no policy says who is expected");
    else if (policy == NULL)
        on = record(run,
                    certbind_fail(run->err, CERTBIND_E_IDENTITY_NOT_PINNED,
                                  "compare the hashes below with a source that is not the server"),
                    &first);
    else {
        first = check_policy_links(run);
        on = first == CERTBIND_OK || run->in->go_on;
    }
    for (size_t i = 0; on && i < sizeof facts / sizeof facts[0]; i++)
        on = record(run, facts[i](run), &first);
    if (on && policy != NULL) {
        static const struct link config = {CERTBIND_LINK_CONFIG, check_config};
        static const struct link session = {CERTBIND_LINK_SESSION, check_nothing};

        on = record(run, check_link(run, &config), &first) &&
             record(run, check_link(run, &session), &first);
    }
    for (size_t i = 0; on && i < sizeof places / sizeof places[0]; i++)
        on = record(run, places[i](run), &first);
    if (first == CERTBIND_OK && policy == NULL)
        certbind_report_skip(run->report, CERTBIND_STEP_IDENTITY, CERTBIND_NOT_CHECKED,
                             "no policy says who is expected");
    else if (first == CERTBIND_OK)
        certbind_report_pass(run->report, CERTBIND_STEP_IDENTITY, "every link of the policy holds");
    return first;
}
