/*
 * problem: what is wrong with a value of the configuration, in the same words everywhere.
 */
#ifndef GATEWAY_CONFIG_PROBLEM_H
#define GATEWAY_CONFIG_PROBLEM_H

#include "certbind/json_shape.h"

/** Add "'VALUE' TEXT"; what is no text has an empty value. Out: problems  gets one more */
void gateway_config_problem(struct certbind_problems *problems,
                            const struct certbind_shape_document *document, const cJSON *item,
                            const char *path, const char *text);

#endif
