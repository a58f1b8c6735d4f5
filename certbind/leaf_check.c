#include "certbind/leaf.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certbind/preimage.h"
#include "certbind/server_name.h"

certbind_status certbind_leaf_check_validity(const struct certbind_leaf *leaf, uint64_t now,
                                             struct certbind_error *err)
{
    if (now > INT64_MAX || leaf->not_before > (int64_t)now || leaf->not_after < (int64_t)now)
        return certbind_fail(err, CERTBIND_E_CERT_VALIDITY, "valid from %lld to %lld, now %llu",
                             (long long)leaf->not_before, (long long)leaf->not_after,
                             (unsigned long long)now);
    return CERTBIND_OK;
}

certbind_status certbind_leaf_check_name(const struct certbind_leaf *leaf, const char *name,
                                         struct certbind_error *err)
{
    const unsigned flags =
        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    int match;

    if (certbind_is_ip_address(name))
        match = X509_check_ip_asc(leaf->x509, name, 0);
    else if (certbind_server_name_ok(certbind_text(name)))
        match = X509_check_host(leaf->x509, name, strlen(name), flags, NULL);
    else
        return certbind_fail(err, CERTBIND_E_NAME_SYNTAX, "'%.100s' is no server name", name);
    ERR_clear_error();
    if (match != 1)
        return certbind_fail(err, CERTBIND_E_NAME_MISMATCH, "the certificate is not for '%.100s'",
                             name);
    return CERTBIND_OK;
}

static certbind_status check_complete(const struct certbind_leaf *leaf, struct certbind_error *err)
{
    static const char gzip_magic[] = "ELGZv1";

    if (!leaf->has_quote && !leaf->has_event_log && !leaf->has_attestation && leaf->has_dice)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_DICE,
                             "the certificate's only evidence is DICE's");
    if (!leaf->has_quote && !leaf->has_event_log && !leaf->has_attestation)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_MISSING,
                             "the certificate holds no evidence");
    if (leaf->has_attestation && !leaf->has_quote && !leaf->has_event_log)
        return CERTBIND_OK;
    if (!leaf->has_quote || !leaf->has_event_log)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE, "the certificate holds no %s",
                             leaf->has_quote ? "event log" : "quote");
    if (leaf->event_log.len >= sizeof gzip_magic - 1 &&
        memcmp(leaf->event_log.data, gzip_magic, sizeof gzip_magic - 1) == 0)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_GZIP, "the event log is compressed");
    return CERTBIND_OK;
}

static certbind_status check_quote(const struct certbind_leaf *leaf,
                                   struct certbind_leaf_evidence *found, struct certbind_error *err)
{
    struct certbind_quote *quote = &found->quote;
    struct certbind_error inner = {0};
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];

    if (certbind_quote_parse(found->quote_bytes, quote, &inner) != CERTBIND_OK)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE, "its quote: %.100s (%s)", inner.detail,
                             certbind_status_name(inner.status));
    if (quote->body_type == CERTBIND_BODY_SGX)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE, "its quote is not of a TD");
    if (!certbind_ratls_report_data(leaf->spki, expected))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (memcmp(expected, quote->td.report_data, sizeof expected) != 0)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA,
                             "its quote was made for another key");
    return CERTBIND_OK;
}

static certbind_status check_log(struct certbind_leaf_evidence *found, struct certbind_error *err)
{
    struct certbind_error inner = {0};
    const certbind_status status =
        certbind_event_log_check(&found->log, found->quote.td.rtmr[3], &found->identity, &inner);

    if (status == CERTBIND_OK)
        return CERTBIND_OK;
    if (status == CERTBIND_E_MEMORY || status == CERTBIND_E_INTERNAL)
        return certbind_fail(err, status, "%s", inner.detail);
    return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "its event log: %.150s",
                         inner.detail);
}

/* Extensions .1 and .2. */
static certbind_status check_pair(const struct certbind_leaf *leaf,
                                  struct certbind_leaf_evidence *found, struct certbind_error *err)
{
    struct certbind_error inner = {0};
    certbind_status status;

    found->quote_bytes = leaf->quote;
    status = check_quote(leaf, found, err);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_event_log_parse(leaf->event_log, &found->log, &inner);
    if (status == CERTBIND_E_MEMORY)
        return certbind_fail(err, status, "memory ran out");
    if (status != CERTBIND_OK)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE, "its event log: %.150s", inner.detail);
    return check_log(found, err);
}

