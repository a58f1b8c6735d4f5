/*
 * keeper: has certificates issued and renewed by an ACME authority. Main loop only; what blocks
 * runs on a thread of libuv's pool, one name after the other.
 *
 * A new chain is written into the name's chain file, which chain_keeper reads: one way for
 * certificates to be checked and shown, whoever put them there. The account key is derived by the
 * guest agent and lives in memory alone.
 */
#ifndef GATEWAY_ACME_KEEPER_H
#define GATEWAY_ACME_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <uv.h>

#include "gateway/acme/challenges.h"
#include "gateway/acme/tally.h"
#include "gateway/identity/chain_file.h"
#include "gateway/config/config.h"
#include "gateway/agent/guest_agent.h"
#include "gateway/log.h"

struct acme_keeper;

struct acme_keeper_options {
    uv_loop_t *loop;
    const struct gateway_config *config; /* borrowed, like all below */
    const struct gateway_log *log;
    struct gateway_agent *agent;
    struct acme_challenges *challenges;
    EVP_PKEY *tls_key;    /* one reference is taken */
    int64_t (*now)(void); /* Unix seconds */

    /** Returns: the chains that are shown now (borrowed until the next change). */
    const struct gateway_chains *(*chains)(void *user);
    /** A chain file was written. */
    void (*on_chain)(void *user);
    /** The account's URL is known now, or is another one. */
    void (*on_account)(void *user);
    void *user;
};

/** Begin: what is due is asked for at once. Returns: to be given to stop; NULL: no memory. */
struct acme_keeper *acme_keeper_start(const struct acme_keeper_options *options);

/** Returns: URL of the account; NULL: not known yet. NULL gives NULL. */
const char *acme_keeper_account(const struct acme_keeper *keeper);

/** Out: how it went so far, and when it goes on. */
void acme_keeper_tally(const struct acme_keeper *keeper, struct acme_tally *out);

/** End; the memory goes with the loop. NULL does nothing. */
void acme_keeper_stop(struct acme_keeper *keeper);

/** When a certificate is to be renewed: at two thirds of its life. */
int64_t acme_renew_at(int64_t not_before, int64_t not_after);

/** Seconds until the next try: the first pause doubled with each failure up to a day, or longer
 * when the server asks for it, within a day. In: failures  1 or more */
int64_t acme_pause_s(uint32_t first_s, unsigned failures, unsigned asked_s);

#endif
