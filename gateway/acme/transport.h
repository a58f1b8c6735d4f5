/*
 * transport: requests to an ACME server over HTTPS. Blocking: for a thread of libuv's pool.
 */
#ifndef GATEWAY_ACME_TRANSPORT_H
#define GATEWAY_ACME_TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/acme/reply.h"

struct acme_transport;

struct acme_reply {
    long status;
    char nonce[ACME_NONCE_ROOM];  /* "": none that is well-formed */
    char location[ACME_URL_ROOM]; /* the same */
    unsigned retry_after_s;       /* 0: not told */
    const char *body;             /* borrowed until the next request */
    size_t body_len;
};

/**
 * Returns: to be given to acme_transport_free; NULL when memory ran out
 * In:      ca_file  PEM of the authorities that are trusted for it; "": the system's. Borrowed
 *          stop     a transfer ends soon after it is set. Borrowed
 */
struct acme_transport *acme_transport_new(const char *ca_file, const atomic_bool *stop);

/** NULL does nothing. */
void acme_transport_free(struct acme_transport *t);

/**
 * One request. Redirects are not followed; a reply has at most ACME_REPLY_MAX bytes.
 *
 * Returns: false when there was no whole reply: why says it
 * In:      url   as acme_url_ok takes it
 *          body  a signed request, POST; NULL: GET; "": HEAD
 */
bool acme_transport_send(struct acme_transport *t, const char *url, const char *body,
                         struct acme_reply *out, char why[ACME_TEXT_ROOM]);

#endif
