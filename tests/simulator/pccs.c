#include "tests/simulator/pccs.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tests/simulator/der.h"
#include "tests/simulator/params.h"

/* The header that carries an issuer chain: PEM with everything but unreserved characters encoded.
 */
static void put_chain(struct sim_reply *reply, const char *name, const struct sim_buffer *chain)
{
    sim_buffer_printf(&reply->headers, "%s: ", name);
    for (size_t i = 0; i < chain->len; i++) {
        unsigned char c = chain->data[i];

        if (isalnum(c) || strchr("-._~", c) != NULL)
            sim_buffer_put_u8(&reply->headers, c);
        else
            sim_buffer_printf(&reply->headers, "%%%02X", c);
    }
    sim_buffer_put_text(&reply->headers, "\r\n");
}

static void answer_pck_crl(const struct sim_pccs *p, const cJSON *query, struct sim_reply *reply)
{
    const char *ca = sim_params_string(query, "ca", reply);
    const char *encoding = sim_params_string(query, "encoding", reply);

    if (ca == NULL || encoding == NULL)
        return;
    if (strcmp(ca, "platform") != 0) {
        sim_reply_error(reply, 404, "There is no such PCK CA");
        return;
    }
    reply->status = 200;
    if (strcmp(encoding, "der") == 0) {
        reply->content_type = "application/pkix-crl";
        sim_buffer_put_bytes(&reply->body, sim_buffer_view(&p->collateral->pck_crl));
    } else {
        reply->content_type = "application/x-pem-file";
        sim_pem_put(&reply->body, "X509 CRL", sim_buffer_view(&p->collateral->pck_crl));
    }
    put_chain(reply, "SGX-PCK-CRL-Issuer-Chain", &p->pki->pck_issuer_chain);
}

static void answer_tcb_info(const struct sim_pccs *p, const cJSON *query, struct sim_reply *reply)
{
    const char *fmspc = sim_params_string(query, "fmspc", reply);
    struct sim_buffer own = {0};

    if (fmspc == NULL)
        return;
    sim_buffer_put_hex(&own, certbind_bytes(p->platform->fmspc, sizeof p->platform->fmspc));
    if (sim_buffer_cstr(&own) == NULL || strcasecmp(fmspc, (const char *)own.data) != 0) {
        sim_reply_error(reply, 404, "There is no TCB info for this FMSPC");
    } else {
        reply->status = 200;
        sim_buffer_put_bytes(&reply->body, sim_buffer_view(&p->collateral->tcb_info));
        put_chain(reply, "TCB-Info-Issuer-Chain", &p->pki->tcb_issuer_chain);
    }
    sim_buffer_cleanup(&own);
}

static void answer_qe_identity(const struct sim_pccs *p, const cJSON *query,
                               struct sim_reply *reply)
{
    (void)query;
    reply->status = 200;
    sim_buffer_put_bytes(&reply->body, sim_buffer_view(&p->collateral->qe_identity));
    put_chain(reply, "SGX-Enclave-Identity-Issuer-Chain", &p->pki->tcb_issuer_chain);
}

static void answer_root_crl(const struct sim_pccs *p, const cJSON *query, struct sim_reply *reply)
{
    (void)query;
    reply->status = 200;
    reply->content_type = "text/plain";
    sim_buffer_put_hex(&reply->body, sim_buffer_view(&p->collateral->root_crl));
}

static const struct {
    const char *path;
    void (*answer)(const struct sim_pccs *p, const cJSON *query, struct sim_reply *reply);
} ROUTES[] = {
    {"/sgx/certification/v4/pckcrl", answer_pck_crl},
    {"/tdx/certification/v4/tcb", answer_tcb_info},
    {"/tdx/certification/v4/qe/identity", answer_qe_identity},
    {"/sgx/certification/v4/rootcacrl", answer_root_crl},
};

void sim_pccs_answer(const struct sim_pccs *p, const struct sim_http_request *r,
                     struct sim_reply *reply)
{
    struct sim_http_request get = *r;
    cJSON *query;

    if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0) {
        sim_reply_error(reply, 405, "Only GET is served");
        return;
    }
    get.method = "GET";
    query = sim_params_read(&get, reply);
    if (query == NULL)
        return;
    for (size_t i = 0; i < sizeof ROUTES / sizeof ROUTES[0]; i++) {
        if (strcmp(r->path, ROUTES[i].path) == 0)
            ROUTES[i].answer(p, query, reply);
    }
    if (reply->status == 0)
        sim_reply_error(reply, 404, "Not served by this simulator");
    cJSON_Delete(query);
}
