#include "certbind/dcap/crl.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/der.h"
#include "certbind/dcap/ecdsa.h"

enum { MAX_DER_BYTES = 512 * 1024 };

static const uint8_t oid_crl_number[] = {0x55, 0x1d, 0x14};
static const uint8_t oid_delta_crl[] = {0x55, 0x1d, 0x1b};
static const uint8_t oid_issuing_point[] = {0x55, 0x1d, 0x1c};
static const uint8_t oid_certificate_issuer[] = {0x55, 0x1d, 0x1d};

static bool is_oid(struct certbind_bytes oid, const uint8_t expected[3])
{
    return certbind_bytes_equal(oid, certbind_bytes(expected, 3));
}

static bool read_number(struct certbind_bytes value, struct certbind_crl_number *out)
{
    struct certbind_reader r;
    struct certbind_bytes number;

    certbind_reader_init(&r, value);
    if (!certbind_der_expect(&r, CERTBIND_DER_INTEGER, &number) || !certbind_reader_done(&r) ||
        !certbind_der_is_integer(number) || (number.data[0] & 0x80) != 0 || out->len != 0)
        return false;
    if (number.len > 1 && number.data[0] == 0) /* the sign octet */
        number = certbind_bytes(number.data + 1, number.len - 1);
    if (number.len > sizeof out->bytes)
        return false;
    memcpy(out->bytes, number.data, number.len);
    out->len = number.len;
    return true;
}

/*
 * The rest of the list. Anything that would make it say less than "these and no others" is refused.
 */
static bool read_list_extensions(struct certbind_reader *r, struct certbind_crl *out)
{
    struct certbind_der_extension extension;
    struct certbind_reader inside;
    struct certbind_reader list;

    if (certbind_reader_done(r))
        return true;
    if (!certbind_der_open(r, CERTBIND_DER_CONTEXT_0, &inside) || !certbind_reader_done(r) ||
        !certbind_der_open(&inside, CERTBIND_DER_SEQUENCE, &list) || !certbind_reader_done(&inside))
        return false;
    while (certbind_reader_left(&list) > 0) {
        if (!certbind_der_read_extension(&list, &extension) || extension.critical ||
            is_oid(extension.oid, oid_delta_crl) || is_oid(extension.oid, oid_issuing_point))
            return false;
        if (is_oid(extension.oid, oid_crl_number) && !read_number(extension.value, &out->number))
            return false;
    }
    return true;
}

/* SEQUENCE { serial INTEGER, revocationDate, crlEntryExtensions OPTIONAL } */
static bool read_entry(struct certbind_reader *entries, struct certbind_bytes *serial)
{
    struct certbind_der_extension extension;
    struct certbind_reader entry;
    struct certbind_reader list;
    uint64_t date;

    if (!certbind_der_open(entries, CERTBIND_DER_SEQUENCE, &entry) ||
        !certbind_der_expect(&entry, CERTBIND_DER_INTEGER, serial) ||
        !certbind_der_is_integer(*serial) || !certbind_der_read_time(&entry, &date))
        return false;
    if (certbind_reader_done(&entry))
        return true;
    if (!certbind_der_open(&entry, CERTBIND_DER_SEQUENCE, &list) || !certbind_reader_done(&entry))
        return false;
    while (certbind_reader_left(&list) > 0)
        if (!certbind_der_read_extension(&list, &extension) || extension.critical ||
            is_oid(extension.oid, oid_certificate_issuer))
            return false;
    return true;
}

/* revokedCertificates is left out when the list is empty. */
static bool read_entries(struct certbind_reader *r, struct certbind_crl *out)
{
    struct certbind_reader entries;
    struct certbind_bytes serial;

    if (certbind_der_peek(r) != CERTBIND_DER_SEQUENCE)
        return true;
    if (!certbind_der_expect(r, CERTBIND_DER_SEQUENCE, &out->entries))
        return false;
    certbind_reader_init(&entries, out->entries);
    while (certbind_reader_left(&entries) > 0)
        if (!read_entry(&entries, &serial))
            return false;
    return true;
}

