/* Everything that collateral is made of; the first byte chooses the parser. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/certificate.h"
#include "certbind/dcap/civil_time.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/crl.h"
#include "certbind/dcap/pcs.h"
#include "certbind/dcap/pem.h"
#include "certbind/dcap/qe_identity.h"
#include "certbind/dcap/tcb_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIXED_NOW = 1752000000 };

static void try_bundle(struct certbind_bytes in)
{
    struct certbind_collateral *c;

    (void)!certbind_collateral_new(in, certbind_bytes(NULL, 0), FIXED_NOW, &c, NULL);
    certbind_collateral_free(c);
}

static void try_tcb_info(struct certbind_bytes in)
{
    struct certbind_tcb_info info;

    if (certbind_tcb_info_parse(in, &info, NULL) == CERTBIND_OK && info.level_count == 0)
        abort();
    certbind_tcb_info_cleanup(&info);
}

static void try_qe_identity(struct certbind_bytes in)
{
    struct certbind_qe_identity identity;

    if (certbind_qe_identity_parse(in, &identity, NULL) == CERTBIND_OK &&
        identity.levels.count == 0)
        abort();
    certbind_qe_identity_cleanup(&identity);
}

static void try_certificate(struct certbind_bytes in)
{
    struct certbind_certificate cert;
    char name[64];

    if (certbind_certificate_parse(in, CERTBIND_E_MALFORMED, &cert, NULL) == CERTBIND_OK) {
        if (cert.key == NULL)
            abort();
        (void)certbind_common_name(cert.subject, name, sizeof name);
    }
    certbind_certificate_cleanup(&cert);
}

static void try_crl(struct certbind_bytes in)
{
    const struct certbind_certificate nobody = {0};
    struct certbind_crl crl;

    if (certbind_crl_parse(in, CERTBIND_E_MALFORMED, &crl, NULL) == CERTBIND_OK &&
        certbind_crl_lists(&crl, &nobody))
        abort();
    certbind_crl_cleanup(&crl);
}

static void try_pem(struct certbind_bytes in)
{
    struct certbind_pem pem;

    if (certbind_pem_split(in, &pem) == NULL && pem.count == 0)
        abort();
    certbind_pem_cleanup(&pem);
}

static void try_date(struct certbind_bytes in)
{
    uint64_t seconds;

    if (certbind_rfc3339_parse(in, &seconds) && in.len < 20)
        abort();
    (void)certbind_utc_time_parse(in, &seconds);
    (void)certbind_generalized_time_parse(in, &seconds);
}

/* A reply used as TCB info and QE identity; what comes out must be readable again. */
static void try_reply(struct certbind_bytes in)
{
    static const char chain[] =
        "-----BEGIN%20CERTIFICATE-----%0AMAAA%0A-----END%20CERTIFICATE-----";
    const struct certbind_bytes header = certbind_text(chain);
    const struct certbind_pcs_replies replies = {
        {in, header}, {in, header}, {certbind_text("3000"), header}, certbind_text("3000")};
    char *bundle;
    size_t len;

    if (in.len > CERTBIND_COLLATERAL_MAX_BYTES / 4) /* twice that, escaped, must still fit */
        return;
    if (certbind_pcs_bundle(&replies, &bundle, &len, NULL) == CERTBIND_OK) {
        struct certbind_collateral *c;

        if (certbind_collateral_new(certbind_bytes(bundle, len), certbind_bytes(NULL, 0), FIXED_NOW,
                                    &c, NULL) == CERTBIND_E_COLLATERAL_MALFORMED)
            abort();
        certbind_collateral_free(c);
    }
    free(bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(struct certbind_bytes in) = {
        try_bundle, try_tcb_info, try_qe_identity, try_certificate,
        try_crl,    try_pem,      try_date,        try_reply,
    };

    if (size > 0)
        parsers[data[0] % (sizeof parsers / sizeof parsers[0])](certbind_bytes(data + 1, size - 1));
    return 0;
}
