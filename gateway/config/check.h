/*
 * check: what a table of keys cannot say: addresses, names, references between keys.
 */
#ifndef GATEWAY_CONFIG_CHECK_H
#define GATEWAY_CONFIG_CHECK_H

#include "certbind/json_shape.h"

/** Add every problem of a document whose shape is right. */
void gateway_config_check(const struct certbind_shape_document *document,
                          struct certbind_problems *problems);

#endif
