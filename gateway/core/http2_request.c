#include "gateway/core/http2_request.h"

#include <string.h>

#include "gateway/core/http1_forward.h"
#include "gateway/core/http1_message.h"

enum { UPGRADE_FIELDS = 3 };

static void add_pseudo(struct gw_http2_head *head, struct gw_str name, struct gw_str value)
{
    struct gw_str *slot = NULL;

    if (head->answer)
        slot = gw_str_equal(name, gw_str(":status")) ? &head->status : NULL;
    else
        slot = gw_str_equal(name, gw_str(":method"))      ? &head->method
               : gw_str_equal(name, gw_str(":scheme"))    ? &head->scheme
               : gw_str_equal(name, gw_str(":authority")) ? &head->authority
               : gw_str_equal(name, gw_str(":path"))      ? &head->path
               : gw_str_equal(name, gw_str(":protocol"))  ? &head->protocol
                                                          : NULL;

    if (slot == NULL || slot->at != NULL || head->regular || head->trailer)
        (void)gw_http_refuse(&head->why, 400, "pseudo-field");
    else
        *slot = value;
}

/* Fields of one hop have no meaning here; only `te: trailers` may come (section 8.2.2). */
static bool is_connection_field(const struct gw_http_field *f)
{
    if (f->id == GW_FIELD_TE)
        return !gw_str_equal_nocase(f->value, gw_str("trailers"));
    return f->id == GW_FIELD_CONNECTION || f->id == GW_FIELD_KEEP_ALIVE ||
           f->id == GW_FIELD_PROXY_CONNECTION || f->id == GW_FIELD_TRANSFER_ENCODING ||
           f->id == GW_FIELD_UPGRADE || f->id == GW_FIELD_HTTP2_SETTINGS;
}

static void add_regular(struct gw_http2_head *head, struct gw_str name, struct gw_str value)
{
    struct gw_http_field *f = &head->block->list[head->count];

    head->regular = true;
    if (!gw_http_is_lower_token(name)) {
        (void)gw_http_refuse(&head->why, 400, "field-name");
        return;
    }
    if (!gw_http_is_field_value(value) || gw_str_trim(value).len != value.len) {
        (void)gw_http_refuse(&head->why, 400, "field-value");
        return;
    }
    *f = (struct gw_http_field){name, value, gw_field_identify(name)};
    if (is_connection_field(f)) {
        (void)gw_http_refuse(&head->why, 400, "connection-field");
        return;
    }
    head->crumbs += f->id == GW_FIELD_COOKIE;
    head->count++;
}

static struct gw_str keep(struct gw_head_block *b, struct gw_str text)
{
    struct gw_str kept = {b->bytes + b->len, text.len};

    if (text.len > 0)
        memcpy(b->bytes + b->len, text.at, text.len);
    b->len += text.len;
    return kept;
}

void gw_http2_head_add(struct gw_http2_head *head, const struct gw_http2_limits *limits,
                       struct gw_str name, struct gw_str value)
{
    size_t bytes = name.len + value.len + GW_HTTP2_FIELD_OVERHEAD;

    if (head->why.status != 0)
        return;
    if (bytes > limits->max_list_bytes - head->list_bytes) {
        (void)gw_http_refuse(&head->why, 431, head->trailer ? "trailer-size" : "head-size");
        return;
    }
    if (head->count == limits->max_fields) {
        (void)gw_http_refuse(&head->why, 431, "field-count");
        return;
    }
    head->list_bytes += bytes;
    if (name.len > 0 && name.at[0] == ':')
        add_pseudo(head, name, keep(head->block, value));
    else
        add_regular(head, keep(head->block, name), keep(head->block, value));
}

/* All crumbs are one field, where the first one stood (section 8.2.3). */
static void join_cookie(const struct gw_http2_head *head, struct gw_head_block *out,
                        struct gw_http_field *cookie)
{
    cookie->value = (struct gw_str){out->bytes + out->len, 0};
    for (size_t i = 0; i < head->count; i++) {
        if (head->block->list[i].id != GW_FIELD_COOKIE)
            continue;
        if (cookie->value.len > 0)
            cookie->value.len += keep(out, gw_str("; ")).len;
        cookie->value.len += keep(out, head->block->list[i].value).len;
    }
}

