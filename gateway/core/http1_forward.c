#include "gateway/core/http1_forward.h"

#include "gateway/core/http1_writer.h"

/* What the Connection field of a message names. */
struct options {
    struct gw_str list[GW_HTTP1_MAX_OPTIONS];
    size_t count;
};

/* The parser has refused more than fit. */
static void read_options(const struct gw_http_fields *fields, struct options *out)
{
    const size_t count = gw_http1_options_read(fields, out->list);

    out->count = count < GW_HTTP1_MAX_OPTIONS ? count : GW_HTTP1_MAX_OPTIONS;
}

/* Is the field named there? Fields that mean something to every hop are never hop-by-hop, whatever
 * a peer writes (RFC 9110 section 7.6.1). */
static bool is_nominated(const struct options *options, const struct gw_http_field *field)
{
    enum gw_field_class class = gw_field_class(field->id);

    if (class == GW_FIELD_FRAMING || class == GW_FIELD_ROUTING || class == GW_FIELD_RESERVED ||
        field->id == GW_FIELD_COOKIE || field->id == GW_FIELD_SET_COOKIE ||
        field->id == GW_FIELD_AUTHORIZATION || field->id == GW_FIELD_DATE)
        return false;
    for (size_t i = 0; i < options->count; i++)
        if (gw_str_equal_nocase(options->list[i], field->name))
            return true;
    return false;
}

/* An origin, or something below it, gets the other origin. */
static void put_url(struct writer *w, const struct gw_http_field *field,
                    const struct gw_http1_forward *forward)
{
    struct gw_str value = field->value;
    struct gw_str from = forward->origin_from;
    bool below = from.len > 0 && value.len >= from.len &&
                 gw_str_equal_nocase((struct gw_str){value.at, from.len}, from) &&
                 (value.len == from.len || strchr("/?#", value.at[from.len]) != NULL);

    if (!below || (field->id == GW_FIELD_ORIGIN && value.len != from.len)) {
        put_field(w, field->name, value);
        return;
    }
    put(w, field->name);
    PUT(w, ": ");
    put(w, forward->origin_to);
    put(w, (struct gw_str){value.at + from.len, value.len - from.len});
    PUT(w, "\r\n");
}

/* Returns: whether the field limits the hops of this request: 1*DIGIT, for OPTIONS and TRACE. */
static bool read_max_forwards(const struct gw_http1_request *request,
                              const struct gw_http_field *field, uint64_t *hops)
{
    *hops = 0;
    for (size_t i = 0; i < field->value.len; i++) {
        if (field->value.at[i] < '0' || field->value.at[i] > '9')
            return false;
        if (*hops < UINT32_MAX)
            *hops = *hops * 10 + (uint64_t)(field->value.at[i] - '0');
    }
    return field->value.len > 0 && gw_str_equal(request->method, gw_str("OPTIONS"));
}

static bool names_hop(struct gw_str element, struct gw_str pseudonym)
{
    const char *blank = memchr(element.at, ' ', element.len);
    struct gw_str by;

    if (blank == NULL)
        return false;
    by = gw_str_trim((struct gw_str){blank, element.len - (size_t)(blank - element.at)});
    return by.len >= pseudonym.len && (by.len == pseudonym.len || by.at[pseudonym.len] == ' ') &&
           gw_str_equal_nocase((struct gw_str){by.at, pseudonym.len}, pseudonym);
}

enum gw_http1_hop gw_http1_next_hop(const struct gw_http1_request *request, struct gw_str via)
{
    size_t seen = 0;
    uint64_t hops;

    for (size_t i = 0; i < request->fields.count; i++) {
        const struct gw_http_field *f = &request->fields.list[i];
        struct gw_str rest = f->value;
        struct gw_str element;

        if (f->id == GW_FIELD_MAX_FORWARDS && read_max_forwards(request, f, &hops) && hops == 0)
            return GW_HOP_HERE;
        while (f->id == GW_FIELD_VIA && via.len > 0 && gw_str_next_element(&rest, &element))
            seen += names_hop(element, via);
    }
    return seen > GW_HTTP1_MAX_SAME_VIA ? GW_HOP_LOOP : GW_HOP_FORWARD;
}

