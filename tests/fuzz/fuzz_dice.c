/* DICE evidence: views lie inside, nothing is left over, and the hash has its length. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "certbind/dice.h"
#include "certbind/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing is signed here, so a fuzzer that watches comparisons finds evidence of any key. */
static void check(const struct certbind_dice *dice)
{
    const struct certbind_bytes key = certbind_text("no key");
    struct certbind_quote quote;
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];
    uint8_t hash[CERTBIND_SHA256_LEN];

    if (certbind_dice_check(dice, key, &quote, NULL) != CERTBIND_OK) {
        assert(quote.version == 0);
        return;
    }
    assert(certbind_dice_report_data(dice, expected));
    assert(memcmp(expected, certbind_quote_report_data(&quote), sizeof expected) == 0);
    if (dice->hash == CERTBIND_DICE_SHA256) {
        assert(certbind_sha256(key, hash));
        assert(memcmp(hash, dice->key_hash.data, sizeof hash) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_dice dice;

    if (certbind_dice_parse(certbind_bytes(data, size), &dice, NULL) != CERTBIND_OK)
        return 0;
    assert(dice.claims.data + dice.claims.len == data + size);
    assert(dice.quote.data > data && dice.quote.data + dice.quote.len < dice.claims.data);
    assert(dice.key_hash.data > dice.claims.data);
    assert(dice.key_hash.len == 32 || dice.key_hash.len == 48 || dice.key_hash.len == 64);
    assert(dice.other_claims < CERTBIND_DICE_MAX_CLAIMS);
    check(&dice);
    return 0;
}
