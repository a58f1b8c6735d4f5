#include "ra-tls/tried.h"

#include <stdio.h>
#include <string.h>

void ratls_tried_add(struct ratls_tried *tried, const char *source,
                     const struct certbind_error *why)
{
    if (tried->count < RATLS_SOURCES_MAX)
        (void)snprintf(tried->text[tried->count++], CERTBIND_REPORT_TEXT_ROOM, "%.80s: %.110s",
                       source, why->detail);
}

certbind_status ratls_tried_fail(const struct ratls_tried *tried, struct certbind_error *err)
{
    char all[sizeof err->detail] = "nobody was asked for collateral";
    size_t used = 0;

    for (size_t i = 0; i < tried->count && used + 1 < sizeof all; i++) {
        int n = snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : "; ", tried->text[i]);

        used += n > 0 ? (size_t)n : 0;
    }
    return certbind_fail(err, CERTBIND_E_COLLATERAL_MISSING, "%s", all);
}

void ratls_tried_tell(const struct ratls_tried *tried, struct certbind_report *report)
{
    struct certbind_error err = {0};

    for (size_t i = 0; i < tried->count; i++)
        certbind_report_note(report, "no collateral from %s", tried->text[i]);
    if (tried->count == 0)
        certbind_report_note(report,
                             "no collateral: what the server sent along does not help, and "
                             "of no other source was heard: a PCS or PCCS, a folder, a file");
    if (report->code != CERTBIND_E_COLLATERAL_MISSING || tried->count == 0)
        return;
    (void)ratls_tried_fail(tried, &err);
    (void)snprintf(report->detail, sizeof report->detail, "%s", err.detail);
    (void)snprintf(report->steps[CERTBIND_STEP_COLLATERAL].detail,
                   sizeof report->steps[CERTBIND_STEP_COLLATERAL].detail, "%s", err.detail);
}

bool ratls_tried_would_help(certbind_status status)
{
    return status == CERTBIND_E_COLLATERAL_MISSING || status == CERTBIND_E_COLLATERAL_TOO_OLD ||
           status == CERTBIND_E_TCB_INFO_EXPIRED || status == CERTBIND_E_QE_IDENTITY_EXPIRED ||
           status == CERTBIND_E_ROOT_CRL_EXPIRED || status == CERTBIND_E_PCK_CRL_EXPIRED;
}
