#include "tests/simulator/rfc6979.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* state->k = HMAC_K(V || tag || scalar || hash), state->v = HMAC_K(V); scalar NULL: without. */
static bool update(struct sim_rfc6979 *state, uint8_t tag, const uint8_t *scalar,
                   const uint8_t *hash)
{
    uint8_t input[32 + 1 + 64];
    size_t len = 33;

    memcpy(input, state->v, 32);
    input[32] = tag;
    if (scalar != NULL) {
        memcpy(input + 33, scalar, 32);
        memcpy(input + 65, hash, 32);
        len = sizeof input;
    }
    return HMAC(EVP_sha256(), state->k, 32, input, len, state->k, NULL) != NULL &&
           HMAC(EVP_sha256(), state->k, 32, state->v, 32, state->v, NULL) != NULL;
}

bool sim_rfc6979_init(struct sim_rfc6979 *state, const uint8_t scalar[32], const uint8_t hash[32])
{
    memset(state->k, 0x00, sizeof state->k);
    memset(state->v, 0x01, sizeof state->v);
    return update(state, 0x00, scalar, hash) && update(state, 0x01, scalar, hash);
}

bool sim_rfc6979_next(struct sim_rfc6979 *state, uint8_t candidate[32])
{
    if (HMAC(EVP_sha256(), state->k, 32, state->v, 32, state->v, NULL) == NULL)
        return false;
    memcpy(candidate, state->v, 32);
    /* Prepared here for the case that this candidate is refused. */
    return update(state, 0x00, NULL, NULL);
}
