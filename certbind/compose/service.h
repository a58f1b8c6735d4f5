/*
 * service: one service of a compose file: what of the machine it can reach. Private to
 * certbind/compose.
 */
#ifndef CERTBIND_COMPOSE_SERVICE_H
#define CERTBIND_COMPOSE_SERVICE_H

#include <stdbool.h>

#include "certbind/compose/yaml_tree.h"
#include "certbind/status.h"

/**
 * Check that every key of a service is one whose meaning is known here.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_COMPOSE_NOT_UNDERSTOOD
 */
CERTBIND_MUST_CHECK certbind_status certbind_service_check(const struct certbind_yaml_node *service,
                                                           struct certbind_error *err);

/**
 * Say whether a service can reach the guest agent's socket: by a mount of it or of a folder around
 * it, or because it is not confined.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_COMPOSE_NOT_UNDERSTOOD
 * Out:     reaches  whether it can
 */
CERTBIND_MUST_CHECK certbind_status certbind_service_reaches_agent(
    const struct certbind_yaml_node *service, bool *reaches, struct certbind_error *err);

/**
 * Returns: NULL when the service's configuration is a literal of its command: nothing else of the
 *          operator's reaches it; else why not (static)
 */
const char *certbind_service_config_problem(const struct certbind_yaml_node *service);

#endif
