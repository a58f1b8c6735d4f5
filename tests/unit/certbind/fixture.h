/* Fixtures and vectors for tests. Every function fails the test instead of returning an error. */
#ifndef TESTS_UNIT_CERTBIND_FIXTURE_H
#define TESTS_UNIT_CERTBIND_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <openssl/x509.h>

#include "certbind/bytes.h"

/** Returns: the file below tests/fixtures, to be freed; a NUL follows its len bytes. */
uint8_t *fixture_read(const char *path, size_t *len);

/** Returns: the file as JSON, to be given to cJSON_Delete. */
cJSON *fixture_json(const char *path);

/** Returns: the first certificate of a PEM file, to be freed. */
X509 *fixture_certificate(const char *path);

/** Returns: the first certificate of a PEM file as DER, to be freed with free. */
uint8_t *fixture_certificate_der(const char *path, size_t *len);

/** Returns: the bytes of a hex text, to be freed. */
uint8_t *fixture_unhex(const char *hex, size_t *len);

/** Fails unless the bytes read as this lowercase hex text. */
void assert_hex_equal(const char *hex, const uint8_t *data, size_t len);

/** Returns: text with the first `from` replaced by `to`, to be freed; fails when it has none. */
char *text_replace(const char *text, const char *from, const char *to);

/* Inputs that the vectors of binding.md share. */
#define VECTOR_SPKI                                                                                \
    "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f27703"   \
    "7d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define VECTOR_NONCE "deadbeefcafebabe01020304050607081020304050607080aabbccddeeff0011"
#define VECTOR_STATEMENT                                                                           \
    "{\"v\":1,\"app_id\":\"5bb4ff9a3837357f19dc176407a5709c62eb6c56\",\"compose_hash\":"           \
    "\"c143116f30f1a2d19fdbe9a6b6de4f5d4e3a0b1c2d3e4f5061728394a5b6c7d8\",\"instance_id\":"        \
    "\"00112233445566778899aabbccddeeff00112233\",\"issued_at\":1790000000,"                       \
    "\"not_after\":1790003600,\"tls_keys\":[{\"name\":\"gw.example.test\",\"spki_sha256\":"        \
    "\"5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3\",\"state\":"              \
    "\"current\",\"origin\":\"getkey\",\"epoch\":1}],\"session_key\":{\"alg\":\"ed25519\","        \
    "\"pub\":\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"},"               \
    "\"config_sha256\":\"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\","      \
    "\"software\":{\"name\":\"devproof-gateway\",\"version\":\"0.1.0\",\"revision\":"              \
    "\"0000000000000000000000000000000000000000\"}}"
#define VECTOR_STATEMENT_SHA256 "1b66e7584e9ed0f17e0a52c98e39c5fe6690993b89899403a404e27853ad35cd"

#endif
