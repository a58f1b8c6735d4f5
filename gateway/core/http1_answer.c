#include "gateway/core/http1_forward.h"

#include "gateway/core/http1_writer.h"

static const struct {
    unsigned status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {508, "Loop Detected"},
};

const char *gw_http_reason(unsigned status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

static bool has_body(unsigned status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void put_head(struct writer *w, const struct gw_http1_answer *answer)
{
    PUT(w, "HTTP/1.1 ");
    put_number(w, answer->status);
    PUT(w, " ");
    put(w, gw_str(gw_http_reason(answer->status)));
    PUT(w, "\r\n");
    if (answer->content_type.len > 0)
        put_field(w, gw_str("Content-Type"), answer->content_type);
    if (has_body(answer->status)) {
        PUT(w, "Content-Length: ");
        put_number(w, answer->body.len);
        PUT(w, "\r\n");
    }
    put(w, answer->fields);
    if (answer->date.len > 0)
        put_field(w, gw_str("Date"), answer->date);
    if (answer->server.len > 0)
        put_field(w, gw_str("Server"), answer->server);
    if (answer->request_id.len > 0)
        put_field(w, gw_str("X-Request-Id"), answer->request_id);
    if (answer->close)
        PUT(w, "Connection: close\r\n");
    else if (answer->keep_alive)
        PUT(w, "Connection: keep-alive\r\n");
    PUT(w, "\r\n");
}

size_t gw_http1_answer_head(const struct gw_http1_answer *answer, char *out, size_t room)
{
    struct writer w = writer_of(out, room);

    put_head(&w, answer);
    return finish(&w);
}

size_t gw_http1_answer(const struct gw_http1_answer *answer, char *out, size_t room)
{
    struct writer w = writer_of(out, room);

    put_head(&w, answer);
    if (has_body(answer->status) && !answer->is_head)
        put(&w, answer->body);
    return finish(&w);
}
