/*
 * gateway_service: finds the one service of a measured compose text that can reach the guest agent,
 * and what its configuration is. Whoever holds that socket can quote anything, so a second holder
 * refuses, and so does everything here that is not understood for certain.
 */
#ifndef CERTBIND_COMPOSE_GATEWAY_SERVICE_H
#define CERTBIND_COMPOSE_GATEWAY_SERVICE_H

#include "certbind/compose_reader.h"

/** A certbind_compose_reader. Pure. */
CERTBIND_MUST_CHECK certbind_status
certbind_gateway_service_read(struct certbind_bytes app_compose,
                              struct certbind_gateway_service *out, struct certbind_error *err);

#endif
