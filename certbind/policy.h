/*
 * policy: what a client demands of a server, as read from its policy file.
 *
 * A verdict is accepted only if every link holds; a link without a demand refuses unless the policy
 * waives it by name, and then the verdict is not complete. What this version cannot check is
 * refused when the policy is read, never skipped. Pure: files that the policy names are read by the
 * caller.
 */
#ifndef CERTBIND_POLICY_H
#define CERTBIND_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/appkey.h"
#include "certbind/bytes.h"
#include "certbind/dcap/verify.h"
#include "certbind/event_log.h"
#include "certbind/json_shape.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The links of the chain that a policy must make a demand for, or waive. */
#define CERTBIND_LINK_LIST(X)                                                                      \
    X(CERTBIND_LINK_OS, "os")                                                                      \
    X(CERTBIND_LINK_APP, "app")                                                                    \
    X(CERTBIND_LINK_KMS, "kms")                                                                    \
    X(CERTBIND_LINK_COMPOSE, "compose")                                                            \
    X(CERTBIND_LINK_CONFIG, "config")                                                              \
    X(CERTBIND_LINK_SESSION, "session")

enum certbind_link {
#define X(symbol, name) symbol,
    CERTBIND_LINK_LIST(X)
#undef X
        CERTBIND_LINK_COUNT
};

/* Values of a quote that a reference may demand: 48 bytes each, report data 64. */
#define CERTBIND_REGISTER_LIST(X)                                                                  \
    X(CERTBIND_REGISTER_MRTD, "mrtd")                                                              \
    X(CERTBIND_REGISTER_RTMR0, "rtmr0")                                                            \
    X(CERTBIND_REGISTER_RTMR1, "rtmr1")                                                            \
    X(CERTBIND_REGISTER_RTMR2, "rtmr2")                                                            \
    X(CERTBIND_REGISTER_RTMR3, "rtmr3")                                                            \
    X(CERTBIND_REGISTER_MR_CONFIG_ID, "mr_config_id")                                              \
    X(CERTBIND_REGISTER_MR_OWNER, "mr_owner")                                                      \
    X(CERTBIND_REGISTER_MR_OWNER_CONFIG, "mr_owner_config")                                        \
    X(CERTBIND_REGISTER_REPORT_DATA, "report_data")

enum certbind_register {
#define X(symbol, name) symbol,
    CERTBIND_REGISTER_LIST(X)
#undef X
        CERTBIND_REGISTER_COUNT
};

enum { CERTBIND_REGISTER_MAX_LEN = 64 };

/* One accepted operating system: all registers that it names must be equal. */
struct certbind_os_reference {
    const char *name; /* for reports; may be NULL */
    bool has[CERTBIND_REGISTER_COUNT];
    uint8_t value[CERTBIND_REGISTER_COUNT][CERTBIND_REGISTER_MAX_LEN];
};

enum certbind_name_mode {
    CERTBIND_NAME_SAN,             /* the SAN covers the expected name */
    CERTBIND_NAME_WEBPKI,          /* and a public authority says so */
    CERTBIND_NAME_ATTESTATION_ONLY /* names do not count */
};

/* What every connection proves. */
enum certbind_session_mode {
    CERTBIND_SESSION_SIGNATURE,
    CERTBIND_SESSION_QUOTE, /* with a quote made for this very connection */
    CERTBIND_SESSION_NONE   /* nothing beyond its certificate */
};

struct certbind_hashes {
    uint8_t (*list)[CERTBIND_SHA256_LEN]; /* owned */
    size_t count;
};

/* A compose file that was added: its bytes, and what they are known by. */
struct certbind_compose_text {
    uint8_t sha256[CERTBIND_SHA256_LEN];
    uint8_t *data; /* owned */
    size_t len;
};

struct certbind_policy {
    struct certbind_dcap_policy dcap;
    struct certbind_os_reference *os; /* owned */
    size_t os_count;
    bool has_app_id;
    uint8_t app_id[CERTBIND_APP_ID_LEN];
    struct certbind_hashes compose_hashes; /* listed, and of files that were added */
    const char **compose_files;            /* owned list of paths, for the caller to read */
    size_t compose_file_count;
    size_t compose_files_added;
    uint8_t (*instance_ids)[CERTBIND_INSTANCE_ID_LEN]; /* owned */
    size_t instance_id_count;
    bool has_ca_spki_sha256;
    uint8_t ca_spki_sha256[CERTBIND_SHA256_LEN];
    bool has_k256;
    struct certbind_kms_root k256;
    struct certbind_compose_text *compose_texts; /* of files that were added; owned */
    const char **gateway_images;                 /* owned list, "repository@sha256:..." */
    size_t gateway_image_count;
    struct certbind_hashes configs;
    bool config_from_compose;         /* instead of configs */
    struct certbind_hashes platforms; /* device ids: SHA-256 of the PPID */
    enum certbind_name_mode name;
    enum certbind_session_mode session;
    uint64_t max_evidence_age_s; /* since a nonce was sent that a quote answered; 0: any */
    bool waived[CERTBIND_LINK_COUNT];
    const char *root_file; /* of the trusted root; NULL: Intel's */

    uint8_t sha256[CERTBIND_SHA256_LEN];     /* of text and added files: names this policy */
    struct certbind_shape_document document; /* owned; the texts above live in it */
};

/* Every key of a policy file; ends with an entry whose path is NULL. */
extern const struct certbind_shape certbind_policy_table[];

/** Returns: the name of a link, as in accept_unchecked. Static. */
const char *certbind_link_name(enum certbind_link link);

/** Returns: whether a policy makes a demand for a link. */
bool certbind_policy_demands(const struct certbind_policy *policy, enum certbind_link link);

/** Returns: the name of a register, as in a policy. Static. */
const char *certbind_register_name(enum certbind_register reg);

/** Returns: the value of a register of a TD (borrowed), 48 bytes or 64 of report data. */
struct certbind_bytes certbind_register_get(const struct certbind_td_report *td,
                                            enum certbind_register reg);

/**
 * Read a policy file.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_POLICY_SYNTAX       problems lists everything that is wrong
 *          CERTBIND_E_POLICY_UNSUPPORTED  it is well-formed but demands what this version cannot
 *                                         check; problems lists these demands
 *          CERTBIND_E_MEMORY
 * In:      text      borrowed
 * Out:     policy    to be given to certbind_policy_cleanup, also after a refusal
 *          problems  added to
 */
CERTBIND_MUST_CHECK certbind_status certbind_policy_parse(struct certbind_bytes text,
                                                          struct certbind_policy *policy,
                                                          struct certbind_problems *problems);

/**
 * Accept the compose file with these bytes. A policy whose compose_files were not all added refuses
 * every server.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_USAGE for more files than it names, CERTBIND_E_MEMORY,
 *          CERTBIND_E_INTERNAL
 */
CERTBIND_MUST_CHECK certbind_status certbind_policy_add_compose_file(
    struct certbind_policy *policy, struct certbind_bytes app_compose, struct certbind_error *err);

/** Returns: the added compose file of that hash (borrowed); empty when there is none. */
struct certbind_bytes certbind_policy_compose_text(const struct certbind_policy *policy,
                                                   const uint8_t sha256[CERTBIND_SHA256_LEN]);

/** Accepts a zeroed struct. */
void certbind_policy_cleanup(struct certbind_policy *policy);

#ifdef __cplusplus
}
#endif

#endif
