#include "certbind/dcap/der.h"

#include "certbind/dcap/civil_time.h"

enum { LONG_FORM = 0x80, MAX_LENGTH_BYTES = 3, HIGH_TAG = 0x1f };

static size_t read_long_length(struct certbind_reader *r, size_t count)
{
    size_t len = 0;

    if (count == 0 || count > MAX_LENGTH_BYTES) {
        r->failed = true;
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        len = len << 8 | certbind_read_u8(r);
    if (len < LONG_FORM || len >> (8 * (count - 1)) == 0) /* a shorter form would do */
        r->failed = true;
    return len;
}

uint8_t certbind_der_read(struct certbind_reader *r, struct certbind_bytes *content)
{
    uint8_t tag = certbind_read_u8(r);
    size_t len = certbind_read_u8(r);

    if ((tag & HIGH_TAG) == HIGH_TAG || tag == 0)
        r->failed = true;
    if (len >= LONG_FORM)
        len = read_long_length(r, len - LONG_FORM);
    *content = certbind_read(r, len);
    return certbind_reader_ok(r) ? tag : 0;
}

uint8_t certbind_der_peek(const struct certbind_reader *r)
{
    return certbind_reader_left(r) > 0 ? *r->at : 0;
}

bool certbind_der_expect(struct certbind_reader *r, uint8_t tag, struct certbind_bytes *content)
{
    if (certbind_der_read(r, content) != tag)
        r->failed = true;
    return certbind_reader_ok(r);
}

bool certbind_der_expect_whole(struct certbind_reader *r, uint8_t tag, struct certbind_bytes *whole)
{
    const uint8_t *start = r->at;
    struct certbind_bytes content;

    *whole = (struct certbind_bytes){0};
    if (!certbind_der_expect(r, tag, &content))
        return false;
    *whole = certbind_bytes(start, (size_t)(r->at - start));
    return true;
}

bool certbind_der_open(struct certbind_reader *r, uint8_t tag, struct certbind_reader *inside)
{
    struct certbind_bytes content = {0};
    bool ok = certbind_der_expect(r, tag, &content);

    certbind_reader_init(inside, content);
    inside->failed = !ok;
    return ok;
}

bool certbind_der_is_integer(struct certbind_bytes content)
{
    const uint8_t *v = content.data;

    if (content.len == 0)
        return false;
    if (content.len == 1)
        return true;
    return !(v[0] == 0x00 && (v[1] & 0x80) == 0) && !(v[0] == 0xff && (v[1] & 0x80) != 0);
}

bool certbind_der_read_time(struct certbind_reader *r, uint64_t *out)
{
    struct certbind_bytes text;
    uint8_t tag = certbind_der_read(r, &text);

    *out = 0;
    if (tag == CERTBIND_DER_UTC_TIME)
        return certbind_utc_time_parse(text, out);
    return tag == CERTBIND_DER_GENERALIZED_TIME && certbind_generalized_time_parse(text, out);
}

bool certbind_der_expect_ecdsa_sha256(struct certbind_reader *r)
{
    static const uint8_t expected[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                       0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    struct certbind_bytes algorithm = certbind_read(r, sizeof expected);

    return certbind_bytes_equal(algorithm, certbind_bytes(expected, sizeof expected));
}

bool certbind_der_read_extension(struct certbind_reader *r, struct certbind_der_extension *out)
{
    struct certbind_reader inside;
    struct certbind_bytes flag = {0};

    *out = (struct certbind_der_extension){0};
    if (!certbind_der_open(r, CERTBIND_DER_SEQUENCE, &inside) ||
        !certbind_der_expect(&inside, CERTBIND_DER_OID, &out->oid))
        return false;
    if (certbind_der_peek(&inside) == CERTBIND_DER_BOOLEAN) {
        if (!certbind_der_expect(&inside, CERTBIND_DER_BOOLEAN, &flag) || flag.len != 1 ||
            flag.data[0] != 0xff) /* DER leaves out the default, FALSE */
            return false;
        out->critical = true;
    }
    return certbind_der_expect(&inside, CERTBIND_DER_OCTET_STRING, &out->value) &&
           certbind_reader_done(&inside);
}
