#include "ra-tls/cli/print.h"

#include <inttypes.h>
#include <stdio.h>

#include "certbind/digest.h"

void print_hex(const char *name, const uint8_t *data, size_t len)
{
    (void)printf("  %-20s ", name);
    for (size_t i = 0; i < len; i++)
        (void)printf("%02x", data[i]);
    (void)printf("\n");
}

void print_safe(const uint8_t *text, size_t len, char *out, size_t room)
{
    size_t n = 0;

    for (; n < len && n < room - 1; n++) {
        out[n] = '?';
        if (text[n] >= ' ' && text[n] <= '~')
            out[n] = (char)text[n];
    }
    out[n] = '\0';
}

static void print_td(const struct certbind_td_report *td, bool is_1_5)
{
    print_hex("tee_tcb_svn", td->tee_tcb_svn, sizeof td->tee_tcb_svn);
    print_hex("mr_seam", td->mr_seam, sizeof td->mr_seam);
    print_hex("mr_signer_seam", td->mr_signer_seam, sizeof td->mr_signer_seam);
    print_hex("seam_attributes", td->seam_attributes, sizeof td->seam_attributes);
    (void)printf("  %-20s 0x%016" PRIx64 "%s\n", "td_attributes", td->td_attributes,
                 (td->td_attributes & 1) != 0 ? " (DEBUG: the host can read this TD)" : "");
    (void)printf("  %-20s 0x%016" PRIx64 "\n", "xfam", td->xfam);
    print_hex("mrtd", td->mrtd, sizeof td->mrtd);
    print_hex("mr_config_id", td->mr_config_id, sizeof td->mr_config_id);
    print_hex("mr_owner", td->mr_owner, sizeof td->mr_owner);
    print_hex("mr_owner_config", td->mr_owner_config, sizeof td->mr_owner_config);
    for (int i = 0; i < 4; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "rtmr%d", i);
        print_hex(name, td->rtmr[i], sizeof td->rtmr[i]);
    }
    print_hex("report_data", td->report_data, sizeof td->report_data);
    if (is_1_5) {
        print_hex("tee_tcb_svn_2", td->tee_tcb_svn_2, sizeof td->tee_tcb_svn_2);
        print_hex("mr_service_td", td->mr_service_td, sizeof td->mr_service_td);
    }
}

static void print_sgx(const struct certbind_sgx_report *sgx)
{
    print_hex("attributes", sgx->attributes, sizeof sgx->attributes);
    print_hex("mr_enclave", sgx->mr_enclave, sizeof sgx->mr_enclave);
    print_hex("mr_signer", sgx->mr_signer, sizeof sgx->mr_signer);
    (void)printf("  %-20s %u\n", "isv_prod_id", (unsigned)sgx->isv_prod_id);
    (void)printf("  %-20s %u\n", "isv_svn", (unsigned)sgx->isv_svn);
    print_hex("report_data", sgx->report_data, sizeof sgx->report_data);
}

void print_quote(const struct certbind_quote *quote)
{
    uint8_t hash[CERTBIND_SHA256_LEN];

    (void)printf("quote version %u, %s, %zu bytes without padding\n", (unsigned)quote->version,
                 quote->tee_type == CERTBIND_TEE_TDX ? "TDX" : "SGX", quote->canonical.len);
    if (certbind_sha256(quote->canonical, hash))
        print_hex("sha256", hash, sizeof hash);
    print_hex("qe_id", quote->user_data, 16);
    if (quote->body_type == CERTBIND_BODY_SGX)
        print_sgx(&quote->sgx);
    else
        print_td(&quote->td, quote->body_type == CERTBIND_BODY_TD_1_5);
    print_hex("attestation_key", quote->attestation_key.data, quote->attestation_key.len);
    print_hex("qe_mr_signer", quote->qe_report.mr_signer, sizeof quote->qe_report.mr_signer);
    (void)printf("  %-20s %u\n", "qe_isv_svn", (unsigned)quote->qe_report.isv_svn);
    (void)printf("  %-20s %u, %zu bytes\n", "certification_data",
                 (unsigned)quote->certification_type, quote->certification_data.len);
}
