/*
 * app_certificate: the certificates that a dstack app gets: leaf, app CA, root CA of the KMS.
 */
#ifndef SIM_APP_CERTIFICATE_H
#define SIM_APP_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/p256.h"
#include "tests/simulator/td.h"

/* What dstack writes when nobody asks for dates: from 1975, for ten years from now. */
#define SIM_APP_NOT_BEFORE INT64_C(157766400)
#define SIM_APP_LIFETIME_S ((int64_t)3650 * 86400)

enum { SIM_ALT_NAMES_MAX = 64, SIM_CHAIN_MAX = 3 };

struct sim_app_leaf {
    const struct sim_p256 *key;               /* borrowed */
    const char *subject;                      /* common name; may be empty */
    const char *alt_names[SIM_ALT_NAMES_MAX]; /* an IP address or a DNS name each; borrowed */
    size_t alt_name_count;
    bool server_auth;
    bool client_auth;
    int64_t not_before;
    int64_t not_after;
    struct certbind_bytes evidence; /* complete extensions, or empty */
};

/* PEM certificates, leaf first; zeroed before use. */
struct sim_app_chain {
    struct sim_buffer pem[SIM_CHAIN_MAX];
    size_t count;
};

/**
 * Issue a leaf. Under a KMS the app CA signs and its id stands in the certificate; a TD with a CA
 * of its own signs with that.
 *
 * Returns: whether it was made; sim_app_chain_cleanup is due either way
 * In:      now  the end of the CAs' validity counts from it
 */
bool sim_app_chain_make(const struct sim_td *td, const struct sim_app_leaf *leaf, int64_t now,
                        struct sim_app_chain *out);

void sim_app_chain_cleanup(struct sim_app_chain *chain);

#endif
