/* Attestations: each member of another type, each part cut short, and what the refusal says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/attestation_sample.h"
#include "tests/unit/certbind/fixture.h"

static void expect(struct certbind_bytes bytes, certbind_status status, const char *detail)
{
    struct certbind_attestation a;
    struct certbind_error err = {0};

    assert_int_equal(status, certbind_attestation_parse(bytes, &a, &err));
    certbind_attestation_cleanup(&a);
    if (strcmp(err.detail, detail) != 0)
        fail_msg("'%s', not '%s'", err.detail, detail);
}

/* A pod whose event is of version 2 in both copies: every member of the format. */
static void write_whole(struct pack *out)
{
    struct attestation_sample s;

    attestation_sample_open(&s);
    s.version = s.log_version = 2;
    s.stack = "dstack-pod";
    s.pod_payload = "a pod";
    assert_true(certbind_tagged_report_data("app-data", certbind_text("a pod"), s.report_data));
    attestation_sample_write(&s, out);
}

/* The value behind the n-th member of this name. */
static uint8_t *value_of(struct pack *p, const char *name, unsigned n)
{
    uint8_t key[32];
    const size_t len = strlen(name);
    uint8_t *at = p->data;

    key[0] = (uint8_t)(0xa0 | len);
    memcpy(key + 1, name, len);
    for (unsigned i = 0; i <= n; i++) {
        at = memmem(at, (size_t)(p->data + p->len - at), key, len + 1);
        assert_non_null(at);
        at += len + 1;
    }
    return at;
}

static const struct {
    const char *name;
    unsigned n;
    uint8_t head; /* in place of the value's first byte */
    const char *detail;
} members[] = {
    {"version", 0, 0xc2, "version"},
    {"version", 0, 2, "version"},
    {"platform", 0, 0xc2, "a map is missing or has too many members"},
    {"kind", 0, 0xc2, "kind"},
    {"data", 0, 0xc2, "a map is missing or has too many members"},
    {"quote", 0, 0xc2, "quote"},
    {"event_log", 0, 0xc2, "event_log"},
    {"event_log", 0, 0x9f, "a map is missing or has too many members"},
    {"imr", 0, 0xc2, "imr"},
    {"event_type", 0, 0xc2, "event_type"},
    {"digest", 0, 0xc2, "digest"},
    {"event", 0, 0xc2, "event"},
    {"event_payload", 0, 0xc2, "event_payload"},
    {"version", 1, 0xc2, "version"},
    {"version", 1, 1, "version"},
    {"version", 1, 3, "version"},
    {"preimage", 0, 0xc2, "preimage"},
    {"stack", 0, 0xc2, "a map is missing or has too many members"},
    {"kind", 1, 0xc2, "kind"},
    {"data", 1, 0xc2, "a map is missing or has too many members"},
    {"report_data", 0, 0xc2, "report_data"},
    {"runtime_events", 0, 0xc2, "runtime_events"},
    {"event", 1, 0xc2, "event"},
    {"payload", 0, 0xc2, "payload"},
    {"version", 2, 1, "version"},
    {"config", 0, 0xc2, "config"},
    {"report_data_payload", 0, 0xc2, "report_data_payload"},
};

static void each_member_has_its_type(void **state)
{
    struct pack *p = calloc(1, sizeof *p);
    char detail[100];

    (void)state;
    assert_non_null(p);
    write_whole(p);
    expect(pack_bytes(p), CERTBIND_OK, "");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        write_whole(p);
        *value_of(p, members[i].name, members[i].n) = members[i].head;
        (void)snprintf(detail, sizeof detail, "the attestation: %s", members[i].detail);
        expect(pack_bytes(p), CERTBIND_E_CERT_EVIDENCE, detail);
    }
    free(p);
}

static void names_are_text_and_types_32_bits(void **state)
{
    static const uint8_t wide[] = {0xcf, 0, 0, 0, 1};
    struct pack *p = calloc(1, sizeof *p);
    uint8_t *at;

    (void)state;
    assert_non_null(p);
    expect(certbind_bytes("\x81\x01\x01", 3), CERTBIND_E_CERT_EVIDENCE,
           "the attestation: a member's name is no text");
    write_whole(p);
    at = value_of(p, "event_type", 0);
    memmove(at + sizeof wide, at + 1, (size_t)(p->data + p->len - at - 1));
    memcpy(at, wide, sizeof wide); /* 2^32 above the type that belongs there */
    p->len += sizeof wide - 1;
    expect(pack_bytes(p), CERTBIND_E_CERT_EVIDENCE, "the attestation: event_type");
    free(p);
}

