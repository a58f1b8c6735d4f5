#include "gateway/core/client_hello.h"

#include <string.h>

#include "gateway/core/server_name.h"

enum {
    RECORD_HEAD = 5,
    RECORD_HANDSHAKE = 22,
    VERSION_MAJOR = 3,
    MESSAGE_HEAD = 4,
    MESSAGE_CLIENT_HELLO = 1,
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_ALPN = 16,
    NAME_TYPE_HOST = 0,
    RANDOM_LEN = 32,
    SESSION_ID_MAX = 32,
    EXTENSIONS_MAX = 128 /* in one hello */
};

static const char malformed[] = "client-hello";
static const char too_long[] = "client-hello-size";
static const char bad_name[] = "server-name";

/* A part of the message; a read beyond its end fails it for good. */
struct part {
    const uint8_t *at, *end;
    bool failed;
};

static struct part take(struct part *p, size_t len)
{
    struct part out = {p->at, p->at, true};

    if (p->failed || (size_t)(p->end - p->at) < len) {
        p->failed = true;
        return out;
    }
    p->at += len;
    return (struct part){out.at, p->at, false};
}

/* A number of so many bytes, most significant first. */
static size_t number(struct part *p, size_t bytes)
{
    struct part n = take(p, bytes);
    size_t value = 0;

    for (; n.at < n.end; n.at++)
        value = value << 8 | *n.at;
    return value;
}

/* What stands behind a length of so many bytes. */
static struct part vector(struct part *p, size_t bytes)
{
    size_t len = number(p, bytes);

    return take(p, len);
}

static bool is_empty(const struct part *p)
{
    return p->failed || p->at == p->end;
}

/* One host name (RFC 6066 section 3). Returns: NULL or the code of a refusal, like all below. */
static const char *read_name(struct part extension, struct gw_client_hello *out)
{
    struct part list = vector(&extension, 2);
    size_t type = number(&list, 1);
    struct part name = vector(&list, 2);
    size_t len = (size_t)(name.end - name.at);

    if (name.failed || extension.at != extension.end)
        return malformed;
    if (list.at != list.end || type != NAME_TYPE_HOST || len == 0 || len >= sizeof(out->name) ||
        memchr(name.at, 0, len) != NULL)
        return bad_name;
    memcpy(out->name, name.at, len);
    out->name[len] = '\0';
    return gw_server_name_check(out->name) ? NULL : bad_name;
}

static const char *read_alpn(struct part extension, struct gw_client_hello *out)
{
    struct part list = vector(&extension, 2);

    if (is_empty(&list) || extension.at != extension.end)
        return malformed;
    while (list.at < list.end) {
        struct part name = vector(&list, 1);

        if (is_empty(&name) || out->alpn_count == GW_HELLO_ALPN_MAX)
            return malformed;
        out->alpn[out->alpn_count++] =
            (struct gw_hello_alpn){name.at, (size_t)(name.end - name.at)};
    }
    return NULL;
}

static const char *read_extension(size_t type, struct part body, struct gw_client_hello *out)
{
    if (type == EXTENSION_SERVER_NAME)
        return read_name(body, out);
    return type == EXTENSION_ALPN ? read_alpn(body, out) : NULL;
}

static const char *read_extensions(struct part all, struct gw_client_hello *out)
{
    uint16_t seen[EXTENSIONS_MAX];
    const char *code = NULL;
    size_t count = 0;

    while (code == NULL && all.at < all.end) {
        size_t type = number(&all, 2);
        struct part body = vector(&all, 2);

        if (all.failed || count == EXTENSIONS_MAX)
            return malformed;
        for (size_t i = 0; i < count; i++)
            if (seen[i] == type)
                return malformed;
        seen[count++] = (uint16_t)type;
        code = read_extension(type, body, out);
    }
    return code;
}

/* The body of the message (RFC 8446 section 4.1.2, and the same in older versions). */
static const char *read_message(struct part body, struct gw_client_hello *out)
{
    size_t version = number(&body, 2);
    struct part random = take(&body, RANDOM_LEN);
    struct part session = vector(&body, 1);
    struct part suites = vector(&body, 2);
    struct part methods = vector(&body, 1);
    struct part extensions = {body.at, body.at, body.failed};

    if (body.at < body.end)
        extensions = vector(&body, 2);
    if (random.failed || version >> 8 != VERSION_MAJOR ||
        session.end - session.at > SESSION_ID_MAX || is_empty(&suites) ||
        (suites.end - suites.at) % 2 != 0 || is_empty(&methods) || extensions.failed ||
        body.at != body.end)
        return malformed;
    return read_extensions(extensions, out);
}

