/*
 * prove: drives a ratls_session on each new connection of the engine, before it carries a request.
 */
#ifndef ATTESTED_PROVE_H
#define ATTESTED_PROVE_H

#include "gateway/core/proof.h"
#include "ra-tls/ratls.h"

/* What all proofs share; borrowed while the server lives. */
struct attested_prover {
    struct ratls_ctx *ctx;
    const struct ratls_target *target;
    const char *tunnel; /* a TCP target: Host of the request that opens a stream; NULL: HTTP */
};

/* The user pointer of these is a struct attested_prover. */
extern const struct gw_proof_ops attested_proof_ops;

#endif
