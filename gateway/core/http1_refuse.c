#include "gateway/core/http1_refuse.h"

#include <stdio.h>

#include "gateway/core/conn.h"
#include "gateway/core/http1_forward.h"

void gw_http1_refuse_head(struct gw_conn *c, const struct gw_http_refusal *why, bool is_head)
{
    struct gw_loop *loop = c->loop;
    const struct gw_config *config = loop->config;
    char body[128];
    int len = snprintf(body, sizeof(body), "%u %s: %s\n", why->status, gw_http_reason(why->status),
                       why->code);
    struct gw_http1_answer answer = {
        .status = why->status,
        .content_type = gw_str("text/plain; charset=utf-8"),
        .body = {body, len > 0 ? (size_t)len : 0},
        .fields =
            why->status == 405 ? gw_str("Allow: " GW_HTTP1_ALLOW "\r\n") : (struct gw_str){NULL, 0},
        .date = gw_str(gw_loop_date(loop)),
        .server = config->via != NULL ? gw_str(config->via) : (struct gw_str){NULL, 0},
        .is_head = is_head,
        .close = true,
    };
    char id[33];
    struct gw_request_record r = {
        .id = id,
        .conn = &c->info,
        .number = ++c->requests,
        .upstream = SIZE_MAX,
        .status = why->status,
        .bytes_out = is_head ? 0 : answer.body.len,
        .total_us = uv_hrtime() / 1000 - c->head_us,
        .reason = why->code,
    };

    gw_count(loop, GW_STAT(requests), 1);
    gw_count(loop, GW_STAT(requests_refused), 1);
    gw_conn_fill_info(c);
    gw_loop_request_id(loop, id);
    answer.request_id = gw_str(id);
    gw_link_write(&c->link, loop->head_buf,
                  gw_http1_answer(&answer, loop->head_buf, loop->head_room));
    gw_head_block_put(&loop->heads, c->head);
    c->head = NULL;
    if (config->record.on_request_end != NULL)
        config->record.on_request_end(config->user, loop, &r);
    c->linger = true;
    gw_conn_finish(c, why->code);
}
