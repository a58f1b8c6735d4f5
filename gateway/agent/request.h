/*
 * request: the calls to the guest agent that more than one part of the gateway makes.
 */
#ifndef GATEWAY_AGENT_REQUEST_H
#define GATEWAY_AGENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/preimage.h"
#include "gateway/agent/guest_agent.h"

enum gateway_asked {
    GATEWAY_ASKED = 1, /* done will be called, or was */
    GATEWAY_ASKED_NO_MEMORY,
    GATEWAY_ASKED_NO_PATH /* the label or the epoch is not of the documented form */
};

/** Ask for the key that the TLS key of this epoch is derived from (binding.md 1). */
enum gateway_asked gateway_agent_ask_tls_key(struct gateway_agent *agent, const char *label,
                                             unsigned epoch, gateway_agent_done done, void *user);

/** Ask for the key that the account key of ACME is derived from, as a TLS key is. */
enum gateway_asked gateway_agent_ask_acme_key(struct gateway_agent *agent, const char *label,
                                              gateway_agent_done done, void *user);

/** Ask for a quote over this report data. Returns: GATEWAY_ASKED or GATEWAY_ASKED_NO_MEMORY. */
enum gateway_asked gateway_agent_ask_quote(struct gateway_agent *agent,
                                           const uint8_t report_data[CERTBIND_REPORT_DATA_LEN],
                                           gateway_agent_done done, void *user);

#endif
