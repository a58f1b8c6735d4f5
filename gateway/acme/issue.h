/*
 * issue: one certificate for one name, from the directory to the chain (RFC 8555 section 7).
 * Blocking: for a thread of libuv's pool. Challenges are answered meanwhile by whoever holds the
 * table.
 */
#ifndef GATEWAY_ACME_ISSUE_H
#define GATEWAY_ACME_ISSUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"
#include "gateway/acme/challenges.h"
#include "gateway/acme/reply.h"

/* What a run needs; borrowed while it lasts. */
struct acme_issue {
    const char *directory; /* URL */
    const char *contact;   /* "mailto:…"; "": none */
    const char *ca_file;   /* as acme_transport_new takes it */
    const char *challenge; /* "http-01" or "tls-alpn-01" */
    const char *name;
    EVP_PKEY *account;
    EVP_PKEY *tls_key;
    struct certbind_bytes csr; /* DER */
    struct acme_challenges *challenges;
    const atomic_bool *stop; /* the run ends soon after it is set */
};

struct acme_issued {
    const char *code; /* of a failure: static; NULL: pem holds the chain */
    char detail[2 * ACME_TEXT_ROOM];
    char *pem; /* owned */
    size_t pem_len;
    char account[ACME_URL_ROOM]; /* URL of the account; "": not known */
    char caa[256];               /* the authority's name in CAA records; "": not known */
    unsigned retry_after_s;      /* what the server asked for; 0: nothing */
};

/** Run. Out: to be given to acme_issued_cleanup */
void acme_issue_run(const struct acme_issue *in, struct acme_issued *out);

/** Accepts a zeroed struct. */
void acme_issued_cleanup(struct acme_issued *issued);

#endif
