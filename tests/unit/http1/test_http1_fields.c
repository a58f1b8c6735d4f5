#include "gateway/core/http1_fields.h"

#include <ctype.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void every_known_name_is_found_in_any_case(void **state)
{
    static const struct {
        enum gw_field_id id;
        const char *name;
    } rows[] = {
#define X(symbol, name, class) {symbol, name},
        GW_FIELD_LIST(X)
#undef X
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char upper[32] = "";

        if (rows[i].name[0] == '\0')
            continue;
        for (size_t k = 0; rows[i].name[k] != '\0'; k++)
            upper[k] = (char)toupper((unsigned char)rows[i].name[k]);
        assert_int_equal(rows[i].id, gw_field_identify(gw_str(rows[i].name)));
        assert_int_equal(rows[i].id, gw_field_identify(gw_str(upper)));
        /* One letter less, more or other is another field. */
        assert_int_equal(GW_FIELD_OTHER,
                         gw_field_identify((struct gw_str){upper, strlen(upper) - 1}));
        upper[strlen(upper)] = 'X';
        assert_int_equal(GW_FIELD_OTHER, gw_field_identify(gw_str(upper)));
        upper[strlen(upper) - 1] = '\0';
        upper[0] = '~';
        assert_int_equal(GW_FIELD_OTHER, gw_field_identify(gw_str(upper)));
    }
}

static void fields_of_the_gateway_are_found_by_their_beginning(void **state)
{
    static const char *const ours[] = {"devproof-", "Devproof-A", "x-devproof-session-and-more",
                                       "X-FLASHBOTS-", "x-flashbots-measurement-of-something"};
    static const char *const others[] = {"", "devproof", "x-devproof", "x-flashbot-a",
                                         "adevproof-"};

    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_int_equal(GW_FIELD_ATTESTATION, gw_field_identify(gw_str(ours[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(GW_FIELD_OTHER, gw_field_identify(gw_str(others[i])));
}

static void tokens_are_those_of_rfc_9110(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char text[] = {'a', (char)c, 'z'};
        const bool expected =
            c != 0 && c < 0x80 && (isalnum(c) != 0 || strchr("!#$%&'*+-.^_`|~", c) != NULL);

        assert_int_equal(expected, gw_http_is_token((struct gw_str){text, sizeof text}));
        assert_int_equal(expected, gw_http_is_token((struct gw_str){text + 1, 1}));
    }
    assert_false(gw_http_is_token(gw_str("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_name_is_found_in_any_case),
        cmocka_unit_test(fields_of_the_gateway_are_found_by_their_beginning),
        cmocka_unit_test(tokens_are_those_of_rfc_9110),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
