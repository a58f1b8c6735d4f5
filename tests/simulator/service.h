/*
 * service: the running simulator: guest agent on its socket, collateral service, quote queue.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "tests/simulator/agent.h"
#include "tests/simulator/collateral.h"
#include "tests/simulator/fault.h"
#include "tests/simulator/http_server.h"
#include "tests/simulator/pccs.h"

/* One call that takes a quote and waits for its turn. */
struct sim_quote_call {
    struct sim_quote_call *next;
    struct sim_http_conn *conn; /* NULL: the caller went away */
    enum sim_method method;
    cJSON *params; /* owned */
    bool half;     /* answer with half a body */
};

struct sim_service {
    struct sim_agent agent;
    struct sim_faults faults;
    struct sim_pki *pki;                 /* borrowed */
    const struct sim_platform *platform; /* borrowed */
    struct sim_collateral_options collateral_options;
    struct sim_collateral collateral;
    int64_t fixed_now; /* 0: the clock */
    unsigned quote_delay_ms;
    unsigned long quotes_made;
    uint64_t quote_began_ms;
    struct sim_quote_call *first; /* the one being made */
    struct sim_quote_call *last;
    uv_timer_t quote_timer;
    bool timer_open;
    struct sim_http_server agent_server;
    struct sim_http_server tappd_server;
    struct sim_http_server pccs_server;
};

/** Returns: the time the simulator lives in. */
int64_t sim_service_now(const struct sim_service *s);

/** Open the socket and, unless NULL, tappd's socket and the collateral service. 0 or libuv error.
 */
int sim_service_open(struct sim_service *s, uv_loop_t *loop, const char *socket_path,
                     const char *tappd_path, const char *pccs_address);

/** Close every handle; the loop runs until they are gone, then sim_service_cleanup. */
void sim_service_close(struct sim_service *s);

void sim_service_cleanup(struct sim_service *s);

#endif
