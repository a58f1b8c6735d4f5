/*
 * params: the arguments of a guest-agent call, from a JSON body or a query string.
 */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http_server.h"
#include "tests/simulator/reply.h"

/**
 * Read the arguments: the query of a GET; the JSON body of a POST with a JSON content type or
 * `?json`. A real agent takes any other POST for protobuf; this one refuses it.
 *
 * Returns: an object (owned by the caller: cJSON_Delete), or NULL with the refusal in reply
 */
cJSON *sim_params_read(const struct sim_http_request *r, struct sim_reply *reply);

/**
 * Returns: the string argument, "" when it is missing (borrowed); NULL with the refusal in reply
 *          when it is no string
 */
const char *sim_params_string(const cJSON *params, const char *name, struct sim_reply *reply);

/**
 * A switch: true or false, in a query also their text.
 *
 * Returns: whether it is one or is missing (then out is false); otherwise the refusal is in reply
 */
bool sim_params_switch(const cJSON *params, const char *name, bool *out, struct sim_reply *reply);

/**
 * A time in Unix seconds, in a query as decimal text.
 *
 * Returns: whether it is one or is missing (then out is unchanged); otherwise the refusal is in
 *          reply
 */
bool sim_params_time(const cJSON *params, const char *name, int64_t *out, struct sim_reply *reply);

/**
 * A bytes argument of any length: hex with or without 0x. Appended to out.
 *
 * Returns: whether it is hex; otherwise the refusal is in reply
 */
bool sim_params_bytes(const cJSON *params, const char *name, struct sim_buffer *out,
                      struct sim_reply *reply);

/**
 * A bytes argument: hex with or without 0x.
 *
 * Returns: whether it is hex of at most room bytes; otherwise the refusal is in reply, too_long
 *          being its text when there are more
 */
bool sim_params_hex(const char *text, uint8_t *out, size_t room, size_t *len, const char *too_long,
                    struct sim_reply *reply);

#endif
