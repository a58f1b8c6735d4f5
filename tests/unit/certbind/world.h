/*
 * world: a gateway's evidence under a forged root, complete and right, so that a test can break one
 * thing and see one code. Turn knobs after world_open, then world_verify.
 */
#ifndef TESTS_UNIT_CERTBIND_WORLD_H
#define TESTS_UNIT_CERTBIND_WORLD_H

#include "certbind/verify.h"
#include "tests/support/dcap_forge.h"

#define WORLD_HOST "gw.example.test"
#define WORLD_CONFIG "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

/* Replace a text by another; from NULL: nothing to do. */
struct world_edit {
    const char *from;
    const char *to;
};

struct world {
    struct forge forge;
    EVP_PKEY *tls_key;
    EVP_PKEY
    *presented_key; /* of the certificate; the same unless a test sets another (borrowed) */
    EVP_PKEY *session_key;

    const char *log;          /* events of the statement's quote */
    const char *leaf_log;     /* events of the certificate's */
    const char *rtmr3;        /* hex of the statement's RTMR3; NULL: the replay */
    const char *report_data;  /* hex of the statement's report data; NULL: the right one */
    const char *leaf_mrtd;    /* hex; NULL: the same machine */
    const char *mr_config_id; /* hex; NULL: zeros */
    struct forge_patch extra; /* of further quotes; no hex: none */
    bool leaf_quote_unsigned; /* break the signature of the certificate's quote */
    bool leaf_without_evidence;
    const char *name; /* in the certificate */
    int64_t leaf_from;
    int64_t leaf_until;
    struct certbind_statement statement;
    struct certbind_statement_key entry;
    struct world_edit statement_edit; /* of its bytes, before they are quoted */
    struct world_edit reply_edit;
    struct world_edit policy_edit;
    const char *app_compose;
    bool no_policy;
    bool no_staple;
    bool no_reply;
    bool go_on;

    struct certbind_transport transport;
    bool published; /* no connection */
    const char *host;
    uint64_t now;

    uint8_t *leaf; /* made by world_build; owned */
    size_t leaf_len;
    char *reply; /* owned */
    char *policy_text;
    struct certbind_policy policy;
    struct certbind_report report;
    struct certbind_evidence evidence;
    struct certbind_error err;
};

void world_open(struct world *w);
void world_close(struct world *w);

/** A test's fixture: a world whose binding was accepted, and its end. */
int world_setup(void **state);
int world_teardown(void **state);

/** Make certificate, statement, quotes, reply and policy from the knobs. */
void world_build(struct world *w);

/** Build, then judge the binding. */
certbind_status world_verify(struct world *w);

/** Make statement and reply anew under the same root, certificate and policy; judge the binding. */
certbind_status world_restate(struct world *w);

/** What certbind_verify_binding is asked about what was built before. */
struct certbind_binding_check world_check(const struct world *w);

/** Judge what was built before. */
certbind_status world_verify_built(struct world *w);

/** The connection as the client sees it. */
struct certbind_connection world_connection(const struct world *w);

/** A quote with these report data and log; rtmr3, mrtd as the members above. Its length is
 * w->forge.quote_len; the caller frees it. */
uint8_t *world_quote(struct world *w, const uint8_t report_data[64], const char *log,
                     const char *rtmr3, const char *mrtd);

/** What a session of the world's connection signs: nonce of all 7, exporter of all 9. */
void world_session_inputs(struct world *w, struct certbind_session_inputs *inputs);

/** As world_session, after a quote has answered a nonce that was sent at quoted_at. */
certbind_status world_session_with(struct world *w, uint64_t quoted_at);

/** Sign a session for nonce and exporter of all 7 and all 9, and judge it. */
certbind_status world_session(struct world *w);

#endif
