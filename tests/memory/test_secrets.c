/*
 * Where the gateway's secrets are: the guest agent's keys, the TLS key and the account key made
 * from them, the session key. A child process is the guest agent and tells, masked, what it gave
 * out; another one is the authority that the account is of.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "certbind/session_signer.h"
#include "gateway/control/control.h"
#include "gateway/identity/identity.h"
#include "gateway/lifetime/process.h"
#include "tests/memory/agent_child.h"
#include "tests/memory/authority_child.h"
#include "tests/memory/scan.h"
#include "tests/support/cmocka_all.h"

enum { STACK = 4 << 20 };

struct gateway {
    uv_loop_t loop;
    struct gateway_config config;
    struct gateway_control *control;
    struct gateway_identity *identity;
    struct gateway_evidence *evidence;
    struct acme_challenges *challenges;
};

static void on_publish(void *user, struct gateway_identity *identity,
                       struct gateway_evidence *evidence)
{
    struct gateway *g = user;

    (void)gw_identity_ref(&identity->base);
    g->identity = identity;
    g->evidence = gateway_evidence_ref(evidence);
    uv_stop(&g->loop);
}

static int64_t now(void)
{
    return 1800000000;
}

static void configure(struct gateway *g, const char *socket, const struct authority_told *acme)
{
    struct certbind_problems problems = {.count = 0};
    char text[800];

    (void)snprintf(text, sizeof text,
                   "{\"insecure_agent_endpoint\":\"%s\",\"evidence\":{\"collateral_url\":\"\"},"
                   "\"upstreams\":{\"app\":{\"servers\":[\"127.0.0.1:9\"]}},"
                   "\"tls\":{\"certificates\":[{\"name\":\"a.test\",\"chain_file\":\"%s.chain\"}]},"
                   "\"acme\":{\"directory\":\"%s\",\"ca_file\":\"%s\",\"terms_agreed\":true,"
                   "\"names\":[\"a.test\"]}}",
                   socket, socket, acme->directory, acme->ca_file);
    assert_int_equal(CERTBIND_OK, gateway_config_parse(certbind_text(text), &g->config, &problems));
}

static void open_gateway(struct gateway *g, const char *socket, const struct authority_told *acme)
{
    static const struct gateway_log log = {GATEWAY_LOG_TEXT, -1, NULL};
    struct gateway_control_options options = {.loop = &g->loop,
                                              .config = &g->config,
                                              .log = &log,
                                              .now = now,
                                              .publish = on_publish,
                                              .user = g};

    memset(g, 0, sizeof *g);
    g->challenges = options.challenges = acme_challenges_new();
    assert_non_null(g->challenges);
    configure(g, socket, acme);
    assert_int_equal(0, uv_loop_init(&g->loop));
    g->control = gateway_control_start(&options);
    assert_non_null(g->control);
    (void)uv_run(&g->loop, UV_RUN_DEFAULT);
    assert_non_null(g->identity);
}

static void close_gateway(struct gateway *g)
{
    gateway_control_stop(g->control);
    gw_identity_unref(&g->identity->base);
    gateway_evidence_unref(g->evidence);
    (void)uv_run(&g->loop, UV_RUN_DEFAULT);
    assert_int_equal(0, uv_loop_close(&g->loop));
    gateway_config_cleanup(&g->config);
    acme_challenges_free(g->challenges);
}

/* Have the account's key sign, as each request to an authority does. */
static void use_account_key(struct gateway *g)
{
    struct gateway_control_status status = {0};

    while (status.acme.ended[ACME_OUTCOME_REFUSED] == 0) {
        (void)uv_run(&g->loop, UV_RUN_ONCE);
        gateway_control_get_status(g->control, &status);
        for (int i = 0; i < ACME_OUTCOMES; i++)
            if (i != ACME_OUTCOME_REFUSED && status.acme.ended[i] != 0)
                fail_msg("the try ended with %s", acme_outcome_name((enum acme_outcome)i));
    }
}

/* Use both keys as a connection does. */
static void use_keys(struct gateway *g)
{
    struct certbind_session_inputs inputs = {.server_name = "gw.example.test"};
    struct certbind_session_reply reply;
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    SSL_CTX *ctx = g->identity->base.ops->make_ctx(&g->identity->base, NULL, libctx);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    struct certbind_session_signer *signer;
    uint8_t signature[128];
    size_t len = sizeof signature;

    assert_non_null(ctx);
    assert_int_equal(1, EVP_DigestSignInit_ex(md, NULL, "SHA256", libctx, NULL,
                                              SSL_CTX_get0_privatekey(ctx), NULL));
    assert_int_equal(1, EVP_DigestSign(md, signature, &len, (const uint8_t *)"x", 1));
    EVP_MD_CTX_free(md);
    signer = certbind_session_signer_new(libctx, g->evidence->session_key);
    assert_non_null(signer);
    assert_int_equal(CERTBIND_OK, certbind_session_signer_sign(signer, &inputs, &reply, NULL));
    certbind_session_signer_free(signer);
    SSL_CTX_free(ctx);
    OSSL_LIB_CTX_free(libctx);
}

