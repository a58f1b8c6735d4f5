#include "certbind/json_write.h"

#include <stdlib.h>

#include "certbind/hex.h"

bool certbind_json_add(cJSON *parent, const char *name, cJSON *value)
{
    bool ok = parent != NULL && value != NULL;

    if (ok && name != NULL)
        ok = cJSON_AddItemToObject(parent, name, value) != 0;
    else if (ok)
        ok = cJSON_AddItemToArray(parent, value) != 0;
    if (!ok)
        cJSON_Delete(value);
    return ok;
}

bool certbind_json_add_text(cJSON *parent, const char *name, const char *text)
{
    return text != NULL && certbind_json_add(parent, name, cJSON_CreateString(text));
}

bool certbind_json_add_hex(cJSON *parent, const char *name, const uint8_t *data, size_t len)
{
    char *hex = malloc(2 * len + 1);
    bool ok = false;

    if (hex != NULL) {
        certbind_hex_encode(data, len, hex);
        ok = certbind_json_add_text(parent, name, hex);
    }
    free(hex);
    return ok;
}

bool certbind_json_add_integer(cJSON *parent, const char *name, int64_t value)
{
    return certbind_json_add(parent, name, cJSON_CreateNumber((double)value));
}

bool certbind_json_add_bool(cJSON *parent, const char *name, bool value)
{
    return certbind_json_add(parent, name, cJSON_CreateBool(value));
}

cJSON *certbind_json_add_object(cJSON *parent, const char *name)
{
    cJSON *object = cJSON_CreateObject();

    return certbind_json_add(parent, name, object) ? object : NULL;
}

cJSON *certbind_json_add_array(cJSON *parent, const char *name)
{
    cJSON *array = cJSON_CreateArray();

    return certbind_json_add(parent, name, array) ? array : NULL;
}
