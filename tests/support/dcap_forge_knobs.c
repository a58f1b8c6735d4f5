/* The valid start of every forged quote, and the knobs. */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

enum { YEAR = 365 * 86400, WEEK = 7 * 86400 };

static struct forge_cert authority(const char *name, enum forge_who issuer, long serial,
                                   int path_len)
{
    return (struct forge_cert){
        .name = name,
        .issuer = issuer,
        .issuer_key = issuer,
        .from = FORGE_NOW - YEAR,
        .until = FORGE_NOW + YEAR,
        .serial = serial,
        .ca = true,
        .path_len = path_len,
        .usage = "critical,keyCertSign,cRLSign",
    };
}

static struct forge_cert signer(const char *name, enum forge_who issuer, long serial)
{
    struct forge_cert cert = authority(name, issuer, serial, -1);

    cert.ca = false;
    cert.usage = "critical,digitalSignature,nonRepudiation";
    return cert;
}

static struct forge_crl list_of(enum forge_who who)
{
    return (struct forge_crl){
        .issuer = who,
        .issuer_key = who,
        .last_update = FORGE_NOW - WEEK,
        .next_update = FORGE_NOW + WEEK,
        .revoked = {4000, 0x7fffffff},
    };
}

static void set_chain(enum forge_who *chain, enum forge_who a, enum forge_who b, enum forge_who c)
{
    chain[0] = a;
    chain[1] = b;
    chain[2] = c;
}

void forge_init(struct forge *f)
{
    static const uint8_t components[16] = {2, 2, 2, 2, 3, 1, 0, 5};

    memset(f, 0, sizeof *f);
    f->cert[FORGE_ROOT] = authority("Simulated SGX Root CA", FORGE_ROOT, 1001, 1);
    f->cert[FORGE_OTHER_ROOT] = authority("Simulated SGX Root CA", FORGE_OTHER_ROOT, 1001, 1);
    f->cert[FORGE_CA] = authority("Simulated SGX PCK Platform CA", FORGE_ROOT, 1002, 0);
    f->cert[FORGE_OTHER_CA] = authority("Simulated SGX PCK Processor CA", FORGE_ROOT, 1003, 0);
    f->cert[FORGE_PCK] = signer("Simulated SGX PCK Certificate", FORGE_CA, 1004);
    f->cert[FORGE_PCK].sgx = true;
    f->cert[FORGE_TCB_SIGNER] = signer("Simulated SGX TCB Signing", FORGE_ROOT, 1005);
    f->cert[FORGE_QE_SIGNER] = signer("Simulated SGX TCB Signing", FORGE_ROOT, 1006);
    for (size_t i = FORGE_ROOT; i < FORGE_WHO_COUNT; i++) {
        f->key[i] = EVP_EC_gen("P-256");
        f->cert[i].sgx_copies = 1;
        assert_non_null(f->key[i]);
    }
    f->attestation_key = EVP_EC_gen("P-256");
    f->root_crl = list_of(FORGE_ROOT);
    f->pck_crl = list_of(FORGE_CA);
    set_chain(f->quote_chain, FORGE_PCK, FORGE_CA, FORGE_ROOT);
    set_chain(f->crl_chain, FORGE_CA, FORGE_ROOT, FORGE_NOBODY);
    set_chain(f->tcb_chain, FORGE_TCB_SIGNER, FORGE_ROOT, FORGE_NOBODY);
    set_chain(f->qe_chain, FORGE_QE_SIGNER, FORGE_ROOT, FORGE_NOBODY);
    memcpy(f->component_svn, components, sizeof components);
    memcpy(f->fmspc, "SIM000", 6);
    f->pce_svn = 11;
    f->tcb_key = FORGE_TCB_SIGNER;
    f->qe_key = FORGE_QE_SIGNER;
    f->qe_report_key = FORGE_PCK;
    f->auth_len = 32;
    f->padding = 70;
    f->now = FORGE_NOW;
    certbind_dcap_policy_default(&f->policy);
}

void forge_init_sgx(struct forge *f)
{
    forge_init(f);
    f->sgx = true;
    f->policy.allow_sgx = true;
}

void forge_init_v5(struct forge *f, enum certbind_quote_body body)
{
    forge_init(f);
    f->body = body;
}

void forge_cleanup(struct forge *f)
{
    for (size_t i = 0; i < FORGE_WHO_COUNT; i++)
        EVP_PKEY_free(f->key[i]);
    EVP_PKEY_free(f->attestation_key);
    forge_forget(f);
    free(f->quote);
    free(f->bundle);
    free(f->root);
    memset(f, 0, sizeof *f);
}

void forge_patch(struct forge *f, enum forge_stage stage, size_t at, const char *hex)
{
    size_t i = 0;

    while (i < FORGE_EDITS && f->patch[i].hex != NULL)
        i++;
    assert_true(i < FORGE_EDITS);
    f->patch[i] = (struct forge_patch){stage, at, hex};
}

static void edit(struct forge_replace *edits, const char *from, const char *to)
{
    size_t i = 0;

    while (i < FORGE_EDITS && edits[i].from != NULL)
        i++;
    assert_true(i < FORGE_EDITS);
    edits[i] = (struct forge_replace){.from = from, .to = to};
}

void forge_edit_tcb(struct forge *f, const char *from, const char *to)
{
    edit(f->tcb_info, from, to);
}

void forge_edit_qe(struct forge *f, const char *from, const char *to)
{
    edit(f->qe_identity, from, to);
}
