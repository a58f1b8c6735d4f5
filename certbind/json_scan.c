#include "certbind/json_scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/json.h"
#include "certbind/utf8.h"

enum { MAX_NUMBER = 60 }; /* cJSON copies numbers into 64 bytes */

struct scan {
    char *text;
    size_t len;
    size_t at;
    struct json_places *places;
    enum json_scan_result result;
    const char *what;
    bool in_object[CERTBIND_JSON_MAX_DEPTH];
    size_t depth;
};

static bool refuse(struct scan *s, enum json_scan_result result, const char *what)
{
    s->result = result;
    s->what = what;
    return false;
}

static unsigned char peek(const struct scan *s)
{
    return s->at < s->len ? (unsigned char)s->text[s->at] : 0;
}

static void skip_blanks(struct scan *s)
{
    while (s->at < s->len && strchr(" \t\r\n", s->text[s->at]) != NULL && s->text[s->at] != '\0')
        s->at++;
}

static bool scan_utf8(struct scan *s)
{
    const size_t n = certbind_utf8_sequence(certbind_bytes(s->text + s->at, s->len - s->at));

    if (n == 0)
        return refuse(s, JSON_SCAN_ENCODING, "not UTF-8");
    s->at += n;
    return true;
}

static bool scan_hex4(struct scan *s, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *d = peek(s) == 0 ? NULL : strchr(digits, peek(s));

        if (d == NULL)
            return refuse(s, JSON_SCAN_SYNTAX, "a \\u escape needs four hex digits");
        *value = *value * 16 + (unsigned)(d - digits < 16 ? d - digits : d - digits - 6);
        s->at++;
    }
    return true;
}

static bool scan_escape(struct scan *s)
{
    unsigned unit;

    s->at++;
    if (peek(s) != 'u') {
        if (peek(s) == 0 || strchr("\"\\/bfnrt", peek(s)) == NULL)
            return refuse(s, JSON_SCAN_SYNTAX, "unknown escape");
        s->at++;
        return true;
    }
    s->at++;
    if (!scan_hex4(s, &unit))
        return false;
    if (unit == 0)
        return refuse(s, JSON_SCAN_ENCODING, "U+0000");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return refuse(s, JSON_SCAN_ENCODING, "lone surrogate");
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (s->len - s->at < 2 || s->text[s->at] != '\\' || s->text[s->at + 1] != 'u')
        return refuse(s, JSON_SCAN_ENCODING, "lone surrogate");
    s->at += 2;
    if (!scan_hex4(s, &unit))
        return false;
    return (unit >= 0xdc00 && unit <= 0xdfff) || refuse(s, JSON_SCAN_ENCODING, "lone surrogate");
}

static bool scan_string(struct scan *s)
{
    if (peek(s) != '"')
        return refuse(s, JSON_SCAN_SYNTAX, "a string was expected");
    s->at++;
    while (s->at < s->len) {
        unsigned char c = peek(s);

        if (c == '"') {
            s->at++;
            return true;
        }
        if (c == 0)
            return refuse(s, JSON_SCAN_ENCODING, "U+0000");
        if (c < 0x20)
            return refuse(s, JSON_SCAN_SYNTAX, "a control character in a string");
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
        } else if (c < 0x80) {
            s->at++;
        } else if (!scan_utf8(s)) {
            return false;
        }
    }
    return refuse(s, JSON_SCAN_SYNTAX, "a string without its end");
}

static bool scan_digits(struct scan *s)
{
    size_t from = s->at;

    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at > from || refuse(s, JSON_SCAN_SYNTAX, "a digit was expected");
}

