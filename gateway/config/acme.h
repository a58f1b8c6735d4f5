/*
 * acme: the part `acme` of the configuration.
 */
#ifndef GATEWAY_CONFIG_ACME_H
#define GATEWAY_CONFIG_ACME_H

#include <stdbool.h>

#include "gateway/config/config.h"

/** Add what the table cannot say about it to problems. */
void gateway_config_check_acme(const struct certbind_shape_document *document,
                               struct certbind_problems *problems);

/** Fill in config->acme from the checked tree, and add its listener in clear, for which
 * config->listeners has room. Returns: false when memory ran out. */
bool gateway_config_load_acme(struct gateway_config *config, const cJSON *acme);

#endif
