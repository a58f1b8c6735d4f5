/*
 * confinement: the sandbox of this program: what it keeps, and what is said about it.
 */
#ifndef GATEWAY_LIFETIME_CONFINEMENT_H
#define GATEWAY_LIFETIME_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/config/config.h"
#include "gateway/log.h"
#include "gateway/options.h"
#include "gateway/sandbox/sandbox.h"

/**
 * Enter the sandbox. What stays reachable: what resolver and certificate authorities need, for
 * reading the folders of certificate files, and for replacing those of chains that ACME renews and
 * of the ready file. Each layer is one line in the log, a warning when it does not hold.
 *
 * Returns: false with a text in err when the user that was asked for could not be had
 */
bool gateway_confine(const struct gateway_config *config, const struct gateway_options *options,
                     const struct gateway_log *log, struct sandbox_report *report, char *err,
                     size_t err_len);

#endif
