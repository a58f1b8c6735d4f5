/* Extension .9: read for people, in its documented form or not at all. */
#include "certbind/app_info.h"

#include <stdlib.h>

#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/pack.h"

/* The eight fields of a right one behind an array's head, and one byte in place of the scripts. */
static bool parses_as(uint32_t count, unsigned last)
{
    static const size_t lengths[] = {20, 32, 0, 0, 0, 0, 0, 0};
    static const uint8_t bytes[32];
    struct pack *p = calloc(1, sizeof *p);
    struct certbind_app_info info;
    bool ok;

    assert_non_null(p);
    pack_array(p, count);
    for (int i = 0; i < CERTBIND_APP_INFO_FIELDS; i++)
        pack_binary(p, certbind_bytes(bytes, lengths[i]));
    pack_byte(p, last);
    ok = certbind_app_info_parse(pack_bytes(p), &info);
    free(p);
    return ok;
}

static void nine_items_end_in_a_list_or_nil(void **state)
{
    (void)state;
    assert_true(parses_as(9, 0xc0));
    assert_true(parses_as(9, 0x90));
    assert_false(parses_as(8, 0xc0));
    assert_false(parses_as(10, 0xc0));
    assert_false(parses_as(9, 0x80)); /* an empty map */
    assert_false(parses_as(9, 0xa0));
    assert_false(parses_as(9, 0));
}

/* An array of count items: eight fields of these lengths, then scripts, or nil when negative. */
static bool parses(const size_t lengths[CERTBIND_APP_INFO_FIELDS], int scripts, size_t script_len)
{
    static const uint8_t bytes[CERTBIND_APP_INFO_MAX_TEXT + 1];
    struct pack *p = calloc(1, sizeof *p);
    struct certbind_app_info info;
    bool ok;

    assert_non_null(p);
    pack_array(p, CERTBIND_APP_INFO_FIELDS + 1);
    for (int i = 0; i < CERTBIND_APP_INFO_FIELDS; i++)
        pack_binary(p, certbind_bytes(bytes, lengths[i]));
    if (scripts < 0)
        pack_byte(p, 0xc0);
    else
        pack_array(p, (uint32_t)scripts);
    for (int i = 0; i < scripts; i++)
        pack_binary(p, certbind_bytes(bytes, script_len));
    ok = certbind_app_info_parse(pack_bytes(p), &info);
    if (ok)
        assert_int_equal(scripts < 0 ? 0 : scripts, info.script_count);
    for (size_t n = 0; ok && n < p->len; n++)
        assert_false(certbind_app_info_parse(certbind_bytes(p->data, n), &info));
    pack_byte(p, 0);
    assert_false(certbind_app_info_parse(pack_bytes(p), &info));
    free(p);
    return ok;
}

static void lengths_are_those_of_the_fields(void **state)
{
    static const size_t good[] = {20, 32, 20, 32, 32, 32, 32, 100};
    static const bool may_be_empty[] = {false, false, true, true, true, true, true, true};

    (void)state;
    assert_true(parses(good, -1, 0));
    for (int i = 0; i < CERTBIND_APP_INFO_FIELDS; i++) {
        size_t lengths[CERTBIND_APP_INFO_FIELDS];

        for (int j = 0; j < CERTBIND_APP_INFO_FIELDS; j++)
            lengths[j] = good[j];
        lengths[i] = 0;
        assert_int_equal(may_be_empty[i], parses(lengths, -1, 0));
        lengths[i] = i == CERTBIND_APP_INFO_KEY_PROVIDER ? CERTBIND_APP_INFO_MAX_TEXT + 1 : 31;
        assert_false(parses(lengths, -1, 0));
    }
}

static void script_hashes_are_counted(void **state)
{
    static const size_t good[] = {20, 32, 0, 32, 32, 32, 0, 0};

    (void)state;
    assert_true(parses(good, 0, 32));
    assert_true(parses(good, CERTBIND_APP_INFO_MAX_SCRIPTS, 32));
    assert_false(parses(good, CERTBIND_APP_INFO_MAX_SCRIPTS + 1, 32));
    assert_false(parses(good, 1, 31));
}

static void a_sample_says_whose_it_is(void **state)
{
    size_t len;
    uint8_t *der = fixture_certificate_der("dstack/ratls-certs/kms-style-chain.pem", &len);
    struct certbind_leaf leaf;
    struct certbind_app_info info;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL));
    assert_true(leaf.app_info.present && !leaf.app_info.malformed);
    assert_true(certbind_app_info_parse(leaf.app_info.content, &info));
    assert_hex_equal("5bb4ff9a3837357f19dc176407a5709c62eb6c56",
                     info.field[CERTBIND_APP_INFO_APP_ID].data, 20);
    assert_true(certbind_bytes_equal(leaf.app_id.content, info.field[CERTBIND_APP_INFO_APP_ID]));
    assert_true(certbind_bytes_equal(certbind_text("app:custom"), leaf.usage.content));
    assert_string_equal("os_image_hash", certbind_app_info_name(CERTBIND_APP_INFO_OS_IMAGE_HASH));
    certbind_leaf_cleanup(&leaf);
    free(der);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nine_items_end_in_a_list_or_nil),
        cmocka_unit_test(lengths_are_those_of_the_fields),
        cmocka_unit_test(script_hashes_are_counted),
        cmocka_unit_test(a_sample_says_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
