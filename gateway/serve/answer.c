#include "gateway/serve/answer.h"

#include <stdio.h>
#include <string.h>

enum { FIXED = 4, ERROR_ROOM = 512 };

void gateway_answer_send(struct gw_exchange *x, const struct gateway_answer *answer)
{
    struct gw_response_field fields[FIXED + GATEWAY_ANSWER_EXTRA_MAX];
    struct gw_response response = {
        .status = answer->status,
        .fields = fields,
        .body = (const uint8_t *)answer->body,
        .body_len = answer->body_len,
        .release = answer->release,
        .release_arg = answer->release_arg,
        .reason = answer->reason,
        .close = answer->close,
    };
    size_t n = 0;

    if (answer->body_len > 0)
        fields[n++] = (struct gw_response_field){"Content-Type", "application/json"};
    fields[n++] = (struct gw_response_field){
        "Cache-Control", answer->cache_control != NULL ? answer->cache_control : "no-store"};
    fields[n++] = (struct gw_response_field){"X-Content-Type-Options", "nosniff"};
    fields[n++] = (struct gw_response_field){"Access-Control-Allow-Origin", "*"};
    for (size_t i = 0; i < GATEWAY_ANSWER_EXTRA_MAX; i++)
        if (answer->extra[i].name != NULL)
            fields[n++] = answer->extra[i];
    response.fields_count = n;
    gw_exchange_respond(x, &response);
}

static void send_error(struct gw_exchange *x, unsigned status, const char *code,
                       const char *message, const struct gw_response_field *extra, bool close)
{
    char body[ERROR_ROOM];
    int len = snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n",
                       code, message);
    struct gateway_answer answer = {.status = status, .reason = code, .body = body, .close = close};

    answer.body_len = len > 0 && (size_t)len < sizeof body ? (size_t)len : 0;
    if (extra != NULL)
        answer.extra[0] = *extra;
    if (status == 503 && (extra == NULL || strcmp(extra->name, "Retry-After") != 0))
        answer.extra[1] = (struct gw_response_field){"Retry-After", "1"};
    gateway_answer_send(x, &answer);
}

void gateway_answer_error(struct gw_exchange *x, unsigned status, const char *code,
                          const char *message, const struct gw_response_field *extra)
{
    send_error(x, status, code, message, extra, false);
}

void gateway_answer_last(struct gw_exchange *x, unsigned status, const char *code,
                         const char *message, const struct gw_response_field *extra)
{
    send_error(x, status, code, message, extra, true);
}
