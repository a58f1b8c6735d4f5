/*
 * reply: what an ACME server's JSON says (RFC 8555 section 7.1). Pure.
 *
 * Only what is needed for one name is read; URLs and tokens are checked for their form, so that
 * they may stand in requests. Unknown members are ignored.
 */
#ifndef GATEWAY_ACME_REPLY_H
#define GATEWAY_ACME_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"
#include "gateway/acme/jws.h"

enum { ACME_REPLY_MAX = 64 * 1024, ACME_AUTHORIZATIONS_MAX = 4, ACME_TEXT_ROOM = 160 };

enum acme_status {
    ACME_STATUS_OTHER = 0, /* none that is known */
    ACME_STATUS_PENDING,
    ACME_STATUS_READY,
    ACME_STATUS_PROCESSING,
    ACME_STATUS_VALID,
    ACME_STATUS_INVALID
};

struct acme_directory {
    char new_nonce[ACME_URL_ROOM], new_account[ACME_URL_ROOM], new_order[ACME_URL_ROOM];
    char caa[256]; /* the authority's name in CAA records; "": not told */
};

struct acme_order {
    enum acme_status status;
    char authorizations[ACME_AUTHORIZATIONS_MAX][ACME_URL_ROOM];
    size_t authorizations_count;
    char finalize[ACME_URL_ROOM];
    char certificate[ACME_URL_ROOM]; /* "": not yet */
};

struct acme_authorization {
    enum acme_status status;
    char name[256];
    char url[ACME_URL_ROOM]; /* of the challenge of the wanted type; "": none is offered */
    char token[ACME_TOKEN_ROOM];
    char error[ACME_TEXT_ROOM]; /* why it is invalid; "": not told */
};

struct acme_problem {
    char type[ACME_TEXT_ROOM];   /* without urn:ietf:params:acme:error: */
    char detail[ACME_TEXT_ROOM]; /* the server's words, cut */
};

/* Each returns false when the text has another form; then out is zeroed. */
bool acme_directory_parse(struct certbind_bytes text, struct acme_directory *out);
bool acme_order_parse(struct certbind_bytes text, struct acme_order *out);
/** In: type  "http-01", "tls-alpn-01" */
bool acme_authorization_parse(struct certbind_bytes text, const char *type,
                              struct acme_authorization *out);
bool acme_problem_parse(struct certbind_bytes text, struct acme_problem *out);

#endif
