#include "certbind/dcap/verify.h"

#include <string.h>

#include "certbind/dcap/collateral_parts.h"
#include "certbind/dcap/pck_chain.h"
#include "certbind/dcap/quote_signature.h"
#include "certbind/dcap/tcb_verdict.h"
#include "certbind/dcap/td_attributes.h"

/* One evaluation. */
struct run {
    struct certbind_quote quote;
    const struct certbind_collateral *c;
    uint64_t now;
    const struct certbind_dcap_policy *policy;
    struct certbind_dcap_report *report;
    struct certbind_error *err;
    struct certbind_pck_chain chain;
};

void certbind_dcap_policy_default(struct certbind_dcap_policy *policy)
{
    *policy = (struct certbind_dcap_policy){
        .accept = CERTBIND_TCB_BIT(CERTBIND_TCB_UP_TO_DATE),
    };
}

static void limit_validity(struct certbind_dcap_report *report, uint64_t from, uint64_t until)
{
    if (from > report->valid_from)
        report->valid_from = from;
    if (until < report->valid_until)
        report->valid_until = until;
}

static certbind_status take_quote(struct run *run, struct certbind_bytes bytes)
{
    struct certbind_dcap_report *report = run->report;
    certbind_status status = certbind_quote_parse(bytes, &run->quote, run->err);

    if (status != CERTBIND_OK)
        return status;
    report->quote_version = run->quote.version;
    report->tee_type = run->quote.tee_type;
    report->body_type = run->quote.body_type;
    report->sgx = run->quote.sgx;
    report->td = run->quote.td;
    if (!certbind_sha256(run->quote.canonical, report->quote_sha256))
        return certbind_fail(run->err, CERTBIND_E_INTERNAL, "SHA-256 failed");
    if (run->quote.tee_type == CERTBIND_TEE_SGX && !run->policy->allow_sgx)
        return certbind_fail(run->err, CERTBIND_E_WRONG_TEE_TYPE,
                             "a quote of an SGX enclave, and the policy wants a TD");
    return CERTBIND_OK;
}

static certbind_status check_kinds(const struct run *run)
{
    if (run->c->tcb_info.tee_type != run->quote.tee_type)
        return certbind_fail(run->err, CERTBIND_E_TCB_INFO_ID_INVALID,
                             "the TCB info is for another kind of TEE");
    if (run->c->qe_identity.tee_type != run->quote.tee_type)
        return certbind_fail(run->err, CERTBIND_E_QE_IDENTITY_ID_INVALID,
                             "the QE identity is for another kind of TEE");
    return CERTBIND_OK;
}

static certbind_status check_evaluation_numbers(const struct run *run)
{
    const struct certbind_collateral_facts *facts = &run->c->facts;
    uint32_t min = run->policy->min_evaluation_number;

    if (facts->tcb_evaluation_number < min || facts->qe_evaluation_number < min)
        return certbind_fail(run->err, CERTBIND_E_TCB_EVAL_DATA_NUMBER_TOO_LOW,
                             "TCB info %lu, QE identity %lu, the policy wants %lu",
                             (unsigned long)facts->tcb_evaluation_number,
                             (unsigned long)facts->qe_evaluation_number, (unsigned long)min);
    return CERTBIND_OK;
}

/* The oldest of the four documents bounds how long this verdict may be used. */
static certbind_status check_age(const struct run *run)
{
    const struct certbind_collateral_facts *facts = &run->c->facts;
    /* The root's revocation list is issued once a year: its own dates bound it. */
    const uint64_t issued[] = {facts->tcb_issued, facts->qe_issued, facts->pck_crl_issued};
    uint64_t max = run->policy->max_collateral_age_s;

    for (size_t i = 0; max != 0 && i < sizeof issued / sizeof issued[0]; i++) {
        if (run->now - issued[i] > max) /* all were issued before now: the dates were checked */
            return certbind_fail(run->err, CERTBIND_E_COLLATERAL_TOO_OLD,
                                 "a document is %llu seconds old, the policy allows %llu",
                                 (unsigned long long)(run->now - issued[i]),
                                 (unsigned long long)max);
        limit_validity(run->report, 0, max < UINT64_MAX - issued[i] ? issued[i] + max : UINT64_MAX);
    }
    return CERTBIND_OK;
}

