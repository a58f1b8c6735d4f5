#include "gateway/upstream_attested/tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UPGRADE "devproof-tcp"

struct attested_tunnel *attested_tunnel_new(const char *authority)
{
    struct attested_tunnel *t = calloc(1, sizeof *t);
    int n;

    if (t == NULL)
        return NULL;
    n = snprintf(t->request, sizeof t->request,
                 "GET /.well-known/devproof/tunnel HTTP/1.1\r\nHost: %s\r\n"
                 "Connection: Upgrade\r\nUpgrade: " UPGRADE "\r\n\r\n",
                 authority);
    if (n <= 0 || (size_t)n >= sizeof t->request) {
        free(t);
        return NULL;
    }
    t->request_len = (size_t)n;
    return t;
}

static enum attested_tunnel_state refuse(struct attested_tunnel *t, const char *code,
                                         const char *message)
{
    t->code = code;
    (void)snprintf(t->message, sizeof t->message, "%s", message);
    return ATTESTED_TUNNEL_REFUSED;
}

static enum attested_tunnel_state judge(struct attested_tunnel *t, struct gw_str head)
{
    struct gw_http1_response r = {
        .fields = {.list = t->fields, .room = ATTESTED_TUNNEL_MAX_FIELDS}};
    struct gw_http_refusal why = {0};
    const struct gw_http_field *upgrade;
    char message[sizeof t->message];

    if (!gw_http1_response_parse(head, false, &r, &why))
        return refuse(t, strcmp(why.code, "field-count") == 0 ? "http-size" : "http-syntax",
                      why.code);
    if (r.status != 101) {
        (void)snprintf(message, sizeof message,
                       "the server answered %u instead of opening a stream", r.status);
        return refuse(t, "evidence-http-status", message);
    }
    upgrade = gw_http_fields_find(&r.fields, GW_FIELD_UPGRADE);
    if (r.minor != 1 || upgrade == NULL || !gw_str_equal_nocase(upgrade->value, gw_str(UPGRADE)) ||
        !gw_http_fields_list_has(&r.fields, GW_FIELD_CONNECTION, "upgrade"))
        return refuse(t, "http-syntax", "the server switched to another protocol");
    return ATTESTED_TUNNEL_OPEN;
}

enum attested_tunnel_state attested_tunnel_take(struct attested_tunnel *t, const uint8_t *data,
                                                size_t len, size_t *used)
{
    size_t before = t->len;
    size_t n = sizeof t->head - before < len ? sizeof t->head - before : len;
    struct gw_http_refusal why = {0};

    *used = 0;
    if (n > 0)
        memcpy(t->head + before, data, n);
    t->len += n;
    switch (gw_http1_head_scan(&t->scan, (struct gw_str){t->head, t->len}, ATTESTED_TUNNEL_MAX_HEAD,
                               &why)) {
    case GW_HTTP1_MORE:
        return ATTESTED_TUNNEL_MORE;
    case GW_HTTP1_COMPLETE:
        *used = t->scan.end - before;
        return t->scan.skip == 0
                   ? judge(t, (struct gw_str){t->head, t->scan.end})
                   : refuse(t, "http-syntax", "an empty line stands before the answer");
    default:
        return refuse(t, why.status == 400 ? "http-syntax" : "http-size", why.code);
    }
}
