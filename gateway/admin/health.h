/*
 * health: asks a running gateway whether it is ready, for the health checks of container engines.
 */
#ifndef GATEWAY_ADMIN_HEALTH_H
#define GATEWAY_ADMIN_HEALTH_H

#include <stdbool.h>
#include <stdio.h>

#define GATEWAY_HEALTH_ADDRESS "127.0.0.1:8480"

/**
 * Ask /readyz of a gateway's admin listener and write its answer. Blocks for 5 s at most.
 *
 * Returns: whether the gateway is ready
 * In:      address  numeric, of the admin listener
 *          to       gets the JSON text of the answer
 *          problems gets why there is none
 */
bool gateway_health_ask(const char *address, FILE *to, FILE *problems);

#endif