static void put_max_forwards(struct writer *w, const struct gw_http1_request *request,
                             const struct gw_http_field *field)
{
    uint64_t hops;

    if (!read_max_forwards(request, field, &hops)) {
        put_field(w, field->name, field->value);
        return;
    }
    PUT(w, "Max-Forwards: ");
    put_number(w, hops > 0 ? hops - 1 : 0);
    PUT(w, "\r\n");
}

static void put_request_field(struct writer *w, const struct gw_http1_request *request,
                              const struct options *options, const struct gw_http_field *field,
                              const struct gw_http1_forward *forward)
{
    enum gw_field_class class = gw_field_class(field->id);

    if (class == GW_FIELD_HOP || class == GW_FIELD_FRAMING || class == GW_FIELD_RESERVED ||
        field->id == GW_FIELD_HOST || is_nominated(options, field) ||
        (forward->connect && gw_str_equal_nocase(field->name, gw_str("sec-websocket-key"))))
        return;
    if (field->id == GW_FIELD_EXPECT) {
        if (request->expect_continue)
            put_field(w, field->name, field->value);
    } else if (field->id == GW_FIELD_MAX_FORWARDS) {
        put_max_forwards(w, request, field);
    } else if (field->id == GW_FIELD_ORIGIN || field->id == GW_FIELD_REFERER) {
        put_url(w, field, forward);
    } else {
        put_field(w, field->name, field->value);
    }
}

static void put_framing(struct writer *w, const struct gw_http1_forward *forward)
{
    if (forward->framing == GW_FRAMING_CHUNKED) {
        PUT(w, "Transfer-Encoding: chunked\r\n");
    } else if (forward->framing == GW_FRAMING_LENGTH) {
        PUT(w, "Content-Length: ");
        put_number(w, forward->content_length);
        PUT(w, "\r\n");
    }
}

static void put_via(struct writer *w, unsigned minor, bool http2, struct gw_str pseudonym)
{
    if (pseudonym.len == 0)
        return;
    if (http2)
        PUT(w, "Via: 2 ");
    else if (minor == 0)
        PUT(w, "Via: 1.0 ");
    else
        PUT(w, "Via: 1.1 ");
    put(w, pseudonym);
    PUT(w, "\r\n");
}

/* In: peer  not empty */
static void put_forwarded_for(struct writer *w, const struct gw_http1_request *request,
                              const struct gw_http1_forward *forward)
{
    PUT(w, "X-Forwarded-For: ");
    for (size_t i = 0; forward->append_for && i < request->fields.count; i++) {
        const struct gw_http_field *f = &request->fields.list[i];

        if (f->id != GW_FIELD_X_FORWARDED_FOR || f->value.len == 0)
            continue;
        put(w, f->value);
        PUT(w, ", ");
    }
    put(w, forward->peer);
    PUT(w, "\r\n");
}

static void put_forwarded(struct writer *w, const struct gw_http1_request *request,
                          const struct gw_http1_forward *forward)
{
    if (forward->peer.len > 0)
        put_forwarded_for(w, request, forward);
    if (forward->proto.len > 0) {
        put_field(w, gw_str("X-Forwarded-Proto"), forward->proto);
        if (request->authority.len > 0)
            put_field(w, gw_str("X-Forwarded-Host"), request->authority);
        if (forward->port.len > 0)
            put_field(w, gw_str("X-Forwarded-Port"), forward->port);
    }
    if (forward->client_cert.len > 0)
        put_field(w, gw_str("Client-Cert"), forward->client_cert);
    if (forward->client_chain.len > 0)
        put_field(w, gw_str("Client-Cert-Chain"), forward->client_chain);
    if (forward->request_id.len > 0)
        put_field(w, gw_str("X-Request-Id"), forward->request_id);
}

