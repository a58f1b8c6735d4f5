/*
 * stream: rules across keys for streams of bytes: TCP listeners and names that are passed
 * through.
 */
#ifndef GATEWAY_CONFIG_STREAM_H
#define GATEWAY_CONFIG_STREAM_H

#include "certbind/json_shape.h"

/** Check listeners and routes of a document that suits the table. Out: problems  gets more */
void gateway_config_check_streams(const struct certbind_shape_document *document,
                                  struct certbind_problems *problems);

#endif