/* In: live  a copy in the secure heap is needed; else there may be none anywhere */
static void look_for(const char *what, const uint8_t *masked, size_t len, bool live)
{
    struct scan_found found = scan_memory(masked, len);

    if (found.other > 0)
        fail_msg("%s is in memory %u times, first at %s", what, found.other, found.where);
    if (!live && found.secure > 0)
        fail_msg("%s is in the secure heap %u times after its use", what, found.secure);
    if (live && found.secure == 0)
        fail_msg("%s is not found where it must be: the search is broken", what);
}

struct asked {
    const struct gateway *g;
    uint8_t *masked;
};

static void *mask_session_key(void *arg)
{
    const struct asked *a = arg;
    uint8_t *raw = OPENSSL_secure_malloc(32);
    size_t len = 32;

    assert_int_equal(1, EVP_PKEY_get_raw_private_key(a->g->evidence->session_key, raw, &len));
    scan_mask(a->masked, raw, 32);
    OPENSSL_secure_clear_free(raw, 32);
    return NULL;
}

/* The gateway itself never asks for it: what that leaves on a stack must not count. */
static void learn_session_key(struct asked *asked)
{
    pthread_attr_t attr;
    pthread_t thread;
    void *stack =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    assert_ptr_not_equal(MAP_FAILED, stack);
    assert_int_equal(0, pthread_attr_init(&attr));
    assert_int_equal(0, pthread_attr_setstack(&attr, stack, STACK));
    assert_int_equal(0, pthread_create(&thread, &attr, mask_session_key, asked));
    assert_int_equal(0, pthread_join(thread, NULL));
    assert_int_equal(0, pthread_attr_destroy(&attr));
    assert_int_equal(0, munmap(stack, STACK));
}

static void secrets_are_in_the_secure_heap_alone_and_nowhere_at_the_end(void **state)
{
    struct gateway g;
    struct agent_told told;
    uint8_t session[32];
    struct asked asked = {&g, session};
    char err[200] = "";
    struct authority_told acme;
    pid_t authority = authority_child_start(&acme);
    pid_t agent = agent_child_start(&told);

    (void)state;
    assert_true(gateway_secure_heap_start(100, err, sizeof err));
    open_gateway(&g, told.socket, &acme);
    use_keys(&g);
    use_account_key(&g);
    learn_session_key(&asked);
    for (size_t i = 0; i < AGENT_EPOCHS; i++) {
        look_for("a key of the agent", told.keys[i].k, 32, false);
        look_for("a key of the agent, in hex,", told.keys[i].hex, 64, false);
    }
    look_for("the agent's key for the account", told.account.k, 32, false);
    look_for("the agent's key for the account, in hex,", told.account.hex, 64, false);
    look_for("the account's key", told.account.reversed, 32, true);
    look_for("the account's key, in DER,", told.account.scalar, 32, false);
    look_for("the current TLS key", told.keys[0].reversed, 32, true);
    look_for("the current TLS key, in DER,", told.keys[0].scalar, 32, true);
    look_for("the next TLS key", told.keys[1].reversed, 32, false);
    look_for("the next TLS key, in DER,", told.keys[1].scalar, 32, false);
    look_for("the session key", session, 32, true);
    close_gateway(&g);
    look_for("the last TLS key", told.keys[0].reversed, 32, false);
    look_for("the last TLS key, in DER,", told.keys[0].scalar, 32, false);
    look_for("the last session key", session, 32, false);
    look_for("the last account's key", told.account.reversed, 32, false);
    look_for("the last account's key, in DER,", told.account.scalar, 32, false);
    agent_child_stop(agent, &told);
    authority_child_stop(authority, &acme);
}

/* The search finds what is there, or it would prove nothing. */
static void the_search_finds_what_lies_on_heap_and_stack(void **state)
{
    static const char text[] = "bytes that nobody else has: 17";
    uint8_t masked[sizeof text];
    volatile char stack[sizeof text];
    char *heap = malloc(sizeof text);

    (void)state;
    assert_non_null(heap);
    memcpy(heap, text, sizeof text);
    for (size_t i = 0; i < sizeof text; i++) {
        masked[i] = (uint8_t)(text[i] ^ SCAN_MASK);
        stack[i] = text[i];
    }
    assert_int_equal(2, scan_memory(masked, sizeof text).other);
    memset(heap, 0, sizeof text);
    assert_int_equal(1, scan_memory(masked, sizeof text).other);
    free(heap);
    assert_int_equal('b', stack[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_lies_on_heap_and_stack),
        cmocka_unit_test(secrets_are_in_the_secure_heap_alone_and_nowhere_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
