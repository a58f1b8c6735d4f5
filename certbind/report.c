#include "certbind/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 2, 0)))
put(char out[CERTBIND_REPORT_TEXT_ROOM], const char *fmt, va_list args)
{
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): every caller started it. */
    (void)vsnprintf(out, CERTBIND_REPORT_TEXT_ROOM, fmt, args);
}

static void set_step(struct certbind_report_step *step, enum certbind_result result,
                     certbind_status code)
{
    step->result = result;
    step->code = code;
}

void certbind_report_pass(struct certbind_report *report, enum certbind_step step, const char *fmt,
                          ...)
{
    struct certbind_report_step *s = &report->steps[step];
    va_list args;

    if (s->result == CERTBIND_STEP_FAIL)
        return;
    set_step(s, CERTBIND_STEP_PASS, CERTBIND_OK);
    va_start(args, fmt);
    put(s->detail, fmt, args);
    va_end(args);
}

void certbind_report_skip(struct certbind_report *report, enum certbind_step step,
                          certbind_status code, const char *fmt, ...)
{
    struct certbind_report_step *s = &report->steps[step];
    va_list args;

    if (s->result == CERTBIND_STEP_FAIL)
        return;
    set_step(s, CERTBIND_STEP_SKIPPED, code);
    va_start(args, fmt);
    put(s->detail, fmt, args);
    va_end(args);
}

void certbind_report_fail(struct certbind_report *report, enum certbind_step fallback,
                          const struct certbind_error *err)
{
    const enum certbind_step own = certbind_status_step(err->status);
    struct certbind_report_step *s = &report->steps[own == CERTBIND_STEP_NONE ? fallback : own];

    if (report->code == CERTBIND_NOT_CHECKED || report->code == CERTBIND_OK) {
        report->code = err->status;
        memcpy(report->detail, err->detail, sizeof report->detail);
    }
    if (s->result == CERTBIND_STEP_FAIL) {
        certbind_report_note(report, "also %s: %s", certbind_status_name(err->status), err->detail);
        return;
    }
    set_step(s, CERTBIND_STEP_FAIL, err->status);
    memcpy(s->detail, err->detail, sizeof s->detail);
}

void certbind_report_note(struct certbind_report *report, const char *fmt, ...)
{
    va_list args;

    if (report->note_count == CERTBIND_REPORT_NOTES)
        return;
    va_start(args, fmt);
    put(report->notes[report->note_count++], fmt, args);
    va_end(args);
}

static bool all_settled(struct certbind_report *report)
{
    for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++) {
        const enum certbind_result result = report->steps[i].result;

        if (result == CERTBIND_STEP_PASS || result == CERTBIND_STEP_SKIPPED)
            continue;
        if (report->code == CERTBIND_NOT_CHECKED || report->code == CERTBIND_OK) {
            report->code = CERTBIND_NOT_CHECKED;
            (void)snprintf(report->detail, sizeof report->detail, "step '%s' was not evaluated",
                           certbind_step_name((enum certbind_step)i));
        }
        return false;
    }
    return true;
}

certbind_status certbind_report_conclude(struct certbind_report *report)
{
    bool complete = report->scope == CERTBIND_SCOPE_CONNECTION;

    report->accepted = false;
    report->complete = false;
    if (report->code == CERTBIND_OK) /* concluded before */
        report->code = CERTBIND_NOT_CHECKED;
    if (report->scope == CERTBIND_SCOPE_NONE || !all_settled(report))
        return report->code;
    if (report->code != CERTBIND_NOT_CHECKED)
        return report->code;
    for (int i = 0; i < CERTBIND_LINK_COUNT; i++)
        if (report->unchecked[i])
            complete = false;
    report->complete = complete;
    report->code = CERTBIND_OK;
    report->accepted = true;
    return CERTBIND_OK;
}
