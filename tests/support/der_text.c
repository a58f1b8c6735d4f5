#include "tests/support/der_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"

enum { MAX_DEPTH = 32, LENGTH_ROOM = 4 };

/* Put the length of what was written since from in front of it. Returns: its octets. */
static size_t put_length(uint8_t *from, size_t len)
{
    const size_t n = len < 0x80 ? 1 : len < 0x100 ? 2 : len < 0x10000 ? 3 : 4;

    memmove(from + n, from, len);
    from[0] = (uint8_t)(n == 1 ? len : 0x80 + n - 1);
    for (size_t i = 1; i < n; i++)
        from[i] = (uint8_t)(len >> 8 * (n - 1 - i));
    return n;
}

static size_t put_text(const char **at, uint8_t *out)
{
    size_t len = 0;

    for (*at += 1; **at != '"'; *at += 1)
        out[len++] = (uint8_t) * *at;
    return len;
}

uint8_t *der_text(const char *text, size_t *len)
{
    uint8_t *out = malloc(LENGTH_ROOM * strlen(text) + 1);
    uint8_t *exact;
    size_t open[MAX_DEPTH];
    size_t depth = 0;

    assert_non_null(out);
    *len = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (isspace((unsigned char)*at))
            continue;
        if (*at == '{') {
            assert_true(depth < MAX_DEPTH);
            open[depth++] = *len;
        } else if (*at == '}') {
            assert_true(depth-- > 0);
            *len += put_length(out + open[depth], *len - open[depth]);
        } else if (*at == '"') {
            *len += put_text(&at, out + *len);
        } else {
            assert_true(certbind_hex_decode(certbind_bytes(at, 2), out + *len, 1));
            *len += 1;
            at++;
        }
    }
    assert_int_equal(0, depth);
    exact = malloc(*len + (*len == 0)); /* so that a sanitizer sees the end */
    assert_non_null(exact);
    memcpy(exact, out, *len);
    free(out);
    return exact;
}

uint8_t *der_text_edited(const char *text, const char *from, const char *to, size_t *len)
{
    const char *at = strstr(text, from);
    char *edited = calloc(1, strlen(text) + strlen(to) + 1);
    uint8_t *out;

    if (at == NULL)
        fail_msg("'%s' is not in the text", from);
    assert_non_null(edited);
    memcpy(edited, text, (size_t)(at - text));
    memcpy(edited + (at - text), to, strlen(to));
    memcpy(edited + (at - text) + strlen(to), at + strlen(from), strlen(at + strlen(from)));
    out = der_text(edited, len);
    free(edited);
    return out;
}
