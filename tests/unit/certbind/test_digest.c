#include "certbind/digest.h"

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"

static void keccak_has_the_old_padding(void **state)
{
    uint8_t out[32];
    char text[65];
    uint8_t block[136] = {0};

    (void)state;
    certbind_keccak256(certbind_text(""), out);
    certbind_hex_encode(out, 32, text);
    assert_string_equal("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", text);
    /* A full block of input: the padding then fills a block of its own. */
    certbind_keccak256(certbind_bytes(block, sizeof block), out);
    certbind_hex_encode(out, 32, text);
    assert_string_equal("3a5912a7c5faa06ee4fe906253e339467a9ce87d533c65be3c15cb231cdb25f9", text);
}

static void parts_hash_as_their_concatenation(void **state)
{
    struct certbind_bytes parts[2] = {certbind_text("ab"), certbind_text("c")};
    uint8_t out[64];
    char text[129];

    (void)state;
    assert_true(certbind_sha256_parts(parts, 2, out));
    certbind_hex_encode(out, 32, text);
    assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", text);
}

static void hkdf_is_rfc_5869(void **state)
{
    uint8_t ikm[22];
    uint8_t salt[13];
    uint8_t context[10];
    uint8_t out[42];
    char text[85];

    (void)state;
    for (size_t i = 0; i < sizeof ikm; i++)
        ikm[i] = 0x0b;
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof context; i++)
        context[i] = (uint8_t)(0xf0 + i);
    assert_true(certbind_hkdf_sha256(certbind_bytes(ikm, sizeof ikm),
                                     certbind_bytes(salt, sizeof salt),
                                     certbind_bytes(context, sizeof context), out, sizeof out));
    certbind_hex_encode(out, sizeof out, text);
    assert_string_equal(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b8"
        "87185865",
        text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keccak_has_the_old_padding),
        cmocka_unit_test(parts_hash_as_their_concatenation),
        cmocka_unit_test(hkdf_is_rfc_5869),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
