#include "certbind/batch_proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/json.h"
#include "certbind/quote_text.h"

enum { NODE_TEXT = 2 * CERTBIND_SHA256_LEN + 3, FIXED_TEXT = 128 };

static certbind_status refuse_place(struct certbind_error *err, const char *member)
{
    return certbind_fail(err, CERTBIND_E_SESSION_PATH, "member '%s' is missing or has another form",
                         member);
}

static certbind_status read_path(const cJSON *array, struct certbind_tree_proof *out,
                                 struct certbind_error *err)
{
    const cJSON *item;

    if (!cJSON_IsArray(array))
        return refuse_place(err, "path");
    cJSON_ArrayForEach(item, array)
    {
        if (out->path_len == CERTBIND_TREE_MAX_PATH)
            return certbind_fail(err, CERTBIND_E_SESSION_PATH, "the path has too many nodes");
        if (!cJSON_IsString(item) ||
            !certbind_hex_decode(certbind_text(item->valuestring), out->path[out->path_len],
                                 CERTBIND_SHA256_LEN))
            return refuse_place(err, "path");
        out->path_len++;
    }
    return CERTBIND_OK;
}

static certbind_status read_place(const cJSON *object, struct certbind_tree_proof *out,
                                  struct certbind_error *err)
{
    int64_t index;
    int64_t size;

    if (!certbind_json_integer(certbind_json_get(object, "index"), 0, CERTBIND_MAX_BATCH - 1,
                               &index))
        return refuse_place(err, "index");
    if (!certbind_json_integer(certbind_json_get(object, "size"), 1, CERTBIND_MAX_BATCH, &size))
        return refuse_place(err, "size");
    out->index = (uint32_t)index;
    out->size = (uint32_t)size;
    return read_path(certbind_json_get(object, "path"), out, err);
}

certbind_status certbind_batch_proof_read(const cJSON *object, struct certbind_batch_proof *out,
                                          struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_batch_proof){.event_log = certbind_json_get(object, "event_log")};
    status = certbind_quote_text_read(object, &out->quote, err);
    if (status == CERTBIND_OK && out->event_log == NULL)
        status = certbind_fail(err, CERTBIND_E_EVIDENCE_JSON,
                               "member 'event_log' is missing or has another form");
    if (status == CERTBIND_OK)
        status = read_place(object, &out->place, err);
    if (status != CERTBIND_OK)
        certbind_batch_proof_cleanup(out);
    return status;
}

void certbind_batch_proof_cleanup(struct certbind_batch_proof *proof)
{
    free((void *)proof->quote.data);
    *proof = (struct certbind_batch_proof){.event_log = NULL};
}

char *certbind_batch_proof_encode(struct certbind_bytes quote, struct certbind_bytes event_log,
                                  const struct certbind_tree_proof *place)
{
    static const char begin[] = "\"quote\":\"";
    const size_t room = 2 * quote.len + event_log.len + place->path_len * NODE_TEXT + FIXED_TEXT;
    char *text = place->path_len > CERTBIND_TREE_MAX_PATH ? NULL : malloc(room);
    size_t at = sizeof begin - 1;

    if (text == NULL)
        return NULL;
    memcpy(text, begin, at);
    certbind_hex_encode(quote.data, quote.len, text + at);
    at += 2 * quote.len;
    at += (size_t)snprintf(text + at, room - at, "\",\"event_log\":%.*s,\"index\":%u,\"size\":%u,",
                           (int)event_log.len, (const char *)event_log.data, place->index,
                           place->size);
    at += (size_t)snprintf(text + at, room - at, "\"path\":[");
    for (size_t i = 0; i < place->path_len; i++) {
        char hex[2 * CERTBIND_SHA256_LEN + 1];

        certbind_hex_encode(place->path[i], CERTBIND_SHA256_LEN, hex);
        at += (size_t)snprintf(text + at, room - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, room - at, "]");
    return text;
}