static bool is_websocket(const struct gw_http2_head *head)
{
    return head->protocol.at != NULL && head->websocket_key.len > 0;
}

/* What a client of RFC 6455 would have sent; a key in an extended CONNECT means nothing. */
static void add_upgrade(const struct gw_http2_head *head, struct gw_head_block *b)
{
    const struct gw_http_field upgrade[UPGRADE_FIELDS] = {
        {gw_str("connection"), gw_str("Upgrade"), GW_FIELD_CONNECTION},
        {gw_str("upgrade"), gw_str("websocket"), GW_FIELD_UPGRADE},
        {gw_str("sec-websocket-key"), keep(b, head->websocket_key), GW_FIELD_OTHER},
    };

    memcpy(&b->list[b->request.fields.count], upgrade, sizeof(upgrade));
    b->request.fields.count += UPGRADE_FIELDS;
}

static struct gw_head_block *copy(const struct gw_http2_head *head)
{
    const bool websocket = is_websocket(head);
    const size_t room = head->count + (websocket ? UPGRADE_FIELDS : 0);
    struct gw_head_block *b = gw_head_block_exact(
        head->pool, head->block->len + 2 * head->crumbs + (websocket ? head->websocket_key.len : 0),
        room);
    struct gw_http_fields *fields;
    bool has_cookie = false;

    if (b == NULL)
        return NULL;
    fields = &b->request.fields;
    fields->list = b->list;
    fields->room = room;
    for (size_t i = 0; i < head->count; i++) {
        const struct gw_http_field *from = &head->block->list[i];
        struct gw_http_field *to = &b->list[fields->count];

        if ((from->id == GW_FIELD_COOKIE && has_cookie) ||
            (websocket && gw_str_equal(from->name, gw_str("sec-websocket-key"))))
            continue;
        to->id = from->id;
        to->name = keep(b, from->name);
        if (from->id == GW_FIELD_COOKIE)
            join_cookie(head, b, to);
        else
            to->value = keep(b, from->value);
        has_cookie = has_cookie || from->id == GW_FIELD_COOKIE;
        fields->count++;
    }
    if (websocket)
        add_upgrade(head, b);
    return b;
}

/* Extended CONNECT (RFC 8441 section 4). */
static bool read_protocol(const struct gw_http2_head *head, struct gw_http1_request *out,
                          struct gw_http_refusal *why)
{
    if (!gw_str_equal(out->method, gw_str("CONNECT")) || head->websocket_key.len == 0)
        return gw_http_refuse(why, 400, "pseudo-field");
    if (!gw_str_equal_nocase(head->protocol, gw_str("websocket")))
        return gw_http_refuse(why, 501, "connect-protocol");
    out->websocket = true;
    out->idempotent = true; /* as the GET that it stands for */
    return true;
}

static bool read_pseudo(const struct gw_http2_head *head, const struct gw_http2_limits *limits,
                        struct gw_str scheme, struct gw_http1_request *out,
                        struct gw_http_refusal *why)
{
    const struct gw_http1_limits target = {.max_target_bytes = limits->max_target_bytes};
    bool http = gw_str_equal_nocase(head->scheme, gw_str("http"));
    bool https = gw_str_equal_nocase(head->scheme, gw_str("https"));

    if (head->method.at == NULL || head->scheme.at == NULL || head->path.at == NULL)
        return gw_http_refuse(why, 400, "pseudo-field");
    if (!gw_http_target_check(out->target, &target, why) ||
        !(head->protocol.at != NULL ? read_protocol(head, out, why)
                                    : gw_http_method_read(out, why)))
        return false;
    if (scheme.len > 0 ? !gw_str_equal_nocase(head->scheme, scheme) : !http && !https)
        return gw_http_refuse(why, 400, "scheme");
    return gw_http_origin_form_read(out) || gw_http_refuse(why, 400, "target");
}

