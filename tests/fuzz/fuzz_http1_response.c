/* A response and its body, as an upstream sends them. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gw_http1_forward f = {.framing = GW_FRAMING_CHUNKED};
    static char out[70000];
    struct gw_str input = {(const char *)data, size};
    struct gw_http_field room[100];
    struct gw_http_field room_again[110];
    struct gw_http1_response response = {.fields = {.list = room, .room = 100}};
    struct gw_http1_response again = {.fields = {.list = room_again, .room = 110}};
    struct gw_http1_scan scan = {0};
    struct gw_http_refusal why;
    struct gw_http1_body body;
    size_t decoded = 0;

    if (gw_http1_head_scan(&scan, input, 16384, &why) != GW_HTTP1_COMPLETE)
        return 0;
    if (!gw_http1_response_parse((struct gw_str){input.at + scan.skip, scan.end - scan.skip}, false,
                                 &response, &why))
        return 0;
    size_t n = gw_http1_forward_response(&response, &f, out, sizeof out);

    assert(n > 0);
    assert(gw_http1_response_parse((struct gw_str){out, n}, false, &again, &why));
    assert(again.status == response.status);
    gw_http1_body_begin_response(&body, &response, count, &decoded);
    (void)gw_http1_body_feed(&body, input.at + scan.end, size - scan.end);
    (void)gw_http1_body_finish(&body);
    gw_http1_body_cleanup(&body);
    return 0;
}
