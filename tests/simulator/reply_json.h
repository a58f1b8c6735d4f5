/*
 * reply_json: JSON bodies of the guest agent's answers, from bytes and texts.
 *
 * Adding to NULL does nothing, so a body is built first and asked once, by sim_reply_object.
 */
#ifndef SIM_REPLY_JSON_H
#define SIM_REPLY_JSON_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "tests/simulator/buffer.h"
#include "tests/simulator/reply.h"

/** Answer 200 with object, which is freed; 500 when it is NULL. */
void sim_reply_object(struct sim_reply *reply, cJSON *object);

/** Add a member with the lowercase hex of len bytes. */
void sim_json_add_hex(cJSON *object, const char *name, const void *data, size_t len);

/** Add a member with a text that may hold no NUL yet. */
void sim_json_add_text(cJSON *object, const char *name, const struct sim_buffer *value);

/** Add an element with the lowercase hex of len bytes. */
void sim_json_add_hex_item(cJSON *array, const void *data, size_t len);

#endif
