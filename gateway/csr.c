#include "gateway/csr.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <uv.h>

#include "certbind/server_name.h"
#include "certbind/tls_key.h"
#include "gateway/agent/reply.h"
#include "gateway/agent/request.h"
#include "gateway/config/names.h"
#include "gateway/lifetime/process.h"

enum { SAN_NAME_ROOM = 260, HEAP_CONNECTIONS = 64 };

struct asking {
    const struct gateway_config *config;
    struct gateway_agent *agent;
    EVP_PKEY *key; /* owned; NULL: none */
    char why[256];
};

static void on_key(void *user, const struct gateway_agent_reply *reply)
{
    struct asking *a = user;
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    uint8_t k[CERTBIND_AGENT_KEY_LEN];

    if (reply->result != GATEWAY_AGENT_OK)
        (void)snprintf(a->why, sizeof a->why, "GetKey: %s: %.150s",
                       gateway_agent_result_name(reply->result), reply->detail);
    else if (gateway_key_parse(reply->body, k, &err) != CERTBIND_OK)
        (void)snprintf(a->why, sizeof a->why, "GetKey: %s", err.detail);
    else
        a->key = certbind_tls_key_derive(k);
    OPENSSL_cleanse(k, sizeof k);
}

/* Info comes first: it finds out which API the agent speaks. */
static void on_info(void *user, const struct gateway_agent_reply *reply)
{
    struct asking *a = user;

    if (reply->result == GATEWAY_AGENT_OK)
        (void)gateway_agent_ask_tls_key(a->agent, a->config->tls_label, a->config->tls_epoch,
                                        on_key, a);
    else
        (void)snprintf(a->why, sizeof a->why, "Info: %s: %.150s",
                       gateway_agent_result_name(reply->result), reply->detail);
}

static EVP_PKEY *ask_key(const struct gateway_config *config, char why[256])
{
    struct asking a = {.config = config, .why = "no key can be derived"};
    uv_loop_t loop;

    if (uv_loop_init(&loop) != 0)
        return NULL;
    a.agent = gateway_agent_new(&loop, config->insecure_agent_endpoint, config->agent_timeout_ms);
    if (a.agent != NULL) {
        (void)gateway_agent_call(a.agent, "Info", "{}", on_info, &a);
        (void)uv_run(&loop, UV_RUN_DEFAULT); /* until no call is under way */
        gateway_agent_close(a.agent);
        (void)uv_run(&loop, UV_RUN_DEFAULT);
    }
    (void)uv_loop_close(&loop);
    (void)snprintf(why, 256, "%s", a.why);
    return a.key;
}

static bool add_names(X509_REQ *req, const char *const *names, size_t names_count)
{
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    char *text = calloc(names_count + 1, SAN_NAME_ROOM);
    X509_EXTENSION *san = NULL;
    size_t at = 0;
    bool ok;

    for (size_t i = 0; text != NULL && i < names_count; i++)
        at += (size_t)snprintf(text + at, SAN_NAME_ROOM, "%sDNS:%s", i == 0 ? "" : ",", names[i]);
    if (text != NULL)
        san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
    ok = extensions != NULL && san != NULL && sk_X509_EXTENSION_push(extensions, san) > 0;
    if (!ok)
        X509_EXTENSION_free(san);
    ok = ok && X509_REQ_add_extensions(req, extensions) == 1;
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    free(text);
    return ok;
}

static X509_REQ *make_request(EVP_PKEY *key, const char *const *names, size_t names_count)
{
    X509_REQ *req = X509_REQ_new();

    if (req != NULL && X509_REQ_set_version(req, 0) == 1 && X509_REQ_set_pubkey(req, key) == 1 &&
        add_names(req, names, names_count) && X509_REQ_sign(req, key, EVP_sha256()) > 0)
        return req;
    X509_REQ_free(req);
    return NULL;
}

static bool write_request(EVP_PKEY *key, const char *const *names, size_t names_count, FILE *to)
{
    X509_REQ *req = make_request(key, names, names_count);
    bool ok = req != NULL && PEM_write_X509_REQ(to, req) == 1 && fflush(to) == 0;

    X509_REQ_free(req);
    return ok;
}

uint8_t *gateway_csr_der(EVP_PKEY *key, const char *name, size_t *len)
{
    X509_REQ *req = make_request(key, &name, 1);
    uint8_t *der = NULL;
    int n = req == NULL ? -1 : i2d_X509_REQ(req, &der);

    X509_REQ_free(req);
    *len = n > 0 ? (size_t)n : 0;
    return der;
}

enum gateway_exit gateway_csr_print(const struct gateway_config *config, const char *const *names,
                                    size_t names_count, FILE *to, FILE *problems)
{
    char why[256] = "";
    EVP_PKEY *key;
    bool ok;

    if (config->tls_key_process) {
        (void)fprintf(problems,
                      "devproof-gateway: tls.key is \"process\": a key that ends with the "
                      "process is not certified\n");
        return GATEWAY_EXIT_NOT_SUPPORTED;
    }
    for (size_t i = 0; i < names_count; i++) {
        if (certbind_server_name_ok(certbind_text(names[i])) &&
            gateway_names_serve(config, names[i]))
            continue;
        (void)fprintf(problems, "devproof-gateway: '%.100s' is no name that a listener serves\n",
                      names[i]);
        return GATEWAY_EXIT_USAGE;
    }
    if (!gateway_secure_heap_start(HEAP_CONNECTIONS, why, sizeof why)) {
        (void)fprintf(problems, "devproof-gateway: %s\n", why);
        return GATEWAY_EXIT_FAILURE;
    }
    key = ask_key(config, why);
    if (key == NULL) {
        (void)fprintf(problems, "devproof-gateway: the guest agent gives no key: %s\n", why);
        return GATEWAY_EXIT_FAILURE;
    }
    ok = write_request(key, names, names_count, to);
    EVP_PKEY_free(key);
    if (!ok)
        (void)fprintf(problems, "devproof-gateway: the request cannot be written\n");
    return ok ? GATEWAY_EXIT_OK : GATEWAY_EXIT_FAILURE;
}
