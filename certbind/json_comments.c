#include "certbind/json_comments.h"

/* Where a string that begins at text[at] ends: the index after its closing quote. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at < len ? at + 1 : len;
}

static void blank(char *c)
{
    if (*c != '\n' && *c != '\r')
        *c = ' ';
}

static size_t blank_line(char *text, size_t len, size_t at)
{
    for (; at < len && text[at] != '\n'; at++)
        blank(&text[at]);
    return at;
}

/* A block that never ends is left as it is, for the parser to complain about. */
static size_t blank_block(char *text, size_t len, size_t at)
{
    size_t end = at + 2;

    while (end + 1 < len && !(text[end] == '*' && text[end + 1] == '/'))
        end++;
    if (end + 1 >= len)
        return len;
    for (; at < end + 2; at++)
        blank(&text[at]);
    return at;
}

void certbind_json_blank_comments(char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        if (text[at] == '"')
            at = skip_string(text, len, at);
        else if (text[at] == '/' && at + 1 < len && text[at + 1] == '/')
            at = blank_line(text, len, at);
        else if (text[at] == '/' && at + 1 < len && text[at + 1] == '*')
            at = blank_block(text, len, at);
        else
            at++;
    }
}
