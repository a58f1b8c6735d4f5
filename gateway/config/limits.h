/*
 * limits: the part of the configuration below `limits`. Private to the configuration.
 */
#ifndef GATEWAY_CONFIG_LIMITS_H
#define GATEWAY_CONFIG_LIMITS_H

#include "gateway/config/config.h"

/** Add what the table cannot say about limits to problems. */
void gateway_config_check_limits(const struct certbind_shape_document *document,
                                 struct certbind_problems *problems);

/** Fill in what bounds clients, names and memory from the checked object. */
void gateway_config_load_limits(struct gateway_config *config, const cJSON *limits);

#endif