/* Extension .8; what stands beside it was judged before. */
static certbind_status check_attestation(const struct certbind_leaf *leaf,
                                         struct certbind_leaf_evidence *found,
                                         struct certbind_error *err)
{
    struct certbind_attestation *attestation = &found->attestation;
    certbind_status status = certbind_attestation_parse(leaf->attestation, attestation, err);

    if (status != CERTBIND_OK)
        return status;
    if (leaf->has_quote && !certbind_bytes_equal(leaf->quote, attestation->quote))
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE,
                             "the quotes of extensions .1 and .8 are not the same");
    certbind_event_log_cleanup(&found->log);
    found->log = attestation->runtime_events;
    attestation->runtime_events = (struct certbind_event_log){0};
    found->quote_bytes = attestation->quote;
    status = check_quote(leaf, found, err);
    if (status != CERTBIND_OK)
        return status;
    if (memcmp(attestation->report_data, found->quote.td.report_data,
               sizeof attestation->report_data) != 0)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA,
                             "the attestation's report data is not that of its quote");
    return check_log(found, err);
}

certbind_status certbind_leaf_check_dice(const struct certbind_leaf *leaf,
                                         struct certbind_leaf_evidence *out,
                                         struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_leaf_evidence){0};
    if (!leaf->has_dice)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_MISSING,
                             "the certificate holds no DICE evidence");
    status = certbind_dice_parse(leaf->dice, &out->dice, err);
    if (status == CERTBIND_OK)
        status = certbind_dice_check(&out->dice, leaf->spki, &out->dice_quote, err);
    if (status != CERTBIND_OK)
        *out = (struct certbind_leaf_evidence){0};
    return status;
}

/* Beside the platform's evidence, of which nothing may be left out. */
static certbind_status check_dice_beside(const struct certbind_leaf *leaf,
                                         struct certbind_leaf_evidence *found,
                                         struct certbind_error *err)
{
    struct certbind_leaf_evidence dice;
    const certbind_status status = certbind_leaf_check_dice(leaf, &dice, err);

    if (status != CERTBIND_OK)
        return status;
    if (dice.dice_quote.body_type == CERTBIND_BODY_SGX)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_DICE, "its DICE quote is not of a TD");
    found->dice = dice.dice;
    found->dice_quote = dice.dice_quote;
    return CERTBIND_OK;
}

certbind_status certbind_leaf_check_evidence(const struct certbind_leaf *leaf,
                                             struct certbind_leaf_evidence *out,
                                             struct certbind_error *err)
{
    certbind_status status = check_complete(leaf, err);

    *out = (struct certbind_leaf_evidence){0};
    if (status == CERTBIND_OK && leaf->has_quote)
        status = check_pair(leaf, out, err);
    if (status == CERTBIND_OK && leaf->has_attestation)
        status = check_attestation(leaf, out, err);
    if (status == CERTBIND_OK && leaf->has_dice)
        status = check_dice_beside(leaf, out, err);
    if (status != CERTBIND_OK)
        certbind_leaf_evidence_cleanup(out);
    return status;
}

void certbind_leaf_evidence_cleanup(struct certbind_leaf_evidence *evidence)
{
    certbind_event_log_cleanup(&evidence->log);
    certbind_attestation_cleanup(&evidence->attestation);
    *evidence = (struct certbind_leaf_evidence){0};
}

static const char *differing_register(const struct certbind_td_report *a,
                                      const struct certbind_td_report *b)
{
    if (memcmp(a->mrtd, b->mrtd, sizeof a->mrtd) != 0)
        return "MRTD";
    return memcmp(a->rtmr, b->rtmr, sizeof a->rtmr) != 0 ? "RTMR0-3" : NULL;
}

certbind_status certbind_leaf_same_machine(const struct certbind_leaf_evidence *evidence,
                                           const struct certbind_td_report *td,
                                           const struct certbind_identity *identity,
                                           struct certbind_error *err)
{
    const char *differs = differing_register(&evidence->quote.td, td);

    if (differs == NULL && evidence->dice.quote.len > 0)
        differs = differing_register(&evidence->dice_quote.td, td);
    if (differs == NULL && (evidence->identity.has_instance_id != identity->has_instance_id ||
                            memcmp(evidence->identity.instance_id, identity->instance_id,
                                   sizeof identity->instance_id) != 0))
        differs = "the instance id";
    if (differs != NULL)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE,
                             "%s of the certificate's quote is not that of the statement's",
                             differs);
    return CERTBIND_OK;
}
