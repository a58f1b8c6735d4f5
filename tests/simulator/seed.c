#include "tests/simulator/seed.h"

#include <string.h>

#include "certbind/digest.h"
#include "certbind/hex.h"

#define SALT "dstack-simulator/v1"

bool sim_seed_parse(const char *text, struct sim_seed *out)
{
    size_t len = strlen(text);

    if (len == 0 || len % 2 != 0 || len / 2 > SIM_SEED_MAX)
        return false;
    out->len = len / 2;
    return certbind_hex_decode_any_case(certbind_text(text), out->bytes, out->len);
}

bool sim_seed_derive(const struct sim_seed *seed, const char *label, uint8_t *out, size_t len)
{
    return certbind_hkdf_sha256(certbind_bytes(seed->bytes, seed->len), certbind_text(SALT),
                                certbind_text(label), out, len);
}

bool sim_seed_measurement(const struct sim_seed *seed, const char *label, uint8_t out[48])
{
    struct certbind_bytes parts[] = {certbind_text(SALT ":"), certbind_text(label),
                                     certbind_text(":"), certbind_bytes(seed->bytes, seed->len)};

    return certbind_sha384_parts(parts, sizeof parts / sizeof parts[0], out);
}
