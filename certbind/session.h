/*
 * session: the proof that ties one TLS connection to the process a quote describes (binding.md 5).
 *
 *   S = T(devproof/session/v1, SHA-256(statement), nonce, exporter, SHA-256(SPKI),
 *         SHA-256(leaf), role "S", server name)
 *
 * Each side takes exporter, SPKI, leaf and name from its own TLS object. Pure.
 */
#ifndef CERTBIND_SESSION_H
#define CERTBIND_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"
#include "certbind/json.h"
#include "certbind/preimage.h"
#include "certbind/session_key.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CERTBIND_EXPORTER_LABEL "EXPERIMENTAL-devproof-session-v1"

#define CERTBIND_SESSION_KIND_SIGNATURE "signature"
#define CERTBIND_SESSION_KIND_QUOTE "quote"

enum {
    CERTBIND_EXPORTER_LEN = 32,
    CERTBIND_SESSION_REPLY_MAX_BYTES = 512 * 1024,
    CERTBIND_SESSION_REPLY_ROOM = 512 /* of a signature-form reply, with its NUL */
};

/* What S commits to. server_name is the SNI in lowercase, empty when none was sent; borrowed. */
struct certbind_session_inputs {
    uint8_t statement_sha256[CERTBIND_SHA256_LEN];
    uint8_t nonce[CERTBIND_NONCE_LEN];
    uint8_t exporter[CERTBIND_EXPORTER_LEN];
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    uint8_t leaf_sha256[CERTBIND_SHA256_LEN];
    const char *server_name;
};

struct certbind_session_reply {
    uint8_t statement_sha256[CERTBIND_SHA256_LEN];
    uint8_t nonce[CERTBIND_NONCE_LEN];
    uint8_t signature[CERTBIND_ED25519_SIGNATURE_LEN];
};

/** Returns: whether out holds S. */
bool certbind_session_value(const struct certbind_session_inputs *inputs,
                            uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/** The same with a SHA-512 that the caller has looked up, as who makes many does (EVP_MD_fetch). */
bool certbind_session_value_with(const EVP_MD *sha512, const struct certbind_session_inputs *inputs,
                                 uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/**
 * Parse a reply of `GET session` in signature form.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_EVIDENCE_JSON, CERTBIND_E_EVIDENCE_VERSION,
 *          CERTBIND_E_SESSION_KIND for a kind that was not asked for, CERTBIND_E_HTTP_SIZE,
 *          CERTBIND_E_MEMORY
 * Out:     out  zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_session_reply_parse(struct certbind_bytes text,
                                                                 struct certbind_session_reply *out,
                                                                 struct certbind_error *err);

/**
 * Read the members that both forms have. The codes are those of certbind_session_reply_parse.
 *
 * In:  kind  that was asked for
 * Out: out   zeroed on failure
 *      json  to be given to certbind_json_cleanup, also after a refusal
 */
CERTBIND_MUST_CHECK certbind_status certbind_session_reply_read(struct certbind_bytes text,
                                                                const char *kind,
                                                                struct certbind_session_reply *out,
                                                                struct certbind_json *json,
                                                                struct certbind_error *err);

/** Write the members that both forms have, without the closing brace, NUL-terminated. */
void certbind_session_head_write(const struct certbind_session_reply *reply, const char *kind,
                                 char out[CERTBIND_SESSION_REPLY_ROOM]);

/** Write a reply in signature form, NUL-terminated. */
void certbind_session_reply_encode(const struct certbind_session_reply *reply,
                                   char out[CERTBIND_SESSION_REPLY_ROOM]);

/**
 * Make one signature of a session; who makes many has a signer (session_signer.h).
 *
 * Returns: CERTBIND_OK or CERTBIND_E_INTERNAL
 * In:      key  Ed25519, private
 * Out:     reply  zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status
certbind_session_sign(const struct certbind_session_inputs *inputs, EVP_PKEY *key,
                      struct certbind_session_reply *reply, struct certbind_error *err);

/**
 * Judge a parsed reply against what this side observed.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_SESSION_NONCE, CERTBIND_E_SESSION_STATEMENT_UNKNOWN,
 *          CERTBIND_E_SESSION_KEY_WEAK, CERTBIND_E_SESSION_SIGNATURE, CERTBIND_E_INTERNAL
 * In:      inputs       nonce and statement hash are the expected ones
 *          session_key  of the verified statement
 */
CERTBIND_MUST_CHECK certbind_status certbind_session_check(
    const struct certbind_session_reply *reply, const struct certbind_session_inputs *inputs,
    const uint8_t session_key[CERTBIND_ED25519_KEY_LEN], struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