static const char *read_tbs(struct certbind_reader *r, struct certbind_crl *out)
{
    static const uint8_t version_2[] = {0x02, 0x01, 0x01};

    if (!certbind_bytes_equal(certbind_read(r, sizeof version_2),
                              certbind_bytes(version_2, sizeof version_2)))
        return "a revocation list that is not version 2";
    if (!certbind_der_expect_ecdsa_sha256(r))
        return "a revocation list not signed with ecdsa-with-SHA256";
    if (!certbind_der_expect_whole(r, CERTBIND_DER_SEQUENCE, &out->issuer))
        return "a revocation list without an issuer";
    if (!certbind_der_read_time(r, &out->last_update) ||
        !certbind_der_read_time(r, &out->next_update) || out->next_update == 0)
        return "a revocation list with unreadable dates";
    if (!read_entries(r, out))
        return "a revocation list with an unreadable or limited entry";
    if (!read_list_extensions(r, out))
        return "a revocation list with a broken extension, or one that limits it";
    return NULL;
}

static const char *read_list(struct certbind_crl *out, struct certbind_bytes der)
{
    struct certbind_reader outer;
    struct certbind_reader r;
    struct certbind_reader tbs;
    struct certbind_bytes bits;

    certbind_reader_init(&outer, der);
    if (!certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &r) || !certbind_reader_done(&outer) ||
        !certbind_der_expect_whole(&r, CERTBIND_DER_SEQUENCE, &out->tbs))
        return "a revocation list that is not DER";
    if (!certbind_der_expect_ecdsa_sha256(&r))
        return "a revocation list not signed with ecdsa-with-SHA256";
    if (!certbind_der_expect(&r, CERTBIND_DER_BIT_STRING, &bits) || !certbind_reader_done(&r) ||
        bits.len < 2 || bits.data[0] != 0)
        return "a revocation list without a signature";
    out->signature = certbind_bytes(bits.data + 1, bits.len - 1);
    certbind_reader_init(&outer, out->tbs);
    (void)certbind_der_open(&outer, CERTBIND_DER_SEQUENCE, &tbs);
    return read_tbs(&tbs, out);
}

certbind_status certbind_crl_parse(struct certbind_bytes der, certbind_status code,
                                   struct certbind_crl *out, struct certbind_error *err)
{
    const char *problem;

    *out = (struct certbind_crl){0};
    if (der.len == 0 || der.len > MAX_DER_BYTES)
        return certbind_fail(err, code, "no revocation list, or one of impossible size");
    out->memory = malloc(der.len);
    if (out->memory == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    memcpy(out->memory, der.data, der.len);
    problem = read_list(out, certbind_bytes(out->memory, der.len));
    if (problem == NULL)
        return CERTBIND_OK;
    certbind_crl_cleanup(out);
    return certbind_fail(err, code, "%s", problem);
}

void certbind_crl_cleanup(struct certbind_crl *crl)
{
    free(crl->memory);
    *crl = (struct certbind_crl){0};
}

certbind_status certbind_crl_check_issued(const struct certbind_crl *crl,
                                          const struct certbind_certificate *issuer,
                                          certbind_status code, unsigned *checks,
                                          struct certbind_error *err)
{
    if (!certbind_bytes_equal(crl->issuer, issuer->subject))
        return certbind_fail(err, code, "a revocation list of another issuer");
    *checks += 1;
    if (!certbind_ecdsa_verify_der(issuer->key, crl->signature, crl->tbs))
        return certbind_fail(err, code, "a revocation list's signature does not hold");
    return CERTBIND_OK;
}

bool certbind_crl_lists(const struct certbind_crl *crl, const struct certbind_certificate *cert)
{
    struct certbind_reader entries;
    struct certbind_bytes serial;

    certbind_reader_init(&entries, crl->entries);
    while (certbind_reader_left(&entries) > 0)
        if (!read_entry(&entries, &serial) || certbind_bytes_equal(serial, cert->serial))
            return true;
    return false;
}
