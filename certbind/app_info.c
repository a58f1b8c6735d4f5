#include "certbind/app_info.h"

#include "certbind/digest.h"
#include "certbind/msgpack.h"

static const struct field {
    const char *name;
    size_t len;
    bool may_be_empty;
} fields[CERTBIND_APP_INFO_FIELDS] = {
    {"app_id", 20, false},       {"compose_hash", 32, false},
    {"instance_id", 20, true},   {"device_id", 32, true},
    {"mr_system", 32, true},     {"mr_aggregated", 32, true},
    {"os_image_hash", 32, true}, {"key_provider_info", CERTBIND_APP_INFO_MAX_TEXT, true},
};

static bool length_ok(enum certbind_app_info_field field, size_t len)
{
    if (len == 0)
        return fields[field].may_be_empty;
    if (field == CERTBIND_APP_INFO_KEY_PROVIDER)
        return len <= fields[field].len;
    return len == fields[field].len;
}

static bool read_scripts(struct certbind_reader *r, struct certbind_app_info *out)
{
    struct certbind_msgpack item;

    if (!certbind_msgpack_next(r, &item))
        return false;
    if (item.type == CERTBIND_MSGPACK_NIL)
        return true;
    if (item.type != CERTBIND_MSGPACK_ARRAY || item.count > CERTBIND_APP_INFO_MAX_SCRIPTS)
        return false;
    for (uint32_t left = item.count; left > 0; left--) {
        struct certbind_msgpack hash;

        if (!certbind_msgpack_take(r, CERTBIND_MSGPACK_BINARY, &hash) ||
            hash.view.len != CERTBIND_SHA256_LEN)
            return false;
        out->script[out->script_count++] = hash.view;
    }
    return true;
}

static bool read_all(struct certbind_reader *r, struct certbind_app_info *out)
{
    struct certbind_msgpack item;

    if (!certbind_msgpack_take(r, CERTBIND_MSGPACK_ARRAY, &item) ||
        item.count != CERTBIND_APP_INFO_FIELDS + 1)
        return false;
    for (int i = 0; i < CERTBIND_APP_INFO_FIELDS; i++) {
        if (!certbind_msgpack_take(r, CERTBIND_MSGPACK_BINARY, &item) ||
            !length_ok((enum certbind_app_info_field)i, item.view.len))
            return false;
        out->field[i] = item.view;
    }
    return read_scripts(r, out) && certbind_reader_done(r);
}

bool certbind_app_info_parse(struct certbind_bytes bytes, struct certbind_app_info *out)
{
    struct certbind_reader r;
    bool ok;

    *out = (struct certbind_app_info){.script_count = 0};
    certbind_reader_init(&r, bytes);
    ok = read_all(&r, out);
    if (!ok)
        *out = (struct certbind_app_info){.script_count = 0};
    return ok;
}

const char *certbind_app_info_name(enum certbind_app_info_field field)
{
    return fields[field].name;
}
