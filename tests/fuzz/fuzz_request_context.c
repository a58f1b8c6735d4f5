/* Fields of a request: what is taken over is safe, and what is left of a trace is left again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/core/request_context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const struct gw_http_fields *fields, enum gw_field_id id)
{
    size_t n = 0;

    for (size_t i = 0; i < fields->count; i++)
        n += fields->list[i].id == id;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_http_field list[64];
    struct gw_http_fields fields = {.list = list, .room = 64};
    struct gw_http_refusal why;
    char id[GW_REQUEST_ID_MAX + 1];
    size_t others, left;

    if (!gw_http1_fields_parse((struct gw_str){(const char *)data, size}, &fields, &why))
        return 0;
    if (gw_request_id_read(&fields, id)) {
        assert(strlen(id) > 0 && strlen(id) <= GW_REQUEST_ID_MAX);
        assert(strpbrk(id, " \"\\,;<>%") == NULL && count(&fields, GW_FIELD_X_REQUEST_ID) == 1);
    }
    others =
        fields.count - count(&fields, GW_FIELD_TRACEPARENT) - count(&fields, GW_FIELD_TRACESTATE);
    gw_trace_context_filter(&fields);
    left = count(&fields, GW_FIELD_TRACEPARENT);
    assert(left <= 1 && (left == 1 || count(&fields, GW_FIELD_TRACESTATE) == 0));
    assert(fields.count == others + left + count(&fields, GW_FIELD_TRACESTATE));
    left = fields.count;
    gw_trace_context_filter(&fields);
    assert(fields.count == left);
    return 0;
}