static bool scan_number(struct scan *s)
{
    size_t from = s->at;
    bool integer = true;

    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0')
        s->at++;
    else if (!scan_digits(s))
        return false;
    if (peek(s) == '.') {
        integer = false;
        s->at++;
        if (!scan_digits(s))
            return false;
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        integer = false;
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!scan_digits(s))
            return false;
    }
    if (s->at - from > MAX_NUMBER) {
        integer = false;
        memset(s->text + from, ' ', s->at - from);
        s->text[from] = '0';
    }
    if (integer)
        s->places->at[s->places->count - 1] |= JSON_PLACE_INTEGER;
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    if (s->len - s->at < n || memcmp(s->text + s->at, word, n) != 0)
        return refuse(s, JSON_SCAN_SYNTAX, "a value was expected");
    s->at += n;
    return true;
}

static bool add_place(struct scan *s)
{
    struct json_places *p = s->places;

    if (p->count == p->room) {
        size_t room = p->room * 2 + 64;
        uint32_t *grown = realloc(p->at, room * sizeof *grown);

        if (grown == NULL)
            return refuse(s, JSON_SCAN_MEMORY, "memory ran out");
        p->at = grown;
        p->room = room;
    }
    p->at[p->count++] = (uint32_t)s->at;
    return true;
}

/* The name and colon before a member's value. */
static bool scan_name(struct scan *s)
{
    skip_blanks(s);
    if (!scan_string(s))
        return false;
    skip_blanks(s);
    if (peek(s) != ':')
        return refuse(s, JSON_SCAN_SYNTAX, "a colon was expected");
    s->at++;
    return true;
}

/*
 * Begin one value: a scalar is scanned whole, a non-empty container is opened.
 * opened says that the next thing is the first value inside it.
 */
static bool scan_begin(struct scan *s, bool *opened)
{
    unsigned char c;

    *opened = false;
    skip_blanks(s);
    if (!add_place(s))
        return false;
    c = peek(s);
    if (c != '{' && c != '[') {
        if (c == '"')
            return scan_string(s);
        if (c == '-' || (c >= '0' && c <= '9'))
            return scan_number(s);
        return scan_word(s, c == 't' ? "true" : c == 'f' ? "false" : "null");
    }
    if (s->depth == CERTBIND_JSON_MAX_DEPTH)
        return refuse(s, JSON_SCAN_SYNTAX, "nested too deeply");
    s->at++;
    skip_blanks(s);
    if (peek(s) == (c == '{' ? '}' : ']')) {
        s->at++;
        return true;
    }
    s->in_object[s->depth++] = c == '{';
    *opened = true;
    return c == '[' || scan_name(s);
}

/* After a value: close containers, or go to the next value. more says that one follows. */
static bool scan_end(struct scan *s, bool *more)
{
    *more = false;
    while (s->depth > 0) {
        bool in_object = s->in_object[s->depth - 1];

        skip_blanks(s);
        if (peek(s) == ',') {
            s->at++;
            *more = true;
            return !in_object || scan_name(s);
        }
        if (peek(s) != (in_object ? '}' : ']'))
            return refuse(s, JSON_SCAN_SYNTAX, "a comma or the end of a container was expected");
        s->at++;
        s->depth--;
    }
    return true;
}

static bool scan_text(struct scan *s)
{
    bool opened = true;
    bool more = true;

    if (s->len >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0)
        return refuse(s, JSON_SCAN_ENCODING, "a byte order mark");
    while (more) {
        if (!scan_begin(s, &opened))
            return false;
        if (opened)
            continue;
        if (!scan_end(s, &more))
            return false;
    }
    skip_blanks(s);
    if (s->at != s->len)
        return refuse(s, s->text[s->at] == '\0' ? JSON_SCAN_ENCODING : JSON_SCAN_SYNTAX,
                      "text after the value");
    return true;
}

enum json_scan_result json_scan(char *text, size_t len, struct json_places *places, size_t *offset,
                                const char **what)
{
    struct scan s = {.len = len, .places = places, .what = "no value"};

    s.text = text;
    s.result = scan_text(&s) ? JSON_SCAN_OK : s.result;
    *offset = s.at;
    *what = s.what;
    return s.result;
}
