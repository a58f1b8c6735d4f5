/*
 * program: the running gateway: control loop, admin listener, engine, signals, their order of life.
 */
#ifndef GATEWAY_PROGRAM_H
#define GATEWAY_PROGRAM_H

#include "gateway/config/config.h"
#include "gateway/log.h"
#include "gateway/options.h"

/**
 * Run until a signal ends it.
 *
 * Returns: the exit code
 * In:      options  borrowed
 */
enum gateway_exit gateway_program_run(const struct gateway_config *config,
                                      const struct gateway_log *log,
                                      const struct gateway_options *options);

#endif
