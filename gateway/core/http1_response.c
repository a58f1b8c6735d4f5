#include "gateway/core/http1_head.h"

#include <string.h>

#include "gateway/core/http1_message.h"

/* HTTP/1.x SP 3DIGIT [SP reason]: the blank before an empty reason is often left out. */
static bool read_status_line(struct gw_str line, struct gw_http1_response *out)
{
    if (line.len < 12 || memcmp(line.at, "HTTP/1.", 7) != 0 ||
        (line.at[7] != '0' && line.at[7] != '1') || line.at[8] != ' ')
        return false;
    out->minor = (unsigned)(line.at[7] - '0');
    for (size_t i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9')
            return false;
        out->status = out->status * 10 + (unsigned)(line.at[i] - '0');
    }
    if (out->status < 100 || out->status > 599 || (line.len > 12 && line.at[12] != ' '))
        return false;
    if (line.len > 13)
        out->reason = (struct gw_str){line.at + 13, line.len - 13};
    for (size_t i = 0; i < out->reason.len; i++) {
        unsigned char c = (unsigned char)out->reason.at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool gw_http1_response_parse(struct gw_str head, bool request_head, struct gw_http1_response *out,
                             struct gw_http_refusal *why)
{
    struct gw_http_fields fields = out->fields;
    struct gw_http1_framing_fields framing;
    struct gw_str line;
    struct gw_str rest;

    *out = (struct gw_http1_response){.head = head, .request_head = request_head, .fields = fields};
    out->fields.count = 0;
    if (!gw_http1_first_line(head, &line, &rest) || !read_status_line(line, out))
        return gw_http_refuse(why, 502, "status-line");
    if (!gw_http1_fields_parse(rest, &out->fields, why) ||
        !gw_http1_framing_read(&out->fields, out->minor, &framing, why) ||
        !gw_http1_options_check(&out->fields, why)) {
        why->status = 502;
        return false;
    }
    out->has_length = framing.has_length;
    out->content_length = framing.length;
    if (request_head || out->status < 200 || out->status == 204 || out->status == 304)
        out->framing = GW_FRAMING_NONE;
    else if (framing.chunked)
        out->framing = GW_FRAMING_CHUNKED;
    else
        out->framing = framing.has_length ? GW_FRAMING_LENGTH : GW_FRAMING_CLOSE;
    out->keep_alive =
        out->framing != GW_FRAMING_CLOSE && gw_http1_persistent(&out->fields, out->minor);
    return true;
}