static certbind_status check_collateral(struct run *run)
{
    certbind_status status = certbind_collateral_check_dates(run->c, run->now, run->err);

    run->report->facts = run->c->facts;
    limit_validity(run->report, run->c->facts.valid_from, run->c->facts.valid_until);
    if (status == CERTBIND_OK)
        status = check_kinds(run);
    if (status == CERTBIND_OK)
        status = check_evaluation_numbers(run);
    if (status == CERTBIND_OK)
        status = check_age(run);
    return status;
}

static certbind_status check_family(const struct run *run)
{
    const struct certbind_pck_extension *pck = &run->chain.extension;

    if (memcmp(pck->fmspc, run->c->tcb_info.fmspc, sizeof pck->fmspc) != 0)
        return certbind_fail(run->err, CERTBIND_E_PCK_FMSPC_MISMATCH,
                             "the TCB info is for another FMSPC");
    if (memcmp(pck->pceid, run->c->tcb_info.pceid, sizeof pck->pceid) != 0)
        return certbind_fail(run->err, CERTBIND_E_PCK_PCEID_MISMATCH,
                             "the TCB info is for another PCEID");
    return CERTBIND_OK;
}

static certbind_status check_platform(struct run *run)
{
    struct certbind_dcap_report *report = run->report;
    certbind_status status = certbind_pck_chain_check(&run->quote, run->c, run->now, &run->chain,
                                                      &report->signature_checks, run->err);

    if (status != CERTBIND_OK)
        return status;
    report->pck = run->chain.extension;
    limit_validity(report, run->chain.valid_from, run->chain.valid_until);
    status = check_family(run);
    if (status == CERTBIND_OK)
        report->collateral = CERTBIND_PASSED;
    return status;
}

static certbind_status check_signatures(struct run *run)
{
    struct certbind_dcap_report *report = run->report;
    const struct certbind_quote *quote = &run->quote;
    certbind_status status = certbind_quote_check_qe_report(quote, run->chain.leaf.key,
                                                            &report->signature_checks, run->err);

    if (status == CERTBIND_OK)
        status = certbind_qe_identity_check(&run->c->qe_identity, &quote->qe_report, run->err);
    if (status == CERTBIND_OK)
        status = certbind_quote_check_signature(quote, &report->signature_checks, run->err);
    if (status == CERTBIND_OK)
        report->quote = CERTBIND_PASSED;
    return status;
}

static certbind_status check_tcb(struct run *run, const struct certbind_tdx_module *module)
{
    certbind_status status =
        certbind_tcb_judge_qe(run->c, &run->quote.qe_report, run->report, run->err);

    if (status == CERTBIND_OK)
        status = certbind_tcb_judge_platform(run->c, module, run->report, run->err);
    if (status == CERTBIND_OK)
        status = certbind_tcb_check_policy(run->report, run->policy, run->err);
    if (status == CERTBIND_OK)
        run->report->tcb = CERTBIND_PASSED;
    return status;
}

static certbind_status check_td(struct run *run)
{
    const struct certbind_td_report *td = &run->quote.td;
    const struct certbind_td_policy *policy = &run->policy->td;
    const struct certbind_tdx_module *module =
        certbind_tcb_info_module(&run->c->tcb_info, td->tee_tcb_svn[1]);
    certbind_status status;

    if (module == NULL)
        return certbind_fail(run->err, CERTBIND_E_TDX_MODULE_UNKNOWN,
                             "there is no identity for TDX module %u", td->tee_tcb_svn[1]);
    status = check_tcb(run, module);
    if (status == CERTBIND_OK)
        status = certbind_td_check_module(td, module, policy, run->err);
    if (status == CERTBIND_OK)
        status = certbind_td_check_attributes(td, policy, run->err);
    return status;
}

