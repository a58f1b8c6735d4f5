#include "certbind/session_quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

certbind_status certbind_session_quote_parse(struct certbind_bytes text,
                                             struct certbind_session_quote *out,
                                             struct certbind_error *err)
{
    certbind_status status;

    memset(out, 0, sizeof *out);
    status = certbind_session_reply_read(text, CERTBIND_SESSION_KIND_QUOTE, &out->reply, &out->json,
                                         err);
    if (status == CERTBIND_OK)
        status = certbind_batch_proof_read(out->json.root, &out->proof, err);
    if (status != CERTBIND_OK)
        certbind_session_quote_cleanup(out);
    return status;
}

void certbind_session_quote_cleanup(struct certbind_session_quote *quote)
{
    certbind_batch_proof_cleanup(&quote->proof);
    certbind_json_cleanup(&quote->json);
    memset(quote, 0, sizeof *quote);
}

char *certbind_session_quote_encode(const struct certbind_session_reply *reply, const char *members)
{
    const size_t room = CERTBIND_SESSION_REPLY_ROOM + strlen(members) + 1;
    char head[CERTBIND_SESSION_REPLY_ROOM];
    char *text = malloc(room);

    if (text == NULL)
        return NULL;
    certbind_session_head_write(reply, CERTBIND_SESSION_KIND_QUOTE, head);
    (void)snprintf(text, room, "%s,%s}", head, members);
    return text;
}
