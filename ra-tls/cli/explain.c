#include "ra-tls/cli/explain.h"

#include <stdio.h>
#include <string.h>

#include "ra-tls/cli/print.h"

static const char *meaning_of(enum certbind_step step)
{
    static const char *const meanings[CERTBIND_STEP_COUNT] = {
        [CERTBIND_STEP_TRANSPORT] = "a full TLS 1.3 handshake, with a protocol that was offered",
        [CERTBIND_STEP_NAME] = "who vouches for the server name, as the policy demands",
        [CERTBIND_STEP_CERTIFICATE] = "the certificate's form, dates and its own evidence",
        [CERTBIND_STEP_EVIDENCE] = "the form of reply, statement and quote",
        [CERTBIND_STEP_QUOTE] = "the quote's signatures up to the trusted root, revocation lists",
        [CERTBIND_STEP_COLLATERAL] = "Intel's documents about the platform: signatures, dates, age",
        [CERTBIND_STEP_TCB] = "firmware, TDX module and quoting enclave are as current as demanded",
        [CERTBIND_STEP_TD_ATTRIBUTES] =
            "the host cannot read or move the VM, unless the policy allows it",
        [CERTBIND_STEP_REPORT_DATA] = "the quote was made for this very statement",
        [CERTBIND_STEP_EVENT_LOG] = "the boot's events add up to the register in the quote",
        [CERTBIND_STEP_IDENTITY] = "what runs is the policy's, and the key is the statement's",
        [CERTBIND_STEP_FRESHNESS] = "statement and evidence are not older than allowed",
        [CERTBIND_STEP_SESSION] = "the process in the quote signed this connection, now",
    };

    return meanings[step];
}

static void print_step(enum certbind_step step, const struct certbind_report_step *s)
{
    (void)printf("  %-14s %s\n", certbind_step_name(step), meaning_of(step));
    if (s->result == CERTBIND_STEP_FAIL)
        (void)printf("  %-14s failed, %s: %s\n", "", certbind_status_name(s->code),
                     certbind_status_text(s->code));
}

static void print_open(const char *what, const char *name, const char *why)
{
    char safe[CERTBIND_REPORT_TEXT_ROOM];

    print_safe((const uint8_t *)why, strlen(why), safe, sizeof safe);
    (void)printf("  %s %s%s%s\n", what, name, safe[0] == '\0' ? "" : ": ", safe);
}

void explain_report(const struct certbind_report *report)
{
    bool open = false;

    (void)printf("\nwhat each step means\n");
    for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++)
        print_step((enum certbind_step)i, &report->steps[i]);
    (void)printf("\nwhat was not checked\n");
    for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++) {
        const struct certbind_report_step *s = &report->steps[i];

        if (s->result == CERTBIND_STEP_PASS || s->result == CERTBIND_STEP_FAIL)
            continue;
        open = true;
        print_open("step", certbind_step_name((enum certbind_step)i),
                   s->detail[0] != '\0' ? s->detail : "it was not reached");
    }
    for (int i = 0; i < CERTBIND_LINK_COUNT; i++) {
        if (!report->unchecked[i])
            continue;
        open = true;
        print_open("link", certbind_link_name((enum certbind_link)i),
                   "the policy makes no demand for it");
    }
    (void)printf("%s  beyond every verdict: that the code behind the compose hash is honest, that "
                 "its storage\n  was not rolled back, and whatever Intel vouches for\n",
                 open ? "" : "  no step and no link was left out\n");
}
