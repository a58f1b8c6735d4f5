/*
 * commands: one function for each command of devproof. argv holds what follows the command's name.
 * Each returns the exit code; what it takes stands beside it in main.c.
 */
#ifndef DEVPROOF_COMMANDS_H
#define DEVPROOF_COMMANDS_H

#include "ra-tls/cli/arguments.h"
#include "ra-tls/cli/exit_code.h"

enum exit_code command_verify(const struct arguments *args);
enum exit_code command_get(const struct arguments *args);
enum exit_code command_connect(const struct arguments *args);
enum exit_code command_policy_check(const struct arguments *args);
enum exit_code command_policy_init(const struct arguments *args);
enum exit_code command_quote_verify(const struct arguments *args);
enum exit_code command_quote_show(const struct arguments *args);
enum exit_code command_cert_verify(const struct arguments *args);
enum exit_code command_cert_show(const struct arguments *args);
enum exit_code command_compose_hash(const struct arguments *args);
enum exit_code command_tcb_status(const struct arguments *args);
enum exit_code command_bench_verify(const struct arguments *args);

#endif
