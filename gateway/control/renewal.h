/*
 * renewal: one round of making evidence with the guest agent.
 *
 * Info, GetKey for each epoch (once per process), a quote for the certificate when one is due, a
 * quote for a new statement. Each piece is checked before the next is asked for. A round ends well
 * only with a certificate and a statement whose quotes are of the same TD in the same state.
 */
#ifndef GATEWAY_CONTROL_RENEWAL_H
#define GATEWAY_CONTROL_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "certbind/tls_key.h"
#include "gateway/config/config.h"
#include "gateway/evidence/evidence.h"
#include "gateway/agent/guest_agent.h"

struct gateway_tls_keys {
    EVP_PKEY *current; /* owned */
    struct gateway_tls_key_entry entries[CERTBIND_KEY_EPOCH_MAX];
    size_t count;
};

/* A certificate with the quote it carries. */
struct gateway_certificate {
    X509 *x509; /* owned; NULL: none */
    struct gateway_quote quote;
    int64_t made_at; /* Unix seconds */
};

/* A statement with the quote that covers it. */
struct gateway_stated {
    char *text; /* exact bytes; owned; NULL: none */
    struct gateway_quote quote;
    int64_t issued_at;
    int64_t not_after;
};

struct gateway_renewal {
    /* set by the caller */
    const struct gateway_config *config;
    struct gateway_agent *agent;
    EVP_PKEY *session_key;
    const char *acme_account; /* URL that statements tell; NULL: none */
    int64_t (*now)(void);     /* Unix seconds */
    void (*done)(void *user, struct gateway_renewal *r);
    void *user;

    /* kept from round to round */
    struct gateway_tls_keys keys;
    struct gateway_certificate certificate; /* the newest that is complete */
    struct gateway_stated stated;
    struct gateway_info info;

    /* how the last round ended */
    bool ok;
    bool certificate_changed;
    enum gateway_agent_result agent_result;
    const char *code; /* of a failure; static */
    char detail[200];

    /* private: the round under way */
    bool running;
    uint64_t rounds_ok, rounds_failed; /* since start */
    bool want_certificate;
    bool have_info;
    struct gateway_info next_info;
    struct gateway_certificate next_certificate;
    struct gateway_stated next_stated;
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN];
};

/** Begin a round; done is called once, perhaps before this returns. Not while one is running. */
void gateway_renewal_start(struct gateway_renewal *r, bool with_certificate);

/** Free everything. No round may be running, or its agent must be closed. */
void gateway_renewal_cleanup(struct gateway_renewal *r);

#endif
