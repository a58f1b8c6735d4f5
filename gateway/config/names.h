/*
 * names: the server names that the listeners serve, as one list without repetitions.
 */
#ifndef GATEWAY_CONFIG_NAMES_H
#define GATEWAY_CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/config/config.h"
#include "gateway/core/str.h"

/**
 * Returns: the names of all listeners whose TLS ends here, each once, in order of appearance; to be
 * freed (the texts are borrowed from config); NULL when memory ran out
 */
const char **gateway_names(const struct gateway_config *config, size_t *count);

/** Returns: whether any listener ends the TLS of a server name; NULL: none was sent. */
bool gateway_names_serve(const struct gateway_config *config, const char *name);

/** Returns: whether this listener serves a name; names compare without case. */
bool gateway_listener_serves(const struct gateway_listener *listener, struct gw_str name);

#endif
