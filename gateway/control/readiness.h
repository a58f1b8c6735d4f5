/*
 * readiness: the JSON text of /readyz. Pure.
 */
#ifndef GATEWAY_CONTROL_READINESS_H
#define GATEWAY_CONTROL_READINESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/control/control.h"
#include "gateway/sandbox/sandbox.h"

struct gateway_upstream_readiness {
    const char *name;
    uint32_t servers, up; /* addresses known, and not called down by active checks */
};

struct gateway_readiness {
    struct gateway_control_status control;
    const struct gateway_upstream_readiness *upstreams; /* borrowed */
    size_t upstreams_count;
    struct sandbox_report sandbox;
    bool serving;  /* the listeners are open */
    bool stopping; /* draining */
    int64_t now;   /* Unix seconds */
};

/** Returns: why requests are not answered, as a stable code; NULL: they are. */
const char *gateway_readiness_reason(const struct gateway_readiness *r);

/**
 * Upstreams are told but do not count: what they answer is the app's health. Those that do not fit
 * into the text are counted in upstreams_left_out.
 *
 * Returns: whether requests and requests for evidence are answered
 * Out:     text  the JSON text, NUL-terminated, at most room - 1 bytes
 */
bool gateway_readiness_write(const struct gateway_readiness *r, char *text, size_t room);

#endif
