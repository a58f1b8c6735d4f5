#include "tests/simulator/reply_json.h"

#include <string.h>

#include <openssl/crypto.h>

void sim_reply_object(struct sim_reply *reply, cJSON *object)
{
    char *text = object == NULL ? NULL : cJSON_PrintUnformatted(object);

    if (text == NULL) {
        sim_reply_error(reply, 500, "out of memory");
    } else {
        reply->status = 200;
        sim_buffer_put_text(&reply->body, text);
        OPENSSL_cleanse(text, strlen(text));
    }
    cJSON_free(text);
    cJSON_Delete(object);
}

void sim_json_add_hex(cJSON *object, const char *name, const void *data, size_t len)
{
    struct sim_buffer text = {0};

    sim_buffer_put_hex(&text, certbind_bytes(data, len));
    (void)cJSON_AddStringToObject(object, name, sim_buffer_cstr(&text));
    sim_buffer_cleanup(&text);
}

void sim_json_add_text(cJSON *object, const char *name, const struct sim_buffer *value)
{
    struct sim_buffer text = {0};

    sim_buffer_put_bytes(&text, sim_buffer_view(value));
    (void)cJSON_AddStringToObject(object, name, sim_buffer_cstr(&text));
    sim_buffer_cleanup(&text);
}

void sim_json_add_hex_item(cJSON *array, const void *data, size_t len)
{
    struct sim_buffer text = {0};
    cJSON *item;

    sim_buffer_put_hex(&text, certbind_bytes(data, len));
    item = cJSON_CreateString(sim_buffer_cstr(&text));
    if (item != NULL && !cJSON_AddItemToArray(array, item))
        cJSON_Delete(item);
    sim_buffer_cleanup(&text);
}
