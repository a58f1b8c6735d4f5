/*
 * compose_reader: what a verdict needs to know of a measured compose text.
 *
 * The verifier takes a function for it, since reading YAML needs a library that certbind itself
 * does without: certbind_gateway_service_read of certbind/compose.
 */
#ifndef CERTBIND_COMPOSE_READER_H
#define CERTBIND_COMPOSE_READER_H

#include <stdbool.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_SERVICE_NAME_ROOM = 128, CERTBIND_IMAGE_ROOM = 513 };

/* The one service that holds the guest agent's socket. */
struct certbind_gateway_service {
    char name[CERTBIND_SERVICE_NAME_ROOM];
    char image[CERTBIND_IMAGE_ROOM]; /* ends in @sha256: and 64 hex digits */
    bool config_is_literal;          /* its configuration stands in its command, word for word */
    char config_problem[160];        /* else: why not */
    bool has_scripts;                /* the manifest runs code outside the images */
};

/**
 * Read a measured text: an app-compose.json with a compose file inside.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_COMPOSE_NOT_UNDERSTOOD  anything that is not parsed for certain
 *          CERTBIND_E_AGENT_SOCKET_SHARED     not exactly one service can reach the socket
 *          CERTBIND_E_GATEWAY_IMAGE           its image is not pinned by digest
 *          CERTBIND_E_MEMORY
 * Out:     out  zeroed on failure
 */
typedef certbind_status (*certbind_compose_reader)(struct certbind_bytes app_compose,
                                                   struct certbind_gateway_service *out,
                                                   struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
