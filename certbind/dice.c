#include "certbind/dice.h"

#include <stdbool.h>
#include <string.h>

#include "certbind/cbor.h"

enum { TAG_QUOTE = 60000, TAG_REPORT = 60001, TAG_LEGACY = 60002 };

static size_t hash_len(uint64_t algorithm)
{
    switch (algorithm) {
    case CERTBIND_DICE_SHA256:
        return CERTBIND_SHA256_LEN;
    case CERTBIND_DICE_SHA384:
        return CERTBIND_SHA384_LEN;
    case CERTBIND_DICE_SHA512:
        return CERTBIND_SHA512_LEN;
    default:
        return 0;
    }
}

/* [algorithm, hash] */
static bool read_hash_entry(struct certbind_bytes entry, struct certbind_dice *out)
{
    struct certbind_reader r;
    uint64_t algorithm;

    certbind_reader_init(&r, entry);
    if (certbind_cbor_head(&r, CERTBIND_CBOR_ARRAY) != 2)
        return false;
    algorithm = certbind_cbor_head(&r, CERTBIND_CBOR_UNSIGNED);
    out->key_hash = certbind_cbor_bytes(&r);
    out->hash = (enum certbind_dice_hash)algorithm;
    return certbind_reader_done(&r) && hash_len(algorithm) != 0 &&
           out->key_hash.len == hash_len(algorithm);
}

static bool read_claim(struct certbind_bytes name, struct certbind_bytes value,
                       struct certbind_dice *out)
{
    if (certbind_bytes_equal(name, certbind_text("pubkey-hash")))
        return read_hash_entry(value, out);
    if (certbind_bytes_equal(name, certbind_text("nonce")))
        out->nonce = value;
    else
        out->other_claims++;
    return true;
}

/* A map of texts to byte strings, no key twice. */
static bool read_claims(struct certbind_dice *out)
{
    struct certbind_bytes names[CERTBIND_DICE_MAX_CLAIMS];
    struct certbind_reader r;
    uint64_t count;

    certbind_reader_init(&r, out->claims);
    count = certbind_cbor_head(&r, CERTBIND_CBOR_MAP);
    if (count > CERTBIND_DICE_MAX_CLAIMS)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct certbind_bytes value;

        names[i] = certbind_cbor_text(&r);
        value = certbind_cbor_bytes(&r);
        if (!certbind_reader_ok(&r))
            return false;
        for (size_t j = 0; j < i; j++)
            if (certbind_bytes_equal(names[i], names[j]))
                return false;
        if (!read_claim(names[i], value, out))
            return false;
    }
    return certbind_reader_done(&r) && out->key_hash.len > 0;
}

static certbind_status read_evidence(struct certbind_bytes bytes, struct certbind_dice *out,
                                     struct certbind_error *err)
{
    struct certbind_reader r;
    uint64_t tag;

    certbind_reader_init(&r, bytes);
    tag = certbind_cbor_head(&r, CERTBIND_CBOR_TAG);
    if (tag == TAG_REPORT || tag == TAG_LEGACY)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_PLATFORM,
                             "DICE evidence of tag %u, which holds no quote that is judged",
                             (unsigned)tag);
    if (tag != TAG_QUOTE || certbind_cbor_head(&r, CERTBIND_CBOR_ARRAY) != 2)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE,
                             "DICE evidence is not a tagged array of two");
    out->quote = certbind_cbor_bytes(&r);
    out->claims = certbind_cbor_bytes(&r);
    if (!certbind_reader_done(&r))
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE,
                             "DICE evidence is not exactly a quote and a claims buffer");
    if (!read_claims(out))
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE,
                             "the claims of DICE evidence do not hold exactly one hash of a key");
    return CERTBIND_OK;
}

certbind_status certbind_dice_parse(struct certbind_bytes bytes, struct certbind_dice *out,
                                    struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_dice){.other_claims = 0};
    status = read_evidence(bytes, out, err);
    if (status != CERTBIND_OK)
        *out = (struct certbind_dice){.other_claims = 0};
    return status;
}

bool certbind_dice_report_data(const struct certbind_dice *dice,
                               uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    memset(out, 0, CERTBIND_REPORT_DATA_LEN);
    return certbind_sha256(dice->claims, out);
}

static bool hash_key(enum certbind_dice_hash hash, struct certbind_bytes spki,
                     uint8_t out[CERTBIND_SHA512_LEN])
{
    switch (hash) {
    case CERTBIND_DICE_SHA256:
        return certbind_sha256(spki, out);
    case CERTBIND_DICE_SHA384:
        return certbind_sha384_parts(&spki, 1, out);
    case CERTBIND_DICE_SHA512:
        return certbind_sha512_parts(&spki, 1, out);
    default:
        return false;
    }
}

certbind_status certbind_dice_check(const struct certbind_dice *dice, struct certbind_bytes spki,
                                    struct certbind_quote *quote, struct certbind_error *err)
{
    struct certbind_error inner = {0};
    struct certbind_quote found;
    uint8_t key_hash[CERTBIND_SHA512_LEN];
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];

    *quote = (struct certbind_quote){.version = 0};
    if (certbind_quote_parse(dice->quote, &found, &inner) != CERTBIND_OK)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE, "its DICE quote: %.100s (%s)",
                             inner.detail, certbind_status_name(inner.status));
    if (!hash_key(dice->hash, spki, key_hash) || !certbind_dice_report_data(dice, expected))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (!certbind_bytes_equal(certbind_bytes(key_hash, hash_len(dice->hash)), dice->key_hash))
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA,
                             "its DICE claims are of another key");
    if (memcmp(expected, certbind_quote_report_data(&found), sizeof expected) != 0)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA,
                             "its DICE quote was made for other claims");
    *quote = found;
    return CERTBIND_OK;
}