/* How long the message is; SIZE_MAX when its head has not come yet. */
static size_t message_len(const struct gw_hello_scan *s)
{
    if (s->joined < MESSAGE_HEAD)
        return SIZE_MAX;
    return MESSAGE_HEAD + ((size_t)s->head[1] << 16 | (size_t)s->head[2] << 8 | s->head[3]);
}

/* Step into the next record. Returns: false when its head has not come yet, or is none: *code. */
static bool next_record(struct gw_hello_scan *s, const uint8_t *data, size_t len, const char **code)
{
    static const uint8_t begin[] = {RECORD_HANDSHAKE, VERSION_MAJOR};
    const uint8_t *head = data + s->at;
    size_t left = len - s->at;

    if (memcmp(head, begin, left < sizeof(begin) ? left : sizeof(begin)) != 0) {
        *code = malformed;
        return false;
    }
    if (left < RECORD_HEAD)
        return false;
    s->record_left = (size_t)head[3] << 8 | head[4];
    s->at += RECORD_HEAD;
    if (s->record_left == 0 || s->record_left > GW_HELLO_RECORD_MAX)
        *code = malformed;
    return *code == NULL;
}

/* Follow the records as far as they have come. Returns: whether the message is complete; false
 * with *code when it is none, else what has come is its beginning. */
static bool follow(struct gw_hello_scan *s, const uint8_t *data, size_t len, const char **code)
{
    while (s->at < len && s->joined < message_len(s)) {
        size_t n;

        if (s->record_left == 0 && !next_record(s, data, len, code))
            return false;
        n = s->record_left < len - s->at ? s->record_left : len - s->at;
        for (size_t i = 0; i < n && s->joined + i < MESSAGE_HEAD; i++)
            s->head[s->joined + i] = data[s->at + i];
        s->at += n;
        s->record_left -= n;
        s->joined += n;
        if (s->joined > 0 && s->head[0] != MESSAGE_CLIENT_HELLO)
            *code = malformed;
        else if (s->joined >= MESSAGE_HEAD && message_len(s) > GW_HELLO_MAX)
            *code = too_long;
        if (*code != NULL)
            return false;
    }
    if (s->joined < message_len(s))
        return false;
    /* No other message may stand in its last record (RFC 8446 section 5.1). */
    if (s->joined != message_len(s) || s->record_left != 0)
        *code = malformed;
    return *code == NULL;
}

/* Put the contents of the records together. */
static void join(const uint8_t *data, const struct gw_hello_scan *s, uint8_t *message)
{
    for (size_t at = 0; at < s->at;) {
        size_t record = (size_t)data[at + 3] << 8 | data[at + 4];

        memcpy(message, data + at + RECORD_HEAD, record);
        message += record;
        at += RECORD_HEAD + record;
    }
}

enum gw_hello_result gw_client_hello_read(struct gw_hello_scan *scan, const uint8_t *data,
                                          size_t len, uint8_t *message, struct gw_client_hello *out,
                                          const char **code)
{
    size_t known = len < GW_HELLO_MAX ? len : GW_HELLO_MAX;
    struct part body;

    *out = (struct gw_client_hello){0};
    *code = NULL;
    if (!follow(scan, data, known, code)) {
        if (*code == NULL && known == GW_HELLO_MAX)
            *code = too_long;
        return *code != NULL ? GW_HELLO_REFUSED : GW_HELLO_MORE;
    }
    join(data, scan, message);
    body = (struct part){message + MESSAGE_HEAD, message + scan->joined, false};
    *code = read_message(body, out);
    return *code == NULL ? GW_HELLO_COMPLETE : GW_HELLO_REFUSED;
}

bool gw_client_hello_asks(const struct gw_client_hello *hello, const char *alpn)
{
    for (size_t i = 0; i < hello->alpn_count; i++)
        if (hello->alpn[i].len == strlen(alpn) &&
            memcmp(hello->alpn[i].at, alpn, hello->alpn[i].len) == 0)
            return true;
    return false;
}
