/*
 * server_name: the names that TLS keys are for (binding.md 2).
 *
 * Lowercase A-labels, compared byte for byte; `*` means any name; there is no other wildcard;
 * without SNI only `*` matches. Pure.
 */
#ifndef CERTBIND_SERVER_NAME_H
#define CERTBIND_SERVER_NAME_H

#include <stdbool.h>

#include "certbind/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_SERVER_NAME_MAX = 253, CERTBIND_SERVER_NAME_ROOM = 254 };

/** Returns: whether name is [a-z0-9.-], 1..253 bytes, without empty labels or a trailing dot. */
bool certbind_server_name_ok(struct certbind_bytes name);

/**
 * Lowercase what a client sent as SNI.
 *
 * Returns: whether the result is a server name; a handshake with another SNI is refused
 * Out:     out  NUL-terminated; empty on failure
 */
bool certbind_server_name_from_sni(struct certbind_bytes sni, char out[CERTBIND_SERVER_NAME_ROOM]);

/** Returns: whether an entry for `pattern` serves name; name is empty when there was no SNI. */
bool certbind_server_name_matches(const char *pattern, const char *name);

/** Returns: whether text is an IPv4 or IPv6 address (no brackets); such targets send no SNI. */
bool certbind_is_ip_address(const char *text);

#ifdef __cplusplus
}
#endif

#endif
