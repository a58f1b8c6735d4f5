#include "gateway/core/http1_head.h"

#include <string.h>

static enum gw_http1_scan_result refused(struct gw_http_refusal *why, unsigned status,
                                         const char *code)
{
    *why = (struct gw_http_refusal){.status = status, .code = code};
    return GW_HTTP1_REFUSED;
}

enum gw_http1_scan_result gw_http1_head_scan(struct gw_http1_scan *scan, struct gw_str data,
                                             size_t max_head_bytes, struct gw_http_refusal *why)
{
    while (scan->line < data.len) {
        const char *line = data.at + scan->line;
        const char *lf = memchr(line, '\n', data.len - scan->line);

        if (lf == NULL)
            break;
        if (lf == line || lf[-1] != '\r')
            return refused(why, 400, "bare-lf");
        scan->line = (size_t)(lf + 1 - data.at);
        if (lf - line > 1)
            continue;
        if (scan->line == 2) {
            /* One empty line before a message is forgiven (RFC 9112 section 2.2). */
            scan->skip = 2;
            continue;
        }
        if (scan->line - scan->skip == 2)
            return refused(why, 400, "empty-lines");
        scan->end = scan->line;
        if (scan->end - scan->skip > max_head_bytes)
            return refused(why, 431, "head-size");
        return GW_HTTP1_COMPLETE;
    }
    if (data.len - scan->skip > max_head_bytes) {
        /* A first line without an end is long because of its target (RFC 9112 section 3). */
        bool in_first = scan->line == scan->skip;

        return refused(why, in_first ? 414 : 431, in_first ? "target-size" : "head-size");
    }
    return GW_HTTP1_MORE;
}