size_t gw_http1_forward_request(const struct gw_http1_request *request,
                                const struct gw_http1_forward *forward, char *out, size_t room)
{
    struct writer w = writer_of(out, room);
    bool trailers = gw_http_fields_list_has(&request->fields, GW_FIELD_TE, "trailers");
    struct options options;

    read_options(&request->fields, &options);
    if (forward->connect)
        PUT(&w, "CONNECT");
    else
        put(&w, request->websocket ? gw_str("GET") : request->method);
    PUT(&w, " ");
    put(&w, request->path);
    put(&w, request->query);
    PUT(&w, " HTTP/1.1\r\n");
    put_field(&w, gw_str("Host"), forward->host.len > 0 ? forward->host : request->authority);
    for (size_t i = 0; i < request->fields.count; i++)
        put_request_field(&w, request, &options, &request->fields.list[i], forward);
    put_via(&w, request->minor, request->http2, forward->via);
    put_forwarded(&w, request, forward);
    put_framing(&w, forward);
    if (trailers && !forward->websocket)
        PUT(&w, "TE: trailers\r\n");
    if (forward->websocket)
        PUT(&w, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    else if (forward->close && trailers)
        PUT(&w, "Connection: close, TE\r\n");
    else if (forward->close)
        PUT(&w, "Connection: close\r\n");
    else if (trailers)
        PUT(&w, "Connection: TE\r\n");
    PUT(&w, "\r\n");
    return finish(&w);
}

static void put_response_field(struct writer *w, const struct options *options,
                               const struct gw_http_field *field,
                               const struct gw_http1_forward *forward)
{
    enum gw_field_class class = gw_field_class(field->id);

    if (class == GW_FIELD_HOP || class == GW_FIELD_FRAMING || class == GW_FIELD_RESERVED ||
        (field->id == GW_FIELD_ALT_SVC && forward->strip_alt_svc) ||
        ((forward->established || forward->accept.len > 0) &&
         gw_str_equal_nocase(field->name, gw_str("sec-websocket-accept"))) ||
        is_nominated(options, field))
        return;
    if (field->id == GW_FIELD_LOCATION)
        put_url(w, field, forward);
    else
        put_field(w, field->name, field->value);
}

size_t gw_http1_forward_response(const struct gw_http1_response *response,
                                 const struct gw_http1_forward *forward, char *out, size_t room)
{
    struct writer w = writer_of(out, room);
    const unsigned status = forward->established ? 200 : response->status;
    const bool interim = status < 200;
    struct options options;

    read_options(&response->fields, &options);
    PUT(&w, "HTTP/1.1 ");
    put_number(&w, status);
    PUT(&w, " ");
    put(&w, forward->established ? gw_str("OK") : response->reason);
    PUT(&w, "\r\n");
    for (size_t i = 0; i < response->fields.count; i++)
        put_response_field(&w, &options, &response->fields.list[i], forward);
    if (!interim && forward->date.len > 0 &&
        gw_http_fields_find(&response->fields, GW_FIELD_DATE) == NULL)
        put_field(&w, gw_str("Date"), forward->date);
    put_via(&w, response->minor, response->http2, forward->via);
    if (forward->request_id.len > 0)
        put_field(&w, gw_str("X-Request-Id"), forward->request_id);
    if (!interim) {
        /* The length that a HEAD or 304 answer speaks of is not that of a body here; a 204 must not
         * speak of one (RFC 9110 section 8.6). */
        if (response->has_length && status != 204 &&
            (response->request_head || response->status == 304)) {
            PUT(&w, "Content-Length: ");
            put_number(&w, response->content_length);
            PUT(&w, "\r\n");
        } else {
            put_framing(&w, forward);
        }
        if (forward->close)
            PUT(&w, "Connection: close\r\n");
        else if (forward->keep_alive)
            PUT(&w, "Connection: keep-alive\r\n");
    }
    if (forward->websocket)
        PUT(&w, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    if (forward->accept.len > 0)
        put_field(&w, gw_str("Sec-WebSocket-Accept"), forward->accept);
    PUT(&w, "\r\n");
    return finish(&w);
}

size_t gw_http1_chunk_head(size_t len, char out[GW_HTTP1_CHUNK_HEAD_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";
    char text[16];
    size_t n = sizeof text;
    size_t used;

    do
        text[--n] = digits[len & 15];
    while ((len >>= 4) != 0);
    used = sizeof text - n;
    memcpy(out, text + n, used);
    memcpy(out + used, "\r\n", 3);
    return used + 2;
}

size_t gw_http1_last_chunk(const struct gw_http_fields *trailers, char *out, size_t room)
{
    struct writer w = writer_of(out, room);

    PUT(&w, "0\r\n");
    for (size_t i = 0; i < trailers->count; i++) {
        const struct gw_http_field *f = &trailers->list[i];

        if (gw_field_class(f->id) == GW_FIELD_END_TO_END &&
            memchr(f->name.at, '_', f->name.len) == NULL)
            put_field(&w, f->name, f->value);
    }
    PUT(&w, "\r\n");
    return finish(&w);
}