static void a_payload_has_a_limit(void **state)
{
    struct attestation_sample s;
    struct certbind_error err = {0};
    char *text = malloc(CERTBIND_ATTESTATION_MAX_TEXT + 2);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', CERTBIND_ATTESTATION_MAX_TEXT + 1);
    text[CERTBIND_ATTESTATION_MAX_TEXT + 1] = '\0';
    attestation_sample_open(&s);
    s.stack = "dstack-pod";
    s.pod_payload = text;
    assert_true(certbind_tagged_report_data("app-data", certbind_text(text), s.report_data));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, attestation_sample_parse(&s, &err));
    assert_non_null(strstr(err.detail, "payload is too long"));
    text[CERTBIND_ATTESTATION_MAX_TEXT] = '\0';
    assert_true(certbind_tagged_report_data("app-data", certbind_text(text), s.report_data));
    assert_int_equal(CERTBIND_OK, attestation_sample_parse(&s, NULL));
    free(text);
}

#define START "000000"           /* version, variant, no quote */
#define EVENT "0300000001000008" /* register 3, a runtime event */
#define DATA                                                                                       \
    "0000000000000000000000000000000000000000000000000000000000000000"                             \
    "0000000000000000000000000000000000000000000000000000000000000000"
#define UNREADABLE "the attestation: an event that cannot be read"
#define REGISTER "the attestation: an event of register 4 or above, or a digest of another length"

static void version_0_says_what_is_wrong(void **state)
{
    static const struct {
        const char *hex;
        certbind_status status;
        const char *detail;
    } cases[] = {
        {START "04" EVENT "000461"
               "00"
               "04046100" DATA "00",
         CERTBIND_OK, ""},
        {START "04"
               "0400000001000000"
               "000461"
               "00"
               "00" DATA "00",
         CERTBIND_E_CERT_EVIDENCE, REGISTER},
        {START "04"
               "0200000001000000"
               "000461"
               "00"
               "00" DATA "00",
         CERTBIND_OK, ""},
        {START "04" EVENT "0400"
               "0461"
               "00"
               "04046100" DATA "00",
         CERTBIND_E_CERT_EVIDENCE, REGISTER},
        {START "04" EVENT "0004ff"
               "00"
               "0404ff00" DATA "00",
         CERTBIND_E_CERT_EVIDENCE, UNREADABLE},
        {START "0004"
               "04ff00" DATA "00",
         CERTBIND_E_CERT_EVIDENCE, UNREADABLE},
        {START "04" EVENT "0008", CERTBIND_E_CERT_EVIDENCE, UNREADABLE},
        {START "0004"
               "0461"
               "04",
         CERTBIND_E_CERT_EVIDENCE, UNREADABLE},
        {START "0800", CERTBIND_E_CERT_EVIDENCE, "the attestation: too many events"},
        {START "00"
               "00"
               "0000",
         CERTBIND_E_CERT_EVIDENCE, "the attestation: cut off, or bytes follow it"},
        {"0001", CERTBIND_E_CERT_EVIDENCE_PLATFORM,
         "the attestation: of another platform than TDX"},
        {"0005", CERTBIND_E_CERT_EVIDENCE, "the attestation: of an unknown variant"},
        {"01", CERTBIND_E_CERT_EVIDENCE, "the attestation: of unknown version"},
        {"", CERTBIND_E_CERT_EVIDENCE, "an attestation of 0 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len;
        uint8_t *bytes = fixture_unhex(cases[i].hex, &len);

        expect(len == 0 ? certbind_bytes(NULL, 0) : certbind_bytes(bytes, len), cases[i].status,
               cases[i].detail);
        free(bytes);
    }
}

/* One whose quote fills it up to the limit, or by one byte more. */
static void a_whole_one_has_a_limit(void **state)
{
    enum { AROUND = 2 + 4 + 2 + CERTBIND_REPORT_DATA_LEN + 1 };
    uint8_t *bytes = calloc(1, CERTBIND_ATTESTATION_MAX_BYTES + 1);

    (void)state;
    assert_non_null(bytes);
    for (uint32_t len = CERTBIND_ATTESTATION_MAX_BYTES; len <= CERTBIND_ATTESTATION_MAX_BYTES + 1;
         len++) {
        const uint32_t compact = (len - AROUND) << 2 | 2;

        for (int i = 0; i < 4; i++)
            bytes[2 + i] = (uint8_t)(compact >> 8 * i);
        expect(certbind_bytes(bytes, len),
               len == CERTBIND_ATTESTATION_MAX_BYTES ? CERTBIND_OK : CERTBIND_E_CERT_EVIDENCE,
               len == CERTBIND_ATTESTATION_MAX_BYTES ? "" : "an attestation of 131073 bytes");
    }
    free(bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_has_its_type),
        cmocka_unit_test(names_are_text_and_types_32_bits),
        cmocka_unit_test(a_payload_has_a_limit),
        cmocka_unit_test(version_0_says_what_is_wrong),
        cmocka_unit_test(a_whole_one_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
