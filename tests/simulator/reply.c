#include "tests/simulator/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

void sim_reply_error(struct sim_reply *r, unsigned status, const char *fmt, ...)
{
    char message[256];
    va_list args;
    cJSON *text;
    char *printed;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    text = cJSON_CreateString(message);
    printed = text == NULL ? NULL : cJSON_PrintUnformatted(text);
    sim_reply_cleanup(r);
    r->status = status;
    sim_buffer_printf(&r->body, "{\n  \"error\": %s\n}", printed == NULL ? "\"\"" : printed);
    cJSON_free(printed);
    cJSON_Delete(text);
}

static const char *reason(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    default:
        return "Internal Server Error";
    }
}

void sim_reply_encode(const struct sim_reply *r, bool with_body, bool keep_alive,
                      struct sim_buffer *out)
{
    bool broken = r->status == 0 || !sim_buffer_ok(&r->body) || !sim_buffer_ok(&r->headers);
    unsigned status = broken ? 500 : r->status;
    size_t len = broken ? 0 : r->body.len;

    sim_buffer_printf(out, "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n", status,
                      reason(status),
                      r->content_type == NULL ? "application/json" : r->content_type, len);
    if (!broken)
        sim_buffer_put_bytes(out, sim_buffer_view(&r->headers));
    sim_buffer_put_text(out, keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
    if (with_body && !broken)
        sim_buffer_put_bytes(out, sim_buffer_view(&r->body));
}

void sim_reply_cleanup(struct sim_reply *r)
{
    sim_buffer_cleanup(&r->headers);
    sim_buffer_cleanup(&r->body);
    *r = (struct sim_reply){0};
}