static certbind_status check_enclave(struct run *run)
{
    certbind_status status = check_tcb(run, NULL);

    if (status == CERTBIND_OK)
        status = certbind_enclave_check_attributes(&run->quote.sgx, &run->policy->td, run->err);
    return status;
}

static certbind_status judge(struct run *run)
{
    certbind_status status;

    if (run->c == NULL)
        return certbind_fail(run->err, CERTBIND_E_COLLATERAL_MISSING, "there is no collateral");
    status = check_collateral(run);
    if (status == CERTBIND_OK)
        status = check_platform(run);
    if (status == CERTBIND_OK)
        status = check_signatures(run);
    if (status == CERTBIND_OK)
        status = run->quote.tee_type == CERTBIND_TEE_TDX ? check_td(run) : check_enclave(run);
    if (status == CERTBIND_OK)
        run->report->td_attributes = CERTBIND_PASSED;
    return status;
}

/* Note the outcome. The only place that sets `verified`. */
static certbind_status finish(struct certbind_dcap_report *report, certbind_status status)
{
    report->code = status;
    switch (certbind_status_step(status)) {
    case CERTBIND_STEP_QUOTE:
        report->quote = CERTBIND_FAILED;
        break;
    case CERTBIND_STEP_COLLATERAL:
        report->collateral = CERTBIND_FAILED;
        break;
    case CERTBIND_STEP_TCB:
        report->tcb = CERTBIND_FAILED;
        break;
    case CERTBIND_STEP_TD_ATTRIBUTES:
        report->td_attributes = CERTBIND_FAILED;
        break;
    default:
        break;
    }
    report->verified = status == CERTBIND_OK && report->quote == CERTBIND_PASSED &&
                       report->collateral == CERTBIND_PASSED && report->tcb == CERTBIND_PASSED &&
                       report->td_attributes == CERTBIND_PASSED;
    if (status == CERTBIND_OK && !report->verified)
        report->code = CERTBIND_E_INTERNAL;
    return report->code;
}

static void run_init(struct run *run, const struct certbind_dcap_input *input,
                     struct certbind_dcap_report *report, struct certbind_error *err)
{
    *run = (struct run){.now = input->now, .policy = input->policy, .report = report, .err = err};
    *report = (struct certbind_dcap_report){.valid_until = UINT64_MAX};
}

certbind_status certbind_dcap_verify(struct certbind_bytes quote,
                                     const struct certbind_collateral *collateral, uint64_t now,
                                     const struct certbind_dcap_policy *policy,
                                     struct certbind_dcap_report *report,
                                     struct certbind_error *err)
{
    const struct certbind_dcap_input input = {.quote = quote, .now = now, .policy = policy};
    struct run run;
    certbind_status status;

    run_init(&run, &input, report, err);
    status = take_quote(&run, quote);
    run.c = collateral;
    if (status == CERTBIND_OK)
        status = judge(&run);
    certbind_pck_chain_cleanup(&run.chain);
    return finish(report, status);
}

certbind_status certbind_dcap_verify_bundle(const struct certbind_dcap_input *input,
                                            struct certbind_dcap_report *report,
                                            struct certbind_error *err)
{
    struct certbind_collateral *collateral = NULL;
    struct run run;
    certbind_status status;

    run_init(&run, input, report, err);
    status = take_quote(&run, input->quote);
    if (status == CERTBIND_OK)
        status =
            certbind_collateral_new(input->bundle, input->root_der, input->now, &collateral, err);
    run.c = collateral;
    if (status == CERTBIND_OK)
        status = judge(&run);
    certbind_pck_chain_cleanup(&run.chain);
    certbind_collateral_free(collateral);
    return finish(report, status);
}
