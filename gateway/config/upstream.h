/*
 * upstream: the part of the configuration below `upstreams`. Private to the configuration.
 */
#ifndef GATEWAY_CONFIG_UPSTREAM_H
#define GATEWAY_CONFIG_UPSTREAM_H

#include <stdbool.h>

#include "gateway/config/config.h"

/** Add what the table cannot say about upstreams to problems. */
void gateway_config_check_upstreams(const struct certbind_shape_document *document,
                                    struct certbind_problems *problems);

/** Fill in config->upstreams from the checked tree. Returns: false when memory ran out. */
bool gateway_config_load_upstreams(struct gateway_config *config, const cJSON *upstreams);

/** The strings of an array (borrowed from the tree; the list is owned). Returns: false when memory
 * ran out. */
bool gateway_config_strings(const cJSON *array, const char ***list, size_t *count);

/** Read a wait that may be "auto", which leaves *ms as it is; 0 becomes UINT32_MAX: no limit. */
void gateway_config_wait(const cJSON *object, const char *key, uint32_t *ms);

#endif
