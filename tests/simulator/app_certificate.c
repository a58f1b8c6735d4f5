#include "tests/simulator/app_certificate.h"

#include <string.h>

#include <arpa/inet.h>

#include "tests/simulator/certificate.h"
#include "tests/simulator/der.h"
#include "tests/simulator/extension.h"

/* What a certificate may be used for, as dstack names it. */
#define USAGE_CA "app:ca"
#define USAGE_CUSTOM "app:custom"

static struct sim_name dstack_name(const char *common_name)
{
    return (struct sim_name){{{SIM_NAME_O, "Dstack"}, {SIM_NAME_CN, common_name}}};
}

static void put_alt_name(struct sim_buffer *b, const char *text)
{
    enum { TAG_DNS = 2, TAG_IP = 7 };
    uint8_t address[16];

    if (inet_pton(AF_INET, text, address) == 1)
        sim_der_put(b, SIM_DER_CONTEXT | TAG_IP, certbind_bytes(address, 4));
    else if (inet_pton(AF_INET6, text, address) == 1)
        sim_der_put(b, SIM_DER_CONTEXT | TAG_IP, certbind_bytes(address, 16));
    else
        sim_der_put(b, SIM_DER_CONTEXT | TAG_DNS, certbind_text(text));
}

static void put_alt_names(struct sim_buffer *b, const struct sim_app_leaf *leaf)
{
    struct sim_extension e;
    size_t names;

    if (leaf->alt_name_count == 0)
        return;
    e = sim_extension_open_standard(b, SIM_EXT_SUBJECT_ALT_NAME, false);
    names = sim_der_open(b, SIM_DER_SEQUENCE);
    for (size_t i = 0; i < leaf->alt_name_count; i++)
        put_alt_name(b, leaf->alt_names[i]);
    sim_der_close(b, names);
    sim_extension_close(b, e);
}

/* KeyUsage: the number of unused bits, then the bits from the left. */
static void put_key_usage(struct sim_buffer *b, bool ca)
{
    static const uint8_t leaf_usage[] = {0x07, 0x80}; /* digitalSignature */
    static const uint8_t ca_usage[] = {0x01, 0x86};   /* also keyCertSign, cRLSign */
    struct sim_extension e = sim_extension_open_standard(b, SIM_EXT_KEY_USAGE, true);

    sim_der_put(b, SIM_DER_BIT_STRING, certbind_bytes(ca ? ca_usage : leaf_usage, 2));
    sim_extension_close(b, e);
}

static void put_extended_key_usage(struct sim_buffer *b, const struct sim_app_leaf *leaf)
{
    /* 1.3.6.1.5.5.7.3.x */
    uint8_t purpose[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
    struct sim_extension e;
    size_t purposes;

    if (!leaf->server_auth && !leaf->client_auth)
        return;
    e = sim_extension_open_standard(b, SIM_EXT_EXTENDED_KEY_USAGE, false);
    purposes = sim_der_open(b, SIM_DER_SEQUENCE);
    if (leaf->server_auth)
        sim_der_put_oid(b, certbind_bytes(purpose, sizeof purpose));
    purpose[sizeof purpose - 1] = 0x02;
    if (leaf->client_auth)
        sim_der_put_oid(b, certbind_bytes(purpose, sizeof purpose));
    sim_der_close(b, purposes);
    sim_extension_close(b, e);
}

static void put_app(struct sim_buffer *b, const struct sim_td *td, const char *usage)
{
    if (td->local_ca.len == 0)
        sim_extension_put_dstack(b, SIM_EXT_APP_ID,
                                 certbind_bytes(td->keys.app_id, sizeof td->keys.app_id));
    sim_extension_put_dstack(b, SIM_EXT_CERT_USAGE, certbind_text(usage));
}

static bool put_pem(struct sim_certificate *c, struct sim_buffer *extensions,
                    struct sim_app_chain *chain)
{
    struct sim_buffer *out = &chain->pem[chain->count++];
    struct sim_buffer der = {0};
    bool ok = sim_buffer_ok(extensions);

    c->extensions = sim_buffer_view(extensions);
    ok = ok && sim_certificate_encode(c, &der);
    if (ok)
        sim_pem_put(out, "CERTIFICATE", sim_buffer_view(&der));
    sim_buffer_cleanup(&der);
    sim_buffer_cleanup(extensions);
    return ok && sim_buffer_ok(out);
}

static bool put_leaf(const struct sim_td *td, const struct sim_app_leaf *leaf,
                     struct sim_app_chain *chain)
{
    struct sim_certificate c = {
        .issuer = dstack_name(td->local_ca.len == 0 ? "Dstack App CA" : "Dstack KMS CA"),
        .key = leaf->key,
        .issuer_key = &td->keys.ca,
        .not_before = leaf->not_before,
        .not_after = leaf->not_after};
    struct sim_buffer extensions = {0};

    if (leaf->subject[0] != '\0')
        c.subject = (struct sim_name){{{SIM_NAME_CN, leaf->subject}}};
    put_alt_names(&extensions, leaf);
    put_key_usage(&extensions, false);
    put_extended_key_usage(&extensions, leaf);
    put_app(&extensions, td, USAGE_CUSTOM);
    sim_buffer_put_bytes(&extensions, leaf->evidence);
    return put_pem(&c, &extensions, chain);
}

static bool put_ca_extensions(struct sim_buffer *b, const struct sim_p256 *key, uint32_t path_len)
{
    struct sim_extension e;
    size_t sequence;

    put_key_usage(b, true);
    if (!sim_certificate_put_subject_key_id(b, key))
        return false;
    e = sim_extension_open_standard(b, SIM_EXT_BASIC_CONSTRAINTS, true);
    sequence = sim_der_open(b, SIM_DER_SEQUENCE);
    sim_der_put_boolean(b, true);
    sim_der_put_number(b, SIM_DER_INTEGER, path_len);
    sim_der_close(b, sequence);
    sim_extension_close(b, e);
    return true;
}

static bool put_cas(const struct sim_td *td, int64_t now, struct sim_app_chain *chain)
{
    struct sim_certificate c = {.issuer = dstack_name("Dstack KMS CA"),
                                .subject = dstack_name("Dstack App CA"),
                                .key = &td->keys.ca,
                                .issuer_key = &td->kms.ca,
                                .not_before = SIM_APP_NOT_BEFORE,
                                .not_after = now + SIM_APP_LIFETIME_S};
    struct sim_buffer extensions = {0};
    bool ok = put_ca_extensions(&extensions, &td->keys.ca, 0);

    put_app(&extensions, td, USAGE_CA);
    ok = put_pem(&c, &extensions, chain) && ok;
    c.subject = c.issuer;
    c.key = &td->kms.ca;
    ok = ok && put_ca_extensions(&extensions, &td->kms.ca, 1);
    return put_pem(&c, &extensions, chain) && ok;
}

bool sim_app_chain_make(const struct sim_td *td, const struct sim_app_leaf *leaf, int64_t now,
                        struct sim_app_chain *out)
{
    *out = (struct sim_app_chain){.count = 0};
    if (!put_leaf(td, leaf, out))
        return false;
    if (td->local_ca.len == 0)
        return put_cas(td, now, out);
    sim_buffer_put_bytes(&out->pem[out->count], sim_buffer_view(&td->local_ca));
    return sim_buffer_ok(&out->pem[out->count++]);
}

void sim_app_chain_cleanup(struct sim_app_chain *chain)
{
    for (size_t i = 0; i < SIM_CHAIN_MAX; i++)
        sim_buffer_cleanup(&chain->pem[i]);
    chain->count = 0;
}
