#include <string.h>

#include "certbind/verify_run.h"

/* The text that the measured hash belongs to: the reply's, which was compared with it, or a file of
 * the policy's. */
static struct certbind_bytes measured_text(const struct verify_run *run)
{
    if (run->reply.app_compose != NULL)
        return certbind_text(run->reply.app_compose);
    return certbind_policy_compose_text(run->in->policy, run->report->identity.compose_hash);
}

/* Read it once into run->service. */
static certbind_status read_service(struct verify_run *run)
{
    const struct certbind_bytes text = measured_text(run);
    certbind_status status;

    if (run->has_service)
        return CERTBIND_OK;
    if (run->in->read_compose == NULL)
        return certbind_fail(run->err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                             "this program cannot read compose files");
    if (text.data == NULL)
        return certbind_fail(run->err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                             "the compose text is not published, and no compose file of the policy "
                             "has its hash");
    status = run->in->read_compose(text, &run->service, run->err);
    if (status != CERTBIND_OK)
        return status;
    run->has_service = true;
    if (run->service.has_scripts)
        certbind_report_note(run->report, "the compose text holds scripts that run outside its "
                                          "images; they were not read");
    return CERTBIND_OK;
}

certbind_status certbind_run_gateway_image(struct verify_run *run)
{
    const struct certbind_policy *policy = run->in->policy;
    certbind_status status;

    if (policy == NULL || policy->gateway_image_count == 0)
        return CERTBIND_OK;
    status = read_service(run);
    if (status != CERTBIND_OK)
        return status;
    for (size_t i = 0; i < policy->gateway_image_count; i++)
        if (strcmp(policy->gateway_images[i], run->service.image) == 0)
            return CERTBIND_OK;
    return certbind_fail(run->err, CERTBIND_E_GATEWAY_IMAGE,
                         "the gateway's image is none of %zu accepted ones",
                         policy->gateway_image_count);
}

certbind_status certbind_run_config_from_compose(struct verify_run *run)
{
    certbind_status status;

    if (!certbind_policy_demands(run->in->policy, CERTBIND_LINK_COMPOSE))
        return certbind_fail(
            run->err, CERTBIND_E_POLICY_INCOMPLETE,
            "config \"from-compose\" rests on a compose hash, and the policy accepts "
            "any");
    status = read_service(run);
    if (status != CERTBIND_OK)
        return status;
    if (!run->service.config_is_literal)
        return certbind_fail(run->err, CERTBIND_E_CONFIG_NOT_PINNED,
                             "the gateway's configuration is no literal of the compose text: %s",
                             run->service.config_problem);
    certbind_report_note(run->report,
                         "config: the literal in the command of the compose text's service "
                         "that holds the guest agent");
    return CERTBIND_OK;
}
