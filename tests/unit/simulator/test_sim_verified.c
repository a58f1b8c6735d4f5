/*
 * The simulator's evidence before our own verifier: accepted under its root, and each of its
 * switches refused for exactly the reason it is there for.
 */
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pcs.h"
#include "certbind/dcap/verify.h"
#include "tests/simulator/pccs.h"
#include "tests/simulator/quote.h"
#include "tests/unit/simulator/fixture.h"

#define NOW 1790000000

struct world {
    struct sim_platform platform;
    struct sim_pki pki;
    struct sim_td td;
    struct sim_quoter quoter;
    struct sim_collateral collateral;
    struct sim_buffer quote;
    char *bundle;
    size_t bundle_len;
};

struct switches {
    const char *seed;
    const char *tcb_status;
    enum sim_revoke revoke;
    bool debug;
};

/* Ask the collateral service. Returns: the reply, whose headers hold one chain. */
static struct sim_reply ask(struct world *w, const char *path, const char *query)
{
    struct sim_pccs pccs = {&w->pki, &w->platform, &w->collateral};
    char path_copy[64];
    char query_copy[64];
    struct sim_http_request r = {
        .method = "GET", .path = path_copy, .query = query_copy, .content_type = ""};
    struct sim_reply reply = {0};

    memcpy(path_copy, path, strlen(path) + 1);
    memcpy(query_copy, query, strlen(query) + 1);
    sim_pccs_answer(&pccs, &r, &reply);
    assert_int_equal(200, reply.status);
    return reply;
}

static struct certbind_pcs_reply view(struct sim_reply *reply)
{
    struct certbind_pcs_reply out = {.body = sim_buffer_view(&reply->body)};
    const char *header = sim_buffer_cstr(&reply->headers);
    const char *value = strchr(header, ' ');

    assert_non_null(value);
    out.issuer_chain = certbind_bytes(value + 1, strcspn(value + 1, "\r"));
    return out;
}

static void fetch_bundle(struct world *w)
{
    struct sim_reply tcb = ask(w, "/tdx/certification/v4/tcb", "fmspc=53494d303030");
    struct sim_reply qe = ask(w, "/tdx/certification/v4/qe/identity", "update=standard");
    struct sim_reply pck = ask(w, "/sgx/certification/v4/pckcrl", "ca=platform&encoding=der");
    struct sim_reply root = ask(w, "/sgx/certification/v4/rootcacrl", "");
    struct certbind_pcs_replies replies = {view(&tcb), view(&qe), view(&pck),
                                           sim_buffer_view(&root.body)};
    struct certbind_error err = {0};

    assert_int_equal(CERTBIND_OK, certbind_pcs_bundle(&replies, &w->bundle, &w->bundle_len, &err));
    sim_reply_cleanup(&root);
    sim_reply_cleanup(&pck);
    sim_reply_cleanup(&qe);
    sim_reply_cleanup(&tcb);
}

static void make_world(struct world *w, struct switches s)
{
    struct sim_seed seed = seed_of(s.seed == NULL ? SIM_SEED_DEFAULT : s.seed);
    struct sim_td_options td = {
        .seed = seed, .os_seed = seed_of(SIM_OS_SEED_DEFAULT), .debug = s.debug};
    struct sim_collateral_options options = {
        .tcb_status = s.tcb_status == NULL ? "UpToDate" : s.tcb_status, .revoke = s.revoke};
    static const uint8_t report_data[64] = {1};
    struct certbind_error err = {0};

    memset(w, 0, sizeof *w);
    assert_int_equal(CERTBIND_OK, sim_td_init(&w->td, &td, &err));
    assert_true(sim_platform_init(&w->platform, &seed));
    assert_true(sim_pki_init(&w->pki, &seed, &w->platform));
    assert_true(sim_quoter_init(&w->quoter, &w->platform, &w->pki));
    assert_true(sim_collateral_issue(&w->collateral, &w->pki, &w->platform, &options, NOW));
    assert_true(sim_quote_make(&w->quoter, &w->td, report_data, &w->quote));
    fetch_bundle(w);
}

static void free_world(struct world *w)
{
    free(w->bundle);
    sim_buffer_cleanup(&w->quote);
    sim_collateral_cleanup(&w->collateral);
    sim_pki_cleanup(&w->pki);
    sim_td_cleanup(&w->td);
}

