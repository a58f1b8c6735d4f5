#include "tests/simulator/collateral.h"

#include <string.h>
#include <time.h>

static const char *const STATUSES[] = {"UpToDate",
                                       "SWHardeningNeeded",
                                       "ConfigurationNeeded",
                                       "ConfigurationAndSWHardeningNeeded",
                                       "OutOfDate",
                                       "OutOfDateConfigurationNeeded",
                                       "Revoked"};

bool sim_tcb_status_ok(const char *name)
{
    for (size_t i = 0; i < sizeof STATUSES / sizeof STATUSES[0]; i++) {
        if (strcmp(STATUSES[i], name) == 0)
            return true;
    }
    return false;
}

static void put_time(struct sim_buffer *b, const char *key, int64_t unix_seconds)
{
    time_t t = (time_t)unix_seconds;
    struct tm tm;
    char text[24];

    if (gmtime_r(&t, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        b->failed = true;
        return;
    }
    sim_buffer_printf(b, "\"%s\":\"%s\",", key, text);
}

static int64_t lifetime(const struct sim_collateral_options *options)
{
    return options->lifetime_s == 0 ? SIM_COLLATERAL_LIFETIME_S : options->lifetime_s;
}

static void put_dates(struct sim_buffer *b, const struct sim_collateral_options *options,
                      int64_t now)
{
    put_time(b, "issueDate", now - SIM_COLLATERAL_BACKDATE_S);
    put_time(b, "nextUpdate", now + lifetime(options));
}

static void put_components(struct sim_buffer *b, const char *key, const uint8_t svn[SIM_SVN_COUNT])
{
    sim_buffer_printf(b, "\"%s\":[", key);
    for (size_t i = 0; i < SIM_SVN_COUNT; i++)
        sim_buffer_printf(b, "%s{\"svn\":%u}", i == 0 ? "" : ",", svn[i]);
    sim_buffer_put_text(b, "]");
}

/* One TCB level of the platform's SVNs and this PCESVN. */
static void put_level(struct sim_buffer *b, const struct sim_platform *p, unsigned pcesvn,
                      const char *date, const char *status)
{
    /* Components 0 and 1 belong to the module's own identity for modules 1.5 and later. */
    uint8_t tdx[SIM_SVN_COUNT];

    memcpy(tdx, p->tee_tcb_svn, sizeof tdx);
    tdx[1] = 0;
    sim_buffer_put_text(b, "{\"tcb\":{");
    put_components(b, "sgxtcbcomponents", p->sgx_svn);
    sim_buffer_printf(b, ",\"pcesvn\":%u,", pcesvn);
    put_components(b, "tdxtcbcomponents", tdx);
    sim_buffer_printf(b, "},\"tcbDate\":\"%s\",\"tcbStatus\":\"%s\"", date, status);
    if (strcmp(status, "UpToDate") != 0)
        sim_buffer_put_text(b, ",\"advisoryIDs\":[\"SIM-SA-00001\",\"SIM-SA-00002\"]");
    sim_buffer_put_text(b, "}");
}

static void put_levels(struct sim_buffer *b, const struct sim_platform *p, const char *status)
{
    sim_buffer_put_text(b, "\"tcbLevels\":[");
    /* A platform is out of date only if there is something newer. */
    if (strncmp(status, "OutOfDate", 9) == 0 || strcmp(status, "Revoked") == 0) {
        put_level(b, p, SIM_PCESVN + 2, "2025-05-14T00:00:00Z", "UpToDate");
        sim_buffer_put_text(b, ",");
    }
    put_level(b, p, SIM_PCESVN, "2024-03-13T00:00:00Z", status);
    sim_buffer_put_text(b, ",");
    put_level(b, p, SIM_PCESVN - 6, "2018-01-04T00:00:00Z",
              strcmp(status, "Revoked") == 0 ? "Revoked" : "OutOfDate");
    sim_buffer_put_text(b, "]");
}

static void put_zero_signer(struct sim_buffer *b)
{
    static const uint8_t zeros[48];

    sim_buffer_put_text(b, "\"mrsigner\":\"");
    sim_buffer_put_hex(b, certbind_bytes(zeros, sizeof zeros));
    sim_buffer_put_text(b, "\",\"attributes\":\"0000000000000000\","
                           "\"attributesMask\":\"FFFFFFFFFFFFFFFF\"");
}

static unsigned evaluation_number(const struct sim_collateral_options *options)
{
    return options->evaluation_number == 0 ? SIM_TCB_EVALUATION_NUMBER : options->evaluation_number;
}

static void put_tcb_info(struct sim_buffer *b, const struct sim_platform *p,
                         const struct sim_collateral_options *options, int64_t now)
{
    sim_buffer_put_text(b, "{\"id\":\"TDX\",\"version\":3,");
    put_dates(b, options, now);
    sim_buffer_put_text(b, "\"fmspc\":\"");
    sim_buffer_put_upper_hex(b, certbind_bytes(p->fmspc, sizeof p->fmspc));
    sim_buffer_put_text(b, "\",\"pceId\":\"");
    sim_buffer_put_upper_hex(b, certbind_bytes(p->pceid, sizeof p->pceid));
    sim_buffer_printf(b, "\",\"tcbType\":0,\"tcbEvaluationDataNumber\":%u,\"tdxModule\":{",
                      evaluation_number(options));
    put_zero_signer(b);
    sim_buffer_printf(b, "},\"tdxModuleIdentities\":[{\"id\":\"TDX_%02X\",",
                      SIM_TDX_MODULE_VERSION);
    put_zero_signer(b);
    sim_buffer_printf(
        b,
        ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%d},\"tcbDate\":"
        "\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"isvsvn\":%d}"
        ",\"tcbDate\":\"2023-08-09T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}]}],",
        SIM_TDX_MODULE_ISVSVN - 1, SIM_TDX_MODULE_OLD_ISVSVN);
    put_levels(b, p, options->tcb_status);
    sim_buffer_put_text(b, "}");
}

