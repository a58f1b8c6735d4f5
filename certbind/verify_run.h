/*
 * verify_run: the state of one verification, private to verify*.c.
 */
#ifndef CERTBIND_VERIFY_RUN_H
#define CERTBIND_VERIFY_RUN_H

#include "certbind/binding_reply.h"
#include "certbind/leaf.h"
#include "certbind/same_td.h"
#include "certbind/verify.h"

/* What earlier steps found out, and later ones need. */
enum verify_fact {
    HAVE_LEAF = 1 << 0,
    HAVE_LEAF_EVIDENCE = 1 << 1,
    HAVE_REPLY = 1 << 2, /* or the certificate stands in for it */
    HAVE_STATEMENT = 1 << 3,
    HAVE_QUOTE = 1 << 4, /* parsed */
    HAVE_DCAP = 1 << 5,  /* and verified */
    HAVE_IDENTITY = 1 << 6
};

struct verify_run {
    const struct certbind_binding_check *in;
    const struct certbind_dcap_policy *dcap_policy;
    struct certbind_report *report;
    struct certbind_evidence *evidence;
    struct certbind_error *err; /* of the step that runs */
    unsigned facts;
    bool certificate_only;  /* session none without a reply: the certificate's evidence is judged */
    bool leaf_quote_judged; /* or there was none to judge */
    bool dice;              /* the certificate's only evidence is DICE's, and it is judged alone */
    struct certbind_dcap_policy enclave_policy; /* then dcap_policy points here */

    certbind_status leaf_status;
    struct certbind_error leaf_err;
    struct certbind_leaf leaf;
    struct certbind_leaf_evidence leaf_evidence;
    struct certbind_binding_reply reply;
    bool has_service; /* the compose text was read */
    struct certbind_gateway_service service;
    struct certbind_bytes quote_bytes;
    uint64_t leaf_quote_until; /* last second of the verdict on the certificate's quote */
    uint64_t fresh_until;      /* the same of the quote that answered a nonce */
};

/** Steps transport to evidence. */
certbind_status certbind_run_transport(struct verify_run *run);
certbind_status certbind_run_name(struct verify_run *run);
certbind_status certbind_run_certificate(struct verify_run *run);
certbind_status certbind_run_evidence(struct verify_run *run);

/** Form, report data and replay of the evidence in the leaf; DICE's too when that is judged alone.
 */
certbind_status certbind_run_own_evidence(struct verify_run *run);

/** The event log step of DICE evidence, which has none. */
certbind_status certbind_run_dice_log(struct verify_run *run);

/** Step identity: every link in order. */
certbind_status certbind_run_identity(struct verify_run *run);

/**
 * What the policy demands of the measured compose text, once its hash is accepted: the gateway's
 * image and, for "from-compose", that its configuration is a literal.
 */
certbind_status certbind_run_gateway_image(struct verify_run *run);
certbind_status certbind_run_config_from_compose(struct verify_run *run);

/** The name step of a leaf under a policy. Out: skipped says that the policy leaves names out. */
certbind_status certbind_run_leaf_name(const struct certbind_leaf *leaf,
                                       const struct certbind_connection *connection,
                                       const struct certbind_policy *policy, bool *skipped,
                                       struct certbind_error *err);

/** The transport step. */
certbind_status certbind_run_transport_facts(const struct certbind_transport *transport,
                                             struct certbind_error *err);

/* What a quote in a certificate is judged with; all borrowed. */
struct certbind_judge {
    const struct certbind_collateral *collateral;
    const struct certbind_dcap_policy *policy;
    uint64_t now;
};

/** The quotes in a leaf. Out: until, the last second of the verdict on them. */
certbind_status certbind_run_leaf_quote(const struct certbind_leaf_evidence *evidence,
                                        const struct certbind_judge *judge, uint64_t *until,
                                        struct certbind_error *err);

/* What a quote that answers a nonce is judged by; all borrowed. */
struct certbind_batch_check {
    const struct certbind_batch_proof *proof;
    const uint8_t *value;            /* 64 bytes, that must stand in the tree */
    struct certbind_td_state stated; /* of the statement's quote */
    const struct certbind_judge *judge;
    const struct certbind_hashes *platforms; /* of the policy; NULL: any */
};

/** A quote that answers a nonce, appraised as the statement's: signature, collateral, TCB,
 * attributes, tree, event log, the same TD. Out: until, the last second of the verdict on it. */
certbind_status certbind_run_batch(const struct certbind_batch_check *check, uint64_t *until,
                                   struct certbind_error *err);

/** Steps quote, collateral, tcb and td-attributes, as far as they passed, and the report's
 * simulated.
 */
void certbind_run_report_dcap(struct certbind_report *report);

/** The policy's age of evidence, by this side's clock. In: since  when the nonce was sent that a
 * quote answered; 0: never */
certbind_status certbind_run_age(const struct certbind_policy *policy, uint64_t since, uint64_t now,
                                 struct certbind_error *err);

/** Platform pinning. In: platforms  NULL or empty: any */
certbind_status certbind_run_platform(const struct certbind_hashes *platforms,
                                      const struct certbind_dcap_report *dcap,
                                      struct certbind_error *err);

#endif
