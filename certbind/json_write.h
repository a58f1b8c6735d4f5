/*
 * json_write: adding members to a cJSON object, with one answer to "did that work". Pure.
 */
#ifndef CERTBIND_JSON_WRITE_H
#define CERTBIND_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/** Add a value to an object, or to an array when name is NULL; value is taken, also on failure. */
bool certbind_json_add(cJSON *parent, const char *name, cJSON *value);

/** Returns: false too when text is NULL. */
bool certbind_json_add_text(cJSON *parent, const char *name, const char *text);

/** Lowercase hex. */
bool certbind_json_add_hex(cJSON *parent, const char *name, const uint8_t *data, size_t len);

/** |value| at most 2^53 - 1. */
bool certbind_json_add_integer(cJSON *parent, const char *name, int64_t value);

bool certbind_json_add_bool(cJSON *parent, const char *name, bool value);

/** Returns: a new object or array in parent (borrowed), NULL on failure. */
cJSON *certbind_json_add_object(cJSON *parent, const char *name);
cJSON *certbind_json_add_array(cJSON *parent, const char *name);

#endif
