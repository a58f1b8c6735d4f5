/* DICE evidence: views lie inside, nothing is left over, and the hash has its length. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/dice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_dice dice;
    struct certbind_quote quote;

    if (certbind_dice_parse(certbind_bytes(data, size), &dice, NULL) != CERTBIND_OK)
        return 0;
    assert(dice.claims.data + dice.claims.len == data + size);
    assert(dice.quote.data > data && dice.quote.data + dice.quote.len < dice.claims.data);
    assert(dice.key_hash.data > dice.claims.data);
    assert(dice.key_hash.len == 32 || dice.key_hash.len == 48 || dice.key_hash.len == 64);
    assert(dice.other_claims < CERTBIND_DICE_MAX_CLAIMS);
    assert(certbind_dice_check(&dice, certbind_text("no key"), &quote, NULL) != CERTBIND_OK);
    return 0;
}
