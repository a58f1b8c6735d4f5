/*
 * dcap_forge: quotes and collateral under a root of its own, every rule of which can be broken
 * alone. Start from forge_init, turn knobs, then forge_verify: everything that depends on a knob is
 * signed again, so that only the intended check can fail.
 */
#ifndef TESTS_SUPPORT_DCAP_FORGE_H
#define TESTS_SUPPORT_DCAP_FORGE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "certbind/dcap/verify.h"

#define FORGE_NOW UINT64_C(1752000000)
#define FORGE_QE_SIGNER_HEX "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899"

enum forge_who {
    FORGE_NOBODY,
    FORGE_ROOT,
    FORGE_CA,
    FORGE_PCK,
    FORGE_TCB_SIGNER,
    FORGE_QE_SIGNER,
    FORGE_OTHER_ROOT, /* self-signed under the root's name, with another key */
    FORGE_OTHER_CA,   /* another PCK CA under the root */
    FORGE_WHO_COUNT
};

struct forge_cert {
    const char *name;
    enum forge_who issuer;     /* whose name stands as issuer */
    enum forge_who issuer_key; /* whose key signs */
    uint64_t from;
    uint64_t until;
    long serial;
    bool ca;
    int path_len;      /* -1: none */
    const char *usage; /* keyUsage in OpenSSL's words; NULL: none */
    bool sgx;          /* carries the SGX extension */
    int sgx_copies;
    bool unknown_critical;
    bool sha384; /* signed with another algorithm */
    bool p384;   /* a key on another curve */
};

struct forge_crl {
    enum forge_who issuer;
    enum forge_who issuer_key;
    uint64_t last_update;
    uint64_t next_update;
    long revoked[3]; /* serial numbers; 0: none */
    bool critical;   /* an unknown critical extension */
    bool delta;
    bool entry_critical;
    const char *replace; /* this text instead of the hex of the list */
};

enum forge_stage {
    FORGE_SIGNED = 1, /* header and body, before the attestation key signs */
    FORGE_QE_REPORT,  /* before the PCK signs */
    FORGE_AFTER       /* the finished quote */
};

struct forge_patch {
    enum forge_stage stage;
    size_t at;
    const char *hex;
};

struct forge_replace {
    bool after; /* after signing */
    const char *from;
    const char *to;
};

enum { FORGE_EDITS = 8, FORGE_CHAIN = 5 };

struct forge {
    bool sgx;                      /* a version 3 quote of an enclave */
    enum certbind_quote_body body; /* of a version 5 quote; 0: version 4 */
    struct forge_cert cert[FORGE_WHO_COUNT];
    EVP_PKEY *key[FORGE_WHO_COUNT];
    EVP_PKEY *attestation_key;
    struct forge_crl root_crl;
    struct forge_crl pck_crl;
    enum forge_who quote_chain[FORGE_CHAIN]; /* ends with FORGE_NOBODY */
    enum forge_who crl_chain[FORGE_CHAIN];
    enum forge_who tcb_chain[FORGE_CHAIN];
    enum forge_who qe_chain[FORGE_CHAIN];
    const char *quote_pem_junk; /* text between the first two blocks */

    uint8_t component_svn[16];
    uint16_t pce_svn;
    uint8_t fmspc[6];
    uint8_t pceid[2];
    const char *sgx_extension_hex; /* instead of the whole extension */

    struct forge_patch patch[FORGE_EDITS];
    struct forge_replace tcb_info[FORGE_EDITS];
    struct forge_replace qe_identity[FORGE_EDITS];
    bool descending;               /* TCB levels with the highest first, as Intel writes them */
    const char *omit;              /* a member left out of the bundle */
    enum forge_who tcb_key;        /* who signs the TCB info */
    enum forge_who qe_key;         /* who signs the QE identity */
    enum forge_who qe_report_key;  /* who signs the QE report */
    bool bind_other_key;           /* the QE report commits to another attestation key */
    const char *attestation_point; /* hex: stands as attestation key instead of the real one */
    size_t auth_len;
    size_t padding;
    uint64_t now;
    struct certbind_dcap_policy policy;

    uint8_t *quote; /* owned; made by forge_build */
    size_t quote_len;
    char *bundle;  /* owned; made by forge_build */
    uint8_t *root; /* owned */
    size_t root_len;
    X509 *x509[FORGE_WHO_COUNT]; /* owned; one signature for each certificate of one build */
    struct certbind_dcap_report report;
    struct certbind_error err;
};

/** Everything valid and up to date, TDX. Keys are made anew. */
void forge_init(struct forge *f);

/** The same for a version 3 quote of an enclave. */
void forge_init_sgx(struct forge *f);

/** The same as forge_init for a version 5 quote with this TD report. */
void forge_init_v5(struct forge *f, enum certbind_quote_body body);

void forge_cleanup(struct forge *f);

/** Overwrite bytes at a stage; hex must outlive f. */
void forge_patch(struct forge *f, enum forge_stage stage, size_t at, const char *hex);

/** Replace a text in TCB info (or QE identity), before signing; it must be there. */
void forge_edit_tcb(struct forge *f, const char *from, const char *to);
void forge_edit_qe(struct forge *f, const char *from, const char *to);

/** Make quote, bundle and root; again when knobs were turned since. */
void forge_build(struct forge *f);

/** After forge_build: make another quote of the same platform, under the same collateral. */
void forge_build_quote(struct forge *f);

/** Build and judge with a bundle used once. */
certbind_status forge_verify(struct forge *f);

/** Judge what was built before. */
certbind_status forge_verify_built(struct forge *f);

/** Forget the certificates that were made. */
void forge_forget(struct forge *f);

/** Sign with SHA-256: r and s, 32 bytes each. */
void forge_sign(EVP_PKEY *key, const uint8_t *data, size_t len, uint8_t out[64]);

/* The parts, for tests of one parser; the caller frees all but the certificate. */
X509 *forge_x509(struct forge *f, enum forge_who who);
uint8_t *forge_x509_der(struct forge *f, enum forge_who who, size_t *len);
uint8_t *forge_crl_der(const struct forge *f, const struct forge_crl *crl, size_t *len);
char *forge_chain_pem(struct forge *f, const enum forge_who *chain, const char *junk);
uint8_t *forge_sgx_extension(const struct forge *f, size_t *len);

#endif
