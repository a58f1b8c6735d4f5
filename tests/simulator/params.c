#include "tests/simulator/params.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "certbind/hex.h"
#include "certbind/json.h"

/* The last second that a GeneralizedTime can say. */
#define SIM_TIME_MAX INT64_C(253402300799)

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));

    return at == NULL ? -1 : (int)(at - digits);
}

/* Undo percent-encoding and '+' in place. Returns: whether it was well-formed text. */
static bool percent_decode(char *text)
{
    unsigned char *out = (unsigned char *)text;

    for (const char *in = text; *in != '\0'; in++) {
        int high = *in == '%' ? hex_digit(in[1]) : 0;
        int low = *in == '%' && high >= 0 ? hex_digit(in[2]) : 0;

        if (high < 0 || low < 0)
            return false;
        if (*in == '%') {
            *out = (unsigned char)(high * 16 + low);
            in += 2;
        } else {
            *out = *in == '+' ? ' ' : (unsigned char)*in;
        }
        if (*out++ == '\0')
            return false;
    }
    *out = '\0';
    return true;
}

/* Cut the next `name=value` off. Returns: false at the end or for broken encoding. */
static bool next_pair(char **rest, char **name, char **value, bool *broken)
{
    char *end;

    if (**rest == '\0')
        return false;
    *name = *rest;
    end = *rest + strcspn(*rest, "&");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    *value = strchr(*name, '=');
    if (*value != NULL)
        *(*value)++ = '\0';
    else
        *value = *name + strlen(*name);
    *broken = !percent_decode(*name) || (**value != '\0' && !percent_decode(*value));
    return !*broken;
}

static cJSON *from_query(char *query, struct sim_reply *reply)
{
    cJSON *object = cJSON_CreateObject();
    bool broken = false;
    char *name;
    char *value;

    while (object != NULL && next_pair(&query, &name, &value, &broken))
        (void)cJSON_AddStringToObject(object, name, value);
    if (object == NULL || broken) {
        sim_reply_error(reply, 400, "Failed to decode the query");
        cJSON_Delete(object);
        return NULL;
    }
    return object;
}

static bool asks_for_json(const struct sim_http_request *r)
{
    const char *at = r->query;

    if (strncasecmp(r->content_type, "application/json", 16) == 0)
        return true;
    while (*at != '\0') {
        size_t len = strcspn(at, "&");

        if ((len == 4 && strncmp(at, "json", 4) == 0) ||
            (len == 5 && strncmp(at, "json=", 5) == 0) ||
            (len == 6 && strncmp(at, "json=1", 6) == 0) ||
            (len == 9 && strncmp(at, "json=true", 9) == 0))
            return true;
        at += len + (at[len] == '&' ? 1 : 0);
    }
    return false;
}

static cJSON *from_body(const struct sim_http_request *r, struct sim_reply *reply)
{
    static const struct certbind_json_rules rules = {
        SIM_BODY_MAX, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, false};
    struct certbind_json json = {0};
    struct certbind_error err = {0};
    cJSON *root;

    if (r->body.len == 0)
        return cJSON_CreateObject();
    if (certbind_json_parse(r->body, &rules, &json, &err) != CERTBIND_OK) {
        sim_reply_error(reply, 400, "Failed to decode the request: %s", err.detail);
        return NULL;
    }
    root = json.root;
    json.root = NULL;
    certbind_json_cleanup(&json);
    if (!cJSON_IsObject(root)) {
        sim_reply_error(reply, 400, "Failed to decode the request: no object");
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

cJSON *sim_params_read(const struct sim_http_request *r, struct sim_reply *reply)
{
    if (strcmp(r->method, "GET") == 0)
        return from_query(r->query, reply);
    if (strcmp(r->method, "POST") != 0) {
        sim_reply_error(reply, 405, "Only GET and POST are served");
        return NULL;
    }
    if (!asks_for_json(r)) {
        sim_reply_error(reply, 400,
                        "A POST without a JSON content type or ?json is protobuf, which this "
                        "simulator does not speak");
        return NULL;
    }
    return from_body(r, reply);
}

const char *sim_params_string(const cJSON *params, const char *name, struct sim_reply *reply)
{
    const cJSON *item = certbind_json_get(params, name);

    if (item == NULL)
        return "";
    if (!cJSON_IsString(item)) {
        sim_reply_error(reply, 400, "Failed to decode the request: '%s' is no string", name);
        return NULL;
    }
    return item->valuestring;
}

bool sim_params_hex(const char *text, uint8_t *out, size_t room, size_t *len, const char *too_long,
                    struct sim_reply *reply)
{
    size_t digits;

    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    digits = strlen(text);
    *len = digits / 2;
    if (strspn(text, "0123456789abcdefABCDEF") != digits || digits % 2 != 0) {
        sim_reply_error(reply, 400, "Failed to decode the request: invalid hex");
        return false;
    }
    if (*len > room) {
        sim_reply_error(reply, 400, "%s", too_long);
        return false;
    }
    return certbind_hex_decode_any_case(certbind_text(text), out, *len);
}

static bool not_a(struct sim_reply *reply, const char *name, const char *what)
{
    sim_reply_error(reply, 400, "Failed to decode the request: '%s' is no %s", name, what);
    return false;
}

bool sim_params_switch(const cJSON *params, const char *name, bool *out, struct sim_reply *reply)
{
    const cJSON *item = certbind_json_get(params, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : "";

    *out = cJSON_IsTrue(item) || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *out || item == NULL || cJSON_IsFalse(item) || strcmp(text, "false") == 0 ||
           strcmp(text, "0") == 0 || not_a(reply, name, "boolean");
}

bool sim_params_time(const cJSON *params, const char *name, int64_t *out, struct sim_reply *reply)
{
    const cJSON *item = certbind_json_get(params, name);
    char *end = NULL;
    long long number;

    if (item == NULL || certbind_json_integer(item, 0, SIM_TIME_MAX, out))
        return true;
    if (!cJSON_IsString(item) || !isdigit((unsigned char)item->valuestring[0]))
        return not_a(reply, name, "time");
    errno = 0;
    number = strtoll(item->valuestring, &end, 10);
    if (*end != '\0' || errno != 0 || number > SIM_TIME_MAX)
        return not_a(reply, name, "time");
    *out = number;
    return true;
}

bool sim_params_bytes(const cJSON *params, const char *name, struct sim_buffer *out,
                      struct sim_reply *reply)
{
    const char *text = sim_params_string(params, name, reply);
    size_t room = text == NULL ? 0 : strlen(text) / 2;
    size_t len = 0;

    if (text == NULL)
        return false;
    sim_buffer_put_zeros(out, room);
    if (!sim_buffer_ok(out)) {
        sim_reply_error(reply, 500, "out of memory");
        return false;
    }
    if (!sim_params_hex(text, out->data, room, &len, "too long", reply))
        return false;
    out->len = len;
    return true;
}
