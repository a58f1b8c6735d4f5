/* Replies of `GET binding` and `GET session`: what is accepted can be written and read again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "certbind/binding_reply.h"
#include "certbind/event_log.h"
#include "certbind/session_quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_session(const uint8_t *data, size_t size)
{
    struct certbind_session_reply reply;
    struct certbind_session_reply back;
    char text[CERTBIND_SESSION_REPLY_ROOM];

    if (certbind_session_reply_parse(certbind_bytes(data, size), &reply, NULL) != CERTBIND_OK)
        return;
    certbind_session_reply_encode(&reply, text);
    assert(certbind_session_reply_parse(certbind_text(text), &back, NULL) == CERTBIND_OK);
    assert(certbind_bytes_equal(certbind_bytes(&reply, sizeof reply),
                                certbind_bytes(&back, sizeof back)));
}

/* Returns: the members of a proof, written again; to be freed. */
static char *write_proof(const struct certbind_batch_proof *proof)
{
    char *log = cJSON_PrintUnformatted(proof->event_log);
    char *members = certbind_batch_proof_encode(proof->quote, certbind_text(log), &proof->place);

    assert(members != NULL);
    free(log);
    return members;
}

static void check_same(const struct certbind_batch_proof *a, const struct certbind_batch_proof *b)
{
    assert(certbind_bytes_equal(a->quote, b->quote));
    assert(certbind_bytes_equal(certbind_bytes(&a->place, sizeof a->place),
                                certbind_bytes(&b->place, sizeof b->place)));
}

static void check_session_quote(const uint8_t *data, size_t size)
{
    struct certbind_session_quote quote;
    struct certbind_session_quote back;
    char *members;
    char *text;

    if (certbind_session_quote_parse(certbind_bytes(data, size), &quote, NULL) != CERTBIND_OK)
        return;
    members = write_proof(&quote.proof);
    text = certbind_session_quote_encode(&quote.reply, members);
    assert(text != NULL);
    if (certbind_session_quote_parse(certbind_text(text), &back, NULL) == CERTBIND_OK) {
        check_same(&quote.proof, &back.proof);
        certbind_session_quote_cleanup(&back);
    }
    free(members);
    free(text);
    certbind_session_quote_cleanup(&quote);
}

static void check_fresh(const cJSON *item)
{
    struct certbind_fresh fresh;
    char *members;
    char *text;
    size_t len;

    if (item == NULL || certbind_fresh_read(item, &fresh, NULL) != CERTBIND_OK)
        return;
    members = write_proof(&fresh.proof);
    text = certbind_fresh_append(certbind_text("{\"v\":1}"), fresh.nonce, members, &len);
    assert(text != NULL);
    free(members);
    free(text);
    certbind_batch_proof_cleanup(&fresh.proof);
}

static void check_again(const struct certbind_binding_reply *reply)
{
    struct certbind_binding_reply back;
    char *log = cJSON_PrintUnformatted(reply->event_log);
    char *text = NULL;
    const struct certbind_binding_inputs inputs = {.statement = reply->statement,
                                                   .quote = reply->quote,
                                                   .event_log = certbind_text(log),
                                                   .vm_config = certbind_text(reply->vm_config),
                                                   .app_compose = reply->app_compose,
                                                   .collateral = reply->collateral};

    if (certbind_binding_reply_encode(&inputs, &text, NULL) == CERTBIND_OK) {
        assert(certbind_binding_reply_parse(certbind_text(text), &back, NULL) == CERTBIND_OK);
        assert(certbind_bytes_equal(reply->statement, back.statement));
        assert(certbind_bytes_equal(reply->quote, back.quote));
        certbind_binding_reply_cleanup(&back);
    }
    free(text);
    free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_binding_reply reply;
    struct certbind_event_log log;

    check_session(data, size);
    check_session_quote(data, size);
    if (certbind_binding_reply_parse(certbind_bytes(data, size), &reply, NULL) != CERTBIND_OK)
        return 0;
    if (certbind_event_log_read(reply.event_log, &log, NULL) == CERTBIND_OK)
        certbind_event_log_cleanup(&log);
    check_fresh(reply.fresh);
    check_again(&reply);
    certbind_binding_reply_cleanup(&reply);
    return 0;
}