/* :authority and Host must say the same; one of them is enough (section 8.3.1). */
static bool read_authority(struct gw_http1_request *out, struct gw_http_refusal *why)
{
    const struct gw_http_field *host = NULL;

    for (size_t i = 0; i < out->fields.count; i++) {
        if (out->fields.list[i].id != GW_FIELD_HOST)
            continue;
        if (host != NULL)
            return gw_http_refuse(why, 400, "host-repeated");
        host = &out->fields.list[i];
    }
    if (out->authority.at == NULL && host != NULL)
        out->authority = host->value;
    if (out->authority.at == NULL)
        return gw_http_refuse(why, 400, "host-missing");
    if (!gw_http_authority_parse(out->authority, &out->host))
        return gw_http_refuse(why, 400, "host");
    return host == NULL || gw_str_equal_nocase(host->value, out->authority) ||
           gw_http_refuse(why, 400, "host-differs");
}

static bool read_rest(bool ended, struct gw_http1_request *out, struct gw_http_refusal *why)
{
    struct gw_http1_framing_fields framing;

    if (!gw_http_names_check(&out->fields, why) || !read_authority(out, why) ||
        !gw_http1_framing_read(&out->fields, 1, &framing, why) || !gw_http_expect_read(out, why))
        return false;
    if (out->websocket && framing.has_length)
        return gw_http_refuse(why, 400, "connect-body");
    if (ended && framing.length > 0)
        return gw_http_refuse(why, 400, "body-truncated");
    /* That nothing comes is known at the end of the stream alone, and a head is not held for it. */
    if (framing.has_length && (framing.length > 0 || ended))
        out->framing = GW_FRAMING_LENGTH;
    else
        out->framing = ended || out->websocket ? GW_FRAMING_NONE : GW_FRAMING_CHUNKED;
    out->content_length = framing.length;
    return true;
}

struct gw_head_block *gw_http2_request_build(const struct gw_http2_head *head,
                                             const struct gw_http2_limits *limits,
                                             struct gw_str scheme, bool ended,
                                             struct gw_http_refusal *why)
{
    struct gw_head_block *b = copy(head);
    struct gw_http1_request *out;

    *why = head->why;
    if (b == NULL)
        return NULL;
    out = &b->request;
    out->minor = 1;
    out->http2 = true;
    out->keep_alive = true;
    out->method = keep(b, head->method);
    out->target = keep(b, head->path);
    if (head->authority.at != NULL)
        out->authority = keep(b, head->authority);
    if (why->status == 0 && read_pseudo(head, limits, scheme, out, why) &&
        read_rest(ended, out, why))
        return b;
    *out = (struct gw_http1_request){
        .is_head = gw_str_equal(head->method, gw_str("HEAD")), .minor = 1, .http2 = true};
    return b;
}

/* Three digits from 100 to 599. Returns: 0 for anything else. */
static unsigned read_status(struct gw_str text)
{
    unsigned status = 0;

    for (size_t i = 0; i < text.len && i < 4; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        status = status * 10 + (unsigned)(text.at[i] - '0');
    }
    return text.len == 3 && status >= 100 && status <= 599 ? status : 0;
}

struct gw_head_block *gw_http2_answer_build(const struct gw_http2_head *head, bool request_head,
                                            bool ended, struct gw_http_refusal *why)
{
    struct gw_head_block *b = copy(head);
    struct gw_http1_framing_fields framing = {0};
    struct gw_http1_response *out;
    struct gw_http_fields fields;

    *why = head->why;
    if (b == NULL)
        return NULL;
    fields = b->request.fields;
    out = &b->response;
    *out = (struct gw_http1_response){
        .minor = 1, .http2 = true, .keep_alive = true, .request_head = request_head};
    out->fields = fields;
    out->status = read_status(head->status);
    out->reason = gw_str(gw_http_reason(out->status));
    if (why->status == 0 &&
        (out->status == 0 || out->status == 101 || (out->status < 200 && ended)))
        (void)gw_http_refuse(why, 502, "status-line");
    if (why->status != 0 || !gw_http1_framing_read(&out->fields, 1, &framing, why))
        return b;
    out->has_length = framing.has_length;
    out->content_length = framing.length;
    if (request_head || out->status < 200 || out->status == 204 || out->status == 304)
        out->framing = GW_FRAMING_NONE;
    else if (framing.has_length || ended)
        out->framing = GW_FRAMING_LENGTH;
    else
        out->framing = GW_FRAMING_CHUNKED;
    return b;
}

struct gw_head_block *gw_http2_trailers_build(const struct gw_http2_head *head)
{
    return copy(head);
}
