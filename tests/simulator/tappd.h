/*
 * tappd: the methods of the guest agent's first API that the newer one has not.
 */
#ifndef SIM_TAPPD_H
#define SIM_TAPPD_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "certbind/bytes.h"
#include "tests/simulator/agent.h"
#include "tests/simulator/quote.h"
#include "tests/simulator/reply.h"

/**
 * The report data of TdxQuote: hash of `prefix:content`, zeros after it; `raw` is the content.
 *
 * Returns: whether hash is a known name and the content fits; otherwise the refusal is in reply
 */
bool sim_tappd_report_data(const char *hash, const char *prefix, struct certbind_bytes content,
                           uint8_t out[SIM_QUOTE_REPORT_DATA_LEN], struct sim_reply *reply);

/** Returns: whether the arguments are right; otherwise the refusal is in reply. */
bool sim_tappd_tdx_quote_check(const struct sim_agent *a, const cJSON *params,
                               struct sim_reply *reply);
bool sim_tappd_raw_quote_check(const struct sim_agent *a, const cJSON *params,
                               struct sim_reply *reply);

void sim_tappd_tdx_quote(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_tappd_raw_quote(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_tappd_derive_k256_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);

#endif
