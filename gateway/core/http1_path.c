#include "gateway/core/http1_path.h"

#include <stdint.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX at the beginning of text stands for, or -1. */
static int decode_percent(const char *at, const char *end)
{
    if (end - at < 3 || at[0] != '%' || hex_value(at[1]) < 0 || hex_value(at[2]) < 0)
        return -1;
    return hex_value(at[1]) << 4 | hex_value(at[2]);
}

static bool is_unreserved(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* RFC 3986 section 5.2.4 in place. Returns: whether there were dot segments. */
static bool remove_dot_segments(char *path, size_t *len)
{
    size_t out = 0;
    size_t in = 0;
    bool found = false;

    while (in < *len) {
        size_t end = in + 1; /* path[in] is '/' */
        size_t n;

        while (end < *len && path[end] != '/')
            end++;
        n = end - in - 1;
        if (n > 0 && n <= 2 && path[in + 1] == '.' && path[in + n] == '.') {
            found = true;
            while (n == 2 && out > 0 && path[--out] != '/')
                ;
            if (end == *len)
                path[out++] = '/';
        } else {
            memmove(path + out, path + in, end - in);
            out += end - in;
        }
        in = end;
    }
    *len = out;
    return found;
}

enum gw_path_form gw_path_normalize(struct gw_str path, char *out, size_t room, size_t *out_len)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *end = path.at + path.len;
    bool ambiguous = false;
    size_t n = 0;

    if (path.len == 0 || path.at[0] != '/' || path.len > room)
        return GW_PATH_REFUSED;
    for (const char *at = path.at; at < end; at++) {
        int c = (unsigned char)*at;

        ambiguous = ambiguous || c == '\\' || (c == '/' && n > 0 && out[n - 1] == '/');
        if (c != '%') {
            out[n++] = (char)c;
            continue;
        }
        c = decode_percent(at, end);
        if (c <= 0)
            return GW_PATH_REFUSED;
        ambiguous = ambiguous || c == '/' || c == '\\' || c == '.';
        if (is_unreserved(c)) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
        at += 2;
    }
    ambiguous = remove_dot_segments(out, &n) || ambiguous;
    *out_len = n;
    return ambiguous ? GW_PATH_AMBIGUOUS : GW_PATH_PLAIN;
}

/* The ways in which other readers are known to rewrite a path. */
enum { READ_TWICE = 1, READ_BACKSLASH = 2, READ_PARAMETERS = 4, READ_JOINED = 8, READ_FOLDED = 16 };

static size_t decode_all(char *path, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        int c = decode_percent(path + i, path + len);

        if (c < 0)
            c = (unsigned char)path[i];
        else
            i += 2;
        path[n++] = (char)c;
    }
    return n;
}

/* Rewrite path in place as a reader with these habits would. */
static size_t read_as(char *path, size_t len, unsigned habits)
{
    size_t n = 0;
    bool in_parameters = false;

    len = decode_all(path, len);
    if ((habits & READ_TWICE) != 0)
        len = decode_all(path, len);
    for (size_t i = 0; i < len; i++) {
        char c = path[i];

        if (c == '\\' && (habits & READ_BACKSLASH) != 0)
            c = '/';
        if (c >= 'A' && c <= 'Z' && (habits & READ_FOLDED) != 0)
            c = (char)(c + ('a' - 'A'));
        if (c == ';' && (habits & READ_PARAMETERS) != 0)
            in_parameters = true;
        if (c == '/')
            in_parameters = false;
        if (in_parameters ||
            (c == '/' && (habits & READ_JOINED) != 0 && n > 0 && path[n - 1] == '/'))
            continue;
        path[n++] = c;
    }
    if (n > 0 && path[0] == '/')
        (void)remove_dot_segments(path, &n);
    return n;
}

bool gw_path_drop_parameters(struct gw_str path, char *out, size_t *out_len)
{
    memcpy(out, path.at, path.len);
    if (memchr(out, ';', decode_all(out, path.len)) == NULL)
        return false;
    memcpy(out, path.at, path.len);
    *out_len = read_as(out, path.len, READ_PARAMETERS | READ_JOINED);
    return true;
}

static bool is_below(struct gw_str path, struct gw_str prefix)
{
    struct gw_str bare = {prefix.at, prefix.len - 1};

    return gw_str_starts(path, prefix) || gw_str_equal(path, bare);
}

static bool could_be_rewritten(struct gw_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.at[i];

        if (c == '%' || c == '\\' || c == ';' || (c >= 'A' && c <= 'Z') ||
            (c == '/' && i > 0 && path.at[i - 1] == '/'))
            return true;
    }
    return false;
}

/* Returns: whether the last segment of prefix, with what stands before it, is there when everything
 * is decoded and folded. No habit makes a segment of others, so without it none reads the prefix.
 */
static bool names_last_segment(struct gw_str path, struct gw_str prefix, char *scratch)
{
    const char *slash = memrchr(prefix.at, '/', prefix.len - 1);
    const size_t segment_len = prefix.len - 1 - (size_t)(slash - prefix.at);
    size_t len;

    memcpy(scratch, path.at, path.len);
    len = decode_all(scratch, path.len);
    len = decode_all(scratch, len);
    for (size_t i = 0; i < len; i++) {
        if (scratch[i] == '\\')
            scratch[i] = '/';
        else if (scratch[i] >= 'A' && scratch[i] <= 'Z')
            scratch[i] = (char)(scratch[i] + ('a' - 'A'));
    }
    return memmem(scratch, len, slash, segment_len) != NULL;
}

enum gw_path_claim gw_path_claim(struct gw_str path, struct gw_str normal, struct gw_str prefix,
                                 char *scratch)
{
    if (is_below(normal, prefix))
        return GW_PATH_CLAIMED;
    if (!could_be_rewritten(path) || !names_last_segment(path, prefix, scratch))
        return GW_PATH_FREE;
    if (path.len > GW_PATH_CLAIM_MAX)
        return GW_PATH_CLAIM_REFUSED;
    for (unsigned habits = 0; habits < 32; habits++) {
        struct gw_str read = {scratch, 0};

        memcpy(scratch, path.at, path.len);
        read.len = read_as(scratch, path.len, habits);
        if (is_below(read, prefix))
            return GW_PATH_CLAIM_REFUSED;
    }
    return GW_PATH_FREE;
}
