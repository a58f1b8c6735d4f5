#include "gateway/evidence/quote_ticket.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "gateway/core/server.h"

struct gateway_quote_ticket *gateway_quote_ticket_new(struct gw_loop *loop, struct gw_exchange *x)
{
    struct gateway_quote_ticket *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    atomic_init(&t->waiting.gone, false);
    t->loop = loop;
    t->x = x;
    t->inputs.server_name = t->server_name;
    return t;
}

bool gateway_quote_ticket_leaf(struct gateway_quote_ticket *ticket,
                               const uint8_t statement_sha256[CERTBIND_SHA256_LEN],
                               uint8_t leaf[CERTBIND_SHA256_LEN])
{
    struct certbind_session_inputs *in = &ticket->inputs;
    uint8_t value[CERTBIND_REPORT_DATA_LEN];
    bool ok;

    memcpy(in->statement_sha256, statement_sha256, sizeof in->statement_sha256);
    ok = ticket->session
             ? certbind_session_value(in, value)
             : certbind_binding_value(in->statement_sha256,
                                      certbind_bytes(in->nonce, sizeof in->nonce), value);
    return ok && certbind_tree_leaf(value, leaf);
}

void gateway_quote_ticket_return(struct gateway_quote_ticket *ticket,
                                 enum gateway_ticket_outcome outcome)
{
    ticket->outcome = outcome;
    if (!gw_loop_post(ticket->loop, ticket->answer, ticket))
        gateway_quote_ticket_free(ticket);
}

void gateway_quote_ticket_free(struct gateway_quote_ticket *ticket)
{
    if (ticket == NULL)
        return;
    gateway_quoted_unref(ticket->quoted);
    OPENSSL_cleanse(&ticket->inputs, sizeof ticket->inputs);
    free(ticket);
}
