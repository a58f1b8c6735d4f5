#include "tests/simulator/pki.h"

#include "tests/simulator/der.h"

#define ROOT_CRL_URL "https://simulated-pcs.invalid/SimulatedSGXRootCA.der"
#define PCK_CRL_URL                                                                                \
    "https://simulated-pcs.invalid/sgx/certification/v4/pckcrl?ca=platform&encoding=der"

static struct sim_name vendor_name(const char *common_name)
{
    return (struct sim_name){{{SIM_NAME_CN, common_name},
                              {SIM_NAME_O, "Simulated TEE Vendor"},
                              {SIM_NAME_L, "Nowhere"},
                              {SIM_NAME_ST, "CA"},
                              {SIM_NAME_C, "US"}}};
}

static bool make_root(struct sim_pki *pki)
{
    struct sim_certificate c = {.issuer = pki->root_name,
                                .subject = pki->root_name,
                                .key = &pki->root,
                                .issuer_key = &pki->root,
                                .not_before = SIM_PKI_NOT_BEFORE,
                                .not_after = SIM_PKI_NOT_AFTER,
                                .path_len = 1,
                                .crl_url = ROOT_CRL_URL};

    return sim_certificate_encode(&c, &pki->root_der);
}

static bool make_platform_ca(struct sim_pki *pki, struct sim_buffer *der)
{
    struct sim_certificate c = {.issuer = pki->root_name,
                                .subject = pki->platform_ca_name,
                                .key = &pki->platform_ca,
                                .issuer_key = &pki->root,
                                .not_before = SIM_PKI_NOT_BEFORE,
                                .not_after = SIM_PKI_NOT_AFTER,
                                .path_len = 0,
                                .crl_url = ROOT_CRL_URL};

    return sim_certificate_encode(&c, der);
}

static bool make_tcb_signer(struct sim_pki *pki, struct sim_buffer *der)
{
    struct sim_certificate c = {.issuer = pki->root_name,
                                .subject = vendor_name("Simulated SGX TCB Signing"),
                                .key = &pki->tcb_signer,
                                .issuer_key = &pki->root,
                                .not_before = SIM_PKI_NOT_BEFORE,
                                .not_after = SIM_PKI_NOT_AFTER,
                                .path_len = SIM_NOT_A_CA,
                                .crl_url = ROOT_CRL_URL};

    return sim_certificate_encode(&c, der);
}

static bool make_pck(struct sim_pki *pki, const struct sim_platform *platform,
                     struct sim_buffer *der)
{
    struct sim_buffer extension = {0};
    struct sim_certificate c = {.issuer = pki->platform_ca_name,
                                .subject = vendor_name("Simulated SGX PCK Certificate"),
                                .key = &pki->pck,
                                .issuer_key = &pki->platform_ca,
                                .not_before = SIM_PKI_NOT_BEFORE,
                                .not_after = SIM_PKI_NOT_AFTER,
                                .path_len = SIM_NOT_A_CA,
                                .crl_url = PCK_CRL_URL};
    bool ok;

    sim_platform_put_sgx_extension(platform, &extension);
    c.sgx_extension = sim_buffer_view(&extension);
    ok = sim_buffer_ok(&extension) && sim_certificate_encode(&c, der);
    sim_buffer_cleanup(&extension);
    return ok;
}

bool sim_pki_init(struct sim_pki *pki, const struct sim_seed *seed,
                  const struct sim_platform *platform)
{
    struct sim_buffer ca = {0};
    struct sim_buffer pck = {0};
    struct sim_buffer signer = {0};
    bool ok;

    *pki = (struct sim_pki){.root_name = vendor_name("Simulated SGX Root CA"),
                            .platform_ca_name = vendor_name("Simulated SGX PCK Platform CA")};
    ok = sim_p256_from_seed(seed, "sgx-root", &pki->root) &&
         sim_p256_from_seed(seed, "sgx-platform-ca", &pki->platform_ca) &&
         sim_p256_from_seed(seed, "sgx-pck", &pki->pck) &&
         sim_p256_from_seed(seed, "sgx-tcb-signer", &pki->tcb_signer) && make_root(pki) &&
         make_platform_ca(pki, &ca) && make_pck(pki, platform, &pck) &&
         make_tcb_signer(pki, &signer);
    if (ok) {
        sim_pem_put(&pki->root_pem, "CERTIFICATE", sim_buffer_view(&pki->root_der));
        sim_pem_put(&pki->pck_issuer_chain, "CERTIFICATE", sim_buffer_view(&ca));
        sim_buffer_put_bytes(&pki->pck_issuer_chain, sim_buffer_view(&pki->root_pem));
        sim_pem_put(&pki->pck_chain, "CERTIFICATE", sim_buffer_view(&pck));
        sim_buffer_put_bytes(&pki->pck_chain, sim_buffer_view(&pki->pck_issuer_chain));
        sim_pem_put(&pki->tcb_issuer_chain, "CERTIFICATE", sim_buffer_view(&signer));
        sim_buffer_put_bytes(&pki->tcb_issuer_chain, sim_buffer_view(&pki->root_pem));
        ok = sim_buffer_ok(&pki->pck_chain) && sim_buffer_ok(&pki->tcb_issuer_chain);
    }
    sim_buffer_cleanup(&signer);
    sim_buffer_cleanup(&pck);
    sim_buffer_cleanup(&ca);
    return ok;
}

void sim_pki_cleanup(struct sim_pki *pki)
{
    sim_buffer_cleanup(&pki->tcb_issuer_chain);
    sim_buffer_cleanup(&pki->pck_issuer_chain);
    sim_buffer_cleanup(&pki->pck_chain);
    sim_buffer_cleanup(&pki->root_pem);
    sim_buffer_cleanup(&pki->root_der);
}
