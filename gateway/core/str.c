#include "gateway/core/str.h"

#include <string.h>
#include <strings.h>

struct gw_str gw_str(const char *text)
{
    return (struct gw_str){.at = text, .len = strlen(text)};
}

bool gw_str_equal(struct gw_str a, struct gw_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool gw_str_equal_nocase(struct gw_str a, struct gw_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (a.at[i] != b.at[i] && lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool gw_str_starts(struct gw_str text, struct gw_str prefix)
{
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.at, prefix.at, prefix.len) == 0);
}

struct gw_str gw_str_trim(struct gw_str text)
{
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
        text.len--;
    return text;
}

bool gw_str_next_element(struct gw_str *rest, struct gw_str *element)
{
    while (rest->len > 0) {
        const char *comma = memchr(rest->at, ',', rest->len);
        size_t n = comma == NULL ? rest->len : (size_t)(comma - rest->at);

        *element = gw_str_trim((struct gw_str){.at = rest->at, .len = n});
        n += comma != NULL;
        rest->at += n;
        rest->len -= n;
        if (element->len > 0)
            return true;
    }
    return false;
}
