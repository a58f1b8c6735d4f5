/*
 * statement: the binding statement, exact bytes in both directions (binding.md 2).
 *
 * The transmitted bytes are what is hashed; nobody re-serialises a statement it received. Its
 * members mean nothing before its compose hash is accepted.
 */
#ifndef CERTBIND_STATEMENT_H
#define CERTBIND_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/event_log.h"
#include "certbind/json.h"
#include "certbind/session_key.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_STATEMENT_MAX_BYTES = 65536,
    CERTBIND_STATEMENT_MAX_LIFETIME_S = 86400,
    CERTBIND_CLOCK_SKEW_S = 300,
    CERTBIND_RECEIPT_KEY_LEN = 33,
    CERTBIND_CHAIN_SIGNATURE_LEN = 65
};

enum certbind_key_state {
    CERTBIND_KEY_NO_STATE,
    CERTBIND_KEY_CURRENT,
    CERTBIND_KEY_NEXT,
    CERTBIND_KEY_RETIRED
};

enum certbind_key_origin { CERTBIND_KEY_NO_ORIGIN, CERTBIND_KEY_GETKEY, CERTBIND_KEY_PROCESS };

struct certbind_statement_key {
    const char *name; /* a server name or "*" */
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    enum certbind_key_state state;
    enum certbind_key_origin origin;
    unsigned epoch; /* 1..64, 0 for a process key */
};

struct certbind_receipt_key {
    uint8_t pub[CERTBIND_RECEIPT_KEY_LEN];
    const char *path;
    const char *purpose;
    uint8_t signature_chain[2][CERTBIND_CHAIN_SIGNATURE_LEN];
};

struct certbind_statement {
    uint8_t app_id[CERTBIND_APP_ID_LEN];
    uint8_t compose_hash[CERTBIND_COMPOSE_HASH_LEN];
    uint8_t instance_id[CERTBIND_INSTANCE_ID_LEN];
    bool has_instance_id;
    int64_t issued_at;
    int64_t not_after;
    struct certbind_statement_key *tls_keys;
    size_t tls_key_count;
    uint8_t session_key[CERTBIND_ED25519_KEY_LEN];
    bool has_receipt_key;
    struct certbind_receipt_key receipt_key;
    uint8_t config_sha256[CERTBIND_SHA256_LEN];
    const char *software_name;
    const char *software_version;
    const char *software_revision;
    const char *acme_account; /* NULL: none */

    struct certbind_json json; /* owned after a parse; the texts above live in it */
};

/**
 * Parse a statement: strict JSON, every required member, right types, a session key that is safe.
 *
 * Dates are not judged here: certbind_statement_check_dates.
 *
 * Returns: CERTBIND_OK, one of the codes statement-encoding, -size, -syntax, -version,
 *          session-key-weak, CERTBIND_E_MEMORY or CERTBIND_E_INTERNAL
 * In:      text  the exact bytes (borrowed)
 * Out:     out   to be given to certbind_statement_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_statement_parse(struct certbind_bytes text,
                                                             struct certbind_statement *out,
                                                             struct certbind_error *err);

/** Frees what a parse made. Accepts a zeroed struct; not for one that the caller filled itself. */
void certbind_statement_cleanup(struct certbind_statement *statement);

/**
 * Write a statement that the caller filled (json stays zero), members in the documented order.
 *
 * Returns: CERTBIND_OK, what certbind_statement_parse says of the text when it is no statement,
 *          or CERTBIND_E_MEMORY
 * Out:     text  NUL-terminated, to be freed with free; NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_statement_encode(
    const struct certbind_statement *statement, char **text, struct certbind_error *err);

/**
 * Judge the dates against this side's clock.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_STATEMENT_LIFETIME, CERTBIND_E_STATEMENT_NOT_YET_VALID or
 *          CERTBIND_E_STATEMENT_EXPIRED
 */
CERTBIND_MUST_CHECK certbind_status certbind_statement_check_dates(
    const struct certbind_statement *statement, int64_t now, struct certbind_error *err);

/**
 * Judge the key that a connection presents.
 *
 * Returns: CERTBIND_OK when an entry of state current has that key and the name or `*`;
 *          CERTBIND_E_TLS_KEY_NOT_IN_STATEMENT, CERTBIND_E_TLS_KEY_OTHER_NAME or
 *          CERTBIND_E_TLS_KEY_NOT_CURRENT
 * In:      server_name  the SNI this side sent, lowercase; empty when none
 */
CERTBIND_MUST_CHECK certbind_status certbind_statement_check_tls_key(
    const struct certbind_statement *statement, const uint8_t spki_sha256[CERTBIND_SHA256_LEN],
    const char *server_name, struct certbind_error *err);

/**
 * Compare the statement's identity with the replayed log's.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_STATEMENT_IDENTITY
 */
CERTBIND_MUST_CHECK certbind_status certbind_statement_check_identity(
    const struct certbind_statement *statement, const struct certbind_identity *identity,
    struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
