#include "gateway/core/websocket.h"

#include <string.h>

#include <openssl/evp.h>

#include "gateway/core/http1_message.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum { KEY_LEN = GW_WEBSOCKET_KEY_LEN, SHA1_LEN = 20 };

/* Returns: the one field of that name; NULL when there is none, or there are several. */
static const struct gw_http_field *only(const struct gw_http_fields *fields, const char *name)
{
    const struct gw_http_field *found = NULL;

    for (size_t i = 0; i < fields->count; i++) {
        if (!gw_str_equal_nocase(fields->list[i].name, gw_str(name)))
            continue;
        if (found != NULL)
            return NULL;
        found = &fields->list[i];
    }
    return found;
}

static bool upgrades(const struct gw_http_fields *fields)
{
    const struct gw_http_field *upgrade = only(fields, "upgrade");

    return upgrade != NULL && gw_str_equal_nocase(upgrade->value, gw_str("websocket")) &&
           gw_http_fields_list_has(fields, GW_FIELD_CONNECTION, "upgrade");
}

/* Base64 of 16 bytes: 22 digits, of which the last has four zero bits, and the padding. */
static bool is_key(struct gw_str text)
{
    static const char last[] = {'A', 'Q', 'g', 'w'};
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < text.len && i < KEY_LEN - 2; i++)
        if (memchr(digits, text.at[i], sizeof digits - 1) == NULL)
            return false;
    return text.len == KEY_LEN && memchr(last, text.at[KEY_LEN - 3], sizeof last) != NULL &&
           memcmp(text.at + KEY_LEN - 2, "==", 2) == 0;
}

enum gw_websocket_wish gw_websocket_request(const struct gw_http1_request *r,
                                            struct gw_http_refusal *why)
{
    const struct gw_http_field *version = only(&r->fields, "sec-websocket-version");
    const struct gw_http_field *key = only(&r->fields, "sec-websocket-key");
    bool wanted = r->minor == 1 && (r->websocket || gw_str_equal(r->method, gw_str("GET"))) &&
                  r->framing == GW_FRAMING_NONE && upgrades(&r->fields);

    if (!wanted)
        return GW_WEBSOCKET_NONE;
    if (version == NULL || !gw_str_equal(version->value, gw_str("13"))) {
        (void)gw_http_refuse(why, 400, "websocket-version");
        return GW_WEBSOCKET_REFUSED;
    }
    if (key == NULL || !is_key(key->value)) {
        (void)gw_http_refuse(why, 400, "websocket-key");
        return GW_WEBSOCKET_REFUSED;
    }
    return GW_WEBSOCKET_WANTED;
}

void gw_websocket_key(const uint8_t random[GW_WEBSOCKET_KEY_BYTES],
                      char out[GW_WEBSOCKET_KEY_LEN + 1])
{
    (void)EVP_EncodeBlock((unsigned char *)out, random, GW_WEBSOCKET_KEY_BYTES);
}

/* Base64 of the SHA-1 of key and GUID: no secret, only a sign that the far side means it. */
static bool accept_value(struct gw_str key, char out[GW_WEBSOCKET_ACCEPT_LEN + 1])
{
    unsigned char digest[SHA1_LEN];
    char text[KEY_LEN + sizeof GUID - 1];

    memcpy(text, key.at, KEY_LEN);
    memcpy(text + KEY_LEN, GUID, sizeof GUID - 1);
    return EVP_Digest(text, sizeof text, digest, NULL, EVP_sha1(), NULL) == 1 &&
           EVP_EncodeBlock((unsigned char *)out, digest, SHA1_LEN) == GW_WEBSOCKET_ACCEPT_LEN;
}

bool gw_websocket_accept(const struct gw_http1_request *request,
                         char out[GW_WEBSOCKET_ACCEPT_LEN + 1])
{
    const struct gw_http_field *key = only(&request->fields, "sec-websocket-key");

    return key != NULL && is_key(key->value) && accept_value(key->value, out);
}

bool gw_websocket_answer(const struct gw_http1_request *request,
                         const struct gw_http1_response *response)
{
    const struct gw_http_field *accept = only(&response->fields, "sec-websocket-accept");
    char expected[GW_WEBSOCKET_ACCEPT_LEN + 1];

    return response->minor == 1 && upgrades(&response->fields) && accept != NULL &&
           gw_websocket_accept(request, expected) &&
           gw_str_equal(accept->value, (struct gw_str){expected, GW_WEBSOCKET_ACCEPT_LEN});
}
