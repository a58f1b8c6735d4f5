#include "tests/unit/certbind/batch_world.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/session_quote.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

enum { LEAVES = 3, OURS = 1, SIGNATURE_AT = 636 };

/* Out: report_data of the tree, place of the value. */
static void make_tree(const uint8_t value[64], bool alone, uint8_t report_data[64],
                      struct certbind_tree_proof *place)
{
    const size_t count = alone ? 1 : LEAVES;
    const size_t index = alone ? 0 : OURS;
    uint8_t other[64] = {1};
    uint8_t leaves[LEAVES][32];
    struct certbind_tree tree;

    for (size_t i = 0; i < count; i++)
        assert_true(certbind_tree_leaf(i == index ? value : other, leaves[i]));
    assert_true(certbind_tree_build(&tree, (const uint8_t(*)[32])leaves, count));
    assert_true(certbind_batch_report_data(certbind_tree_root(&tree), count, report_data));
    certbind_tree_prove(&tree, index, place);
    certbind_tree_free(&tree);
}

char *batch_members(struct world *w, const uint8_t value[64], const struct batch_knobs *knobs)
{
    const char *log = knobs->log == NULL ? w->log : knobs->log;
    struct certbind_tree_proof place;
    uint8_t report_data[64];
    uint8_t *bytes;
    char *members;

    make_tree(knobs->value == NULL ? value : knobs->value, knobs->alone, report_data, &place);
    if (knobs->report_data != NULL)
        memcpy(report_data, knobs->report_data, sizeof report_data);
    w->extra = knobs->patch;
    bytes = world_quote(w, report_data, log, knobs->rtmr3, knobs->mrtd);
    w->extra = (struct forge_patch){.hex = NULL};
    if (knobs->is_unsigned)
        bytes[SIGNATURE_AT] ^= 1;
    members =
        certbind_batch_proof_encode(certbind_bytes(bytes, w->forge.quote_len), certbind_text(log),
                                    knobs->place == NULL ? &place : knobs->place);
    assert_non_null(members);
    free(bytes);
    return members;
}

static char *edited(char *text, const struct world_edit *edit)
{
    char *out;

    if (edit->from == NULL)
        return text;
    out = text_replace(text, edit->from, edit->to);
    free(text);
    return out;
}

char *batch_session_reply(struct world *w, const struct batch_knobs *knobs)
{
    struct certbind_session_inputs inputs;
    struct certbind_session_reply reply;
    uint8_t value[64];
    char *members;
    char *text;

    world_session_inputs(w, &inputs);
    assert_true(certbind_session_value(&inputs, value));
    assert_int_equal(CERTBIND_OK, certbind_session_sign(&inputs, w->session_key, &reply, NULL));
    members = batch_members(w, value, knobs);
    text = certbind_session_quote_encode(&reply, members);
    assert_non_null(text);
    free(members);
    return edited(text, &knobs->edit);
}

certbind_status batch_session(struct world *w, const struct batch_knobs *knobs)
{
    struct certbind_connection connection = world_connection(w);
    struct certbind_session_inputs inputs;
    char *text = batch_session_reply(w, knobs);
    certbind_status status;

    world_session_inputs(w, &inputs);
    const struct certbind_session_evidence session = {
        .reply = certbind_text(text),
        .nonce = inputs.nonce,
        .exporter = inputs.exporter,
        .policy = &w->policy,
        .quote_form = true,
        .sent_at = knobs->sent_at == 0 ? w->now : knobs->sent_at};

    w->err = (struct certbind_error){0};
    status =
        certbind_verify_session(&w->evidence, &connection, &session, w->now, &w->report, &w->err);
    free(text);
    return status;
}

certbind_status batch_fresh(struct world *w, const struct batch_knobs *knobs)
{
    uint8_t nonce[32];
    uint8_t value[64];
    uint8_t statement[32];
    struct certbind_binding_reply parsed;
    struct certbind_binding_check check;
    certbind_status status;
    char *members;
    char *text;
    size_t len;

    memset(nonce, 5, sizeof nonce);
    assert_int_equal(CERTBIND_OK,
                     certbind_binding_reply_parse(certbind_text(w->reply), &parsed, NULL));
    assert_true(certbind_sha256(parsed.statement, statement));
    certbind_binding_reply_cleanup(&parsed);
    assert_true(certbind_binding_value(statement, certbind_bytes(nonce, sizeof nonce), value));
    members = batch_members(w, value, knobs);
    text = certbind_fresh_append(certbind_text(w->reply), nonce, members, &len);
    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    free(members);
    text = edited(text, &knobs->edit);
    check = world_check(w);
    check.reply = certbind_text(text);
    check.nonce = nonce;
    check.nonce_sent_at = knobs->sent_at == 0 ? w->now : knobs->sent_at;
    certbind_evidence_cleanup(&w->evidence);
    w->err = (struct certbind_error){0};
    status = certbind_verify_binding(&check, &w->report, &w->evidence, &w->err);
    free(text);
    return status;
}