static void put_qe_identity(struct sim_buffer *b, const struct sim_platform *p,
                            const struct sim_collateral_options *options, int64_t now)
{
    sim_buffer_put_text(b, "{\"id\":\"TD_QE\",\"version\":2,");
    put_dates(b, options, now);
    sim_buffer_printf(b,
                      "\"tcbEvaluationDataNumber\":%u,\"miscselect\":\"00000000\","
                      "\"miscselectMask\":\"FFFFFFFF\","
                      "\"attributes\":\"11000000000000000000000000000000\","
                      "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"",
                      evaluation_number(options));
    sim_buffer_put_upper_hex(b, certbind_bytes(p->qe_mrsigner, sizeof p->qe_mrsigner));
    sim_buffer_printf(b,
                      "\",\"isvprodid\":%d,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%d},\"tcbDate\":"
                      "\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]}",
                      SIM_QE_ISVPRODID, SIM_QE_ISVSVN);
}

/* out = {"<key>":<document>,"signature":"<hex>"} */
static bool sign_document(const struct sim_pki *pki, const char *key,
                          const struct sim_buffer *document, struct sim_buffer *out)
{
    uint8_t signature[64];

    if (!sim_buffer_ok(document) ||
        !sim_p256_sign(&pki->tcb_signer, sim_buffer_view(document), signature))
        return false;
    sim_buffer_printf(out, "{\"%s\":", key);
    sim_buffer_put_bytes(out, sim_buffer_view(document));
    sim_buffer_put_text(out, ",\"signature\":\"");
    sim_buffer_put_hex(out, certbind_bytes(signature, sizeof signature));
    sim_buffer_put_text(out, "\"}");
    return sim_buffer_ok(out);
}

static bool make_crls(struct sim_collateral *c, const struct sim_pki *pki,
                      const struct sim_collateral_options *options, int64_t now)
{
    const enum sim_revoke revoke = options->revoke;
    struct sim_crl root = {.issuer = pki->root_name,
                           .issuer_key = &pki->root,
                           .this_update = now - SIM_COLLATERAL_BACKDATE_S,
                           .next_update = now + lifetime(options),
                           .number = (uint32_t)now,
                           .revoked = revoke == SIM_REVOKE_PLATFORM_CA ? &pki->platform_ca : NULL};
    struct sim_crl pck = root;

    pck.issuer = pki->platform_ca_name;
    pck.issuer_key = &pki->platform_ca;
    pck.revoked = revoke == SIM_REVOKE_PCK ? &pki->pck : NULL;
    return sim_crl_encode(&root, &c->root_crl) && sim_crl_encode(&pck, &c->pck_crl);
}

bool sim_collateral_issue(struct sim_collateral *c, const struct sim_pki *pki,
                          const struct sim_platform *platform,
                          const struct sim_collateral_options *options, int64_t now)
{
    struct sim_collateral fresh = {.made_at = now};
    struct sim_buffer tcb = {0};
    struct sim_buffer qe = {0};
    bool ok;

    put_tcb_info(&tcb, platform, options, now);
    put_qe_identity(&qe, platform, options, now);
    ok = make_crls(&fresh, pki, options, now) &&
         sign_document(pki, "tcbInfo", &tcb, &fresh.tcb_info) &&
         sign_document(pki, "enclaveIdentity", &qe, &fresh.qe_identity);
    sim_buffer_cleanup(&qe);
    sim_buffer_cleanup(&tcb);
    if (!ok) {
        sim_collateral_cleanup(&fresh);
        return false;
    }
    sim_collateral_cleanup(c);
    *c = fresh;
    return true;
}

bool sim_collateral_is_stale(const struct sim_collateral *c,
                             const struct sim_collateral_options *options, int64_t now)
{
    const int64_t quarter = lifetime(options) / 4;
    const int64_t max = quarter < SIM_COLLATERAL_REISSUE_S ? quarter : SIM_COLLATERAL_REISSUE_S;

    return now < c->made_at || now - c->made_at > max;
}

void sim_collateral_cleanup(struct sim_collateral *c)
{
    sim_buffer_cleanup(&c->qe_identity);
    sim_buffer_cleanup(&c->tcb_info);
    sim_buffer_cleanup(&c->pck_crl);
    sim_buffer_cleanup(&c->root_crl);
    *c = (struct sim_collateral){0};
}
