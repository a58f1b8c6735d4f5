#include "gateway/core/http1_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/http1_head.h"
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
        assert_int_equal(expected && (c < 'A' || c > 'Z'),
                         gw_http_is_lower_token((struct gw_str){text, sizeof text}));
    }
    assert_false(gw_http_is_token(gw_str("")));
    assert_false(gw_http_is_lower_token(gw_str("")));
}

/* Also behind a tab, and next to bytes that a subtraction would borrow from. */
static void every_byte_of_a_value_is_looked_at_wherever_it_stands(void **state)
{
    static const char fills[] = {'a', ' ', '\t', '~', (char)0x80, (char)0xff};
    char text[20];

    (void)state;
    for (size_t fill = 0; fill < sizeof fills; fill++) {
        for (size_t at = 0; at < sizeof text; at++) {
            for (int c = 0; c < 256; c++) {
                const bool expected = (c >= 0x20 || c == '\t') && c != 0x7f;

                memset(text, fills[fill], sizeof text);
                text[at] = (char)c;
                for (size_t len = at + 1; len <= sizeof text; len++)
                    assert_int_equal(expected, gw_http_is_field_value((struct gw_str){text, len}));
            }
        }
    }
    assert_true(gw_http_is_field_value(gw_str("")));
}

/* Options in lines of ten, with empty elements, behind the first line of a head. */
static struct gw_str head_with_options(const char *line, unsigned count)
{
    static char text[2048];
    size_t n = (size_t)snprintf(text, sizeof text, "%s\r\nHost: a\r\nContent-Length: 0", line);

    for (unsigned i = 0; i < count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s x%u,,",
                              i % 10 == 0 ? "\r\nConnection:" : "", i);
    n += (size_t)snprintf(text + n, sizeof text - n, "\r\n\r\n");
    return (struct gw_str){text, n};
}

static void connection_names_a_few_fields(void **state)
{
    static const struct gw_http1_limits limits = {.max_head_bytes = 2048, .max_target_bytes = 99};
    struct gw_http_field list[16];
    struct gw_http1_request request = {.fields = {list, 16, 0}};
    struct gw_http1_response response = {.fields = {list, 16, 0}};
    struct gw_http_refusal why = {0};

    (void)state;
    for (unsigned count = 32; count < 34; count++) {
        assert_int_equal(count == 32,
                         gw_http1_request_parse(head_with_options("GET / HTTP/1.1", count), &limits,
                                                &request, &why));
        assert_int_equal(count == 32 ? 0 : 431, why.status);
        why.status = 0;
        assert_int_equal(count == 32,
                         gw_http1_response_parse(head_with_options("HTTP/1.1 200 OK", count), false,
                                                 &response, &why));
        assert_int_equal(count == 32 ? 0 : 502, why.status);
    }
    assert_string_equal("field-count", why.code);
    why.status = 0;
    for (unsigned commas = 64; commas < 66; commas++) {
        char text[200];

        (void)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nConnection: %.*s\r\n\r\n",
                       (int)commas,
                       ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,");
        assert_int_equal(commas == 64,
                         gw_http1_request_parse(gw_str(text), &limits, &request, &why));
    }
    assert_string_equal("field-count", why.code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_name_is_found_in_any_case),
        cmocka_unit_test(fields_of_the_gateway_are_found_by_their_beginning),
        cmocka_unit_test(tokens_are_those_of_rfc_9110),
        cmocka_unit_test(connection_names_a_few_fields),
        cmocka_unit_test(every_byte_of_a_value_is_looked_at_wherever_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