static certbind_status judge(const struct world *w, struct certbind_bytes root, uint64_t now,
                             struct certbind_dcap_report *report)
{
    struct certbind_dcap_policy policy;
    struct certbind_dcap_input input = {.quote = sim_buffer_view(&w->quote),
                                        .bundle = certbind_bytes(w->bundle, w->bundle_len),
                                        .root_der = root,
                                        .now = now,
                                        .policy = &policy};
    struct certbind_error err = {0};
    certbind_status status;

    certbind_dcap_policy_default(&policy);
    status = certbind_dcap_verify_bundle(&input, report, &err);
    assert_true(report->verified == (status == CERTBIND_OK));
    return status;
}

static void its_quotes_are_accepted_and_called_simulated(void **state)
{
    static struct certbind_dcap_report report;
    struct world w;

    (void)state;
    make_world(&w, (struct switches){0});
    assert_string_equal(
        "ok", certbind_status_name(judge(&w, sim_buffer_view(&w.pki.root_der), NOW, &report)));
    assert_true(report.facts.simulated);
    assert_memory_equal(w.platform.ppid, report.pck.ppid, 16);
    assert_memory_equal(w.td.log.rtmr[3], report.td.rtmr[3], 48);
    assert_int_equal(SIM_TCB_EVALUATION_NUMBER, report.facts.tcb_evaluation_number);
    free_world(&w);
}

static void other_roots_do_not_anchor_them(void **state)
{
    static struct certbind_dcap_report report;
    struct world w;
    struct world other;

    (void)state;
    make_world(&w, (struct switches){0});
    make_world(&other, (struct switches){.seed = "02"});
    assert_int_not_equal(CERTBIND_OK, judge(&w, certbind_intel_root(), NOW, &report));
    assert_int_not_equal(CERTBIND_OK,
                         judge(&w, sim_buffer_view(&other.pki.root_der), NOW, &report));
    free_world(&other);
    free_world(&w);
}

static void each_switch_is_refused_for_its_reason(void **state)
{
    static const struct {
        struct switches switches;
        const char *code;
    } cases[] = {
        {{.debug = true}, "td-attributes-debug-set"},
        {{.revoke = SIM_REVOKE_PCK}, "pck-revoked"},
        {{.revoke = SIM_REVOKE_PLATFORM_CA}, "intermediate-revoked"},
        {{.tcb_status = "SWHardeningNeeded"}, "tcb-status-not-accepted"},
        {{.tcb_status = "ConfigurationNeeded"}, "tcb-status-not-accepted"},
        {{.tcb_status = "ConfigurationAndSWHardeningNeeded"}, "tcb-status-not-accepted"},
        {{.tcb_status = "OutOfDate"}, "tcb-status-not-accepted"},
        {{.tcb_status = "OutOfDateConfigurationNeeded"}, "tcb-status-not-accepted"},
        {{.tcb_status = "Revoked"}, "tcb-revoked"},
    };
    static struct certbind_dcap_report report;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w;

        make_world(&w, cases[i].switches);
        assert_string_equal(
            cases[i].code,
            certbind_status_name(judge(&w, sim_buffer_view(&w.pki.root_der), NOW, &report)));
        if (cases[i].switches.tcb_status != NULL) {
            assert_string_equal(cases[i].switches.tcb_status,
                                certbind_tcb_status_name(report.status));
            assert_string_equal("SIM-SA-00001", report.advisory[0]);
        }
        free_world(&w);
    }
}

static void collateral_runs_out_after_thirty_days(void **state)
{
    static struct certbind_dcap_report report;
    struct certbind_bytes root;
    struct world w;

    (void)state;
    make_world(&w, (struct switches){0});
    root = sim_buffer_view(&w.pki.root_der);
    assert_int_equal(CERTBIND_OK, judge(&w, root, NOW + SIM_COLLATERAL_LIFETIME_S - 60, &report));
    assert_int_not_equal(CERTBIND_OK,
                         judge(&w, root, NOW + SIM_COLLATERAL_LIFETIME_S + 60, &report));
    assert_int_not_equal(CERTBIND_OK, judge(&w, root, NOW - 120, &report));
    free_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_quotes_are_accepted_and_called_simulated),
        cmocka_unit_test(other_roots_do_not_anchor_them),
        cmocka_unit_test(each_switch_is_refused_for_its_reason),
        cmocka_unit_test(collateral_runs_out_after_thirty_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
