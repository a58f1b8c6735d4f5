/*
 * A request and its body, as a client sends them. What is accepted must forward to a head that
 * this parser accepts again with the framing that was asked for.
 */
#include <assert.h>
#include <stdint.h>

#include "gateway/core/http1_body.h"
#include "gateway/core/http1_forward.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, const char *data, size_t len)
{
    (void)data;
    *(size_t *)ctx += len;
}

static void forward(const struct gw_http1_request *request)
{
    static const struct gw_http1_limits wide = {.max_head_bytes = 65536, .max_target_bytes = 65536};
    struct gw_http1_forward f = {.framing = GW_FRAMING_LENGTH, .content_length = 7};
    struct gw_http_field room[110];
    struct gw_http1_request again = {.fields = {.list = room, .room = 110}};
    struct gw_http_refusal why;
    static char out[70000];

    f.host = request->authority.len == 0 ? gw_str("x") : f.host;
    size_t n = gw_http1_forward_request(request, &f, out, sizeof out);

    assert(n > 0);
    assert(gw_http1_request_parse((struct gw_str){out, n}, &wide, &again, &why));
    assert(again.framing == GW_FRAMING_LENGTH && again.content_length == 7);
    assert(gw_str_equal(again.method, request->method));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gw_http1_limits limits = {.max_head_bytes = 16384,
                                                  .max_target_bytes = 8192};
    struct gw_str input = {(const char *)data, size};
    struct gw_http_field room[100];
    struct gw_http1_request request = {.fields = {.list = room, .room = 100}};
    struct gw_http1_scan scan = {0};
    struct gw_http_refusal why;
    struct gw_http1_body body;
    size_t decoded = 0;

    if (gw_http1_head_scan(&scan, input, limits.max_head_bytes, &why) != GW_HTTP1_COMPLETE)
        return 0;
    if (!gw_http1_request_parse((struct gw_str){input.at + scan.skip, scan.end - scan.skip},
                                &limits, &request, &why))
        return 0;
    (void)gw_http1_next_hop(&request, gw_str("devproof"));
    forward(&request);
    gw_http1_body_begin_request(&body, &request, count, &decoded);
    (void)gw_http1_body_feed(&body, input.at + scan.end, size - scan.end);
    (void)gw_http1_body_finish(&body);
    assert(request.framing != GW_FRAMING_LENGTH || body.state != GW_BODY_DONE ||
           decoded == request.content_length);
    gw_http1_body_cleanup(&body);
    return 0;
}
