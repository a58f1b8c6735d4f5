#include "gateway/evidence/quote_desk.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/agent/request.h"

struct gateway_quote_desk {
    struct gateway_quote_desk_options o;
    uv_async_t wake;
    uv_mutex_t lock;
    struct gateway_waiting_list box; /* handed over; under the lock, like closed */
    bool closed;
    bool draining;
    struct gateway_quote_batch batch;
    struct gateway_evidence *evidence; /* the newest; NULL: none yet */
    const struct gateway_quote *stated;
    const struct gateway_info *info;
    struct gateway_quoted *quoted; /* in the making */
    uint64_t count_quoted;         /* nonces, since start */
    uint64_t count_failed;         /* the same */
};

static struct gateway_quote_ticket *ticket_of(struct gateway_waiting *w)
{
    return (struct gateway_quote_ticket *)w;
}

static void return_all(struct gateway_waiting_list *list, enum gateway_ticket_outcome outcome)
{
    struct gateway_waiting *w;

    while ((w = gateway_waiting_take(list)) != NULL)
        gateway_quote_ticket_return(ticket_of(w), outcome);
}

static void free_all(struct gateway_waiting_list *list)
{
    struct gateway_waiting *w;

    while ((w = gateway_waiting_take(list)) != NULL)
        gateway_quote_ticket_free(ticket_of(w));
}

static void forget_quoted(struct gateway_quote_desk *d)
{
    gateway_quoted_unref(d->quoted);
    d->quoted = NULL;
}

static void failed(struct gateway_quote_desk *d, const char *code, const char *detail)
{
    GATEWAY_LOG(d->o.log, GATEWAY_LOG_WARN, "nonce-quote-failed", {"code", code, 0},
                {"detail", detail, 0}, {"nonces", NULL, (int64_t)d->batch.making.count});
    forget_quoted(d);
    d->count_failed += d->batch.making.count;
    return_all(&d->batch.making, GATEWAY_TICKET_UNAVAILABLE);
}

static void deliver(struct gateway_quote_desk *d)
{
    struct gateway_waiting *w;
    size_t index = 0;

    while ((w = gateway_waiting_take(&d->batch.making)) != NULL) {
        struct gateway_quote_ticket *t = ticket_of(w);

        t->quoted = gateway_quoted_ref(d->quoted);
        t->index = index++;
        d->count_quoted++;
        gateway_quote_ticket_return(t, GATEWAY_TICKET_QUOTED);
    }
    forget_quoted(d);
}

static void try_again(struct gateway_quote_desk *d)
{
    struct gateway_waiting_list given_up = {NULL, NULL, 0};

    forget_quoted(d);
    gateway_quote_batch_again(&d->batch, &given_up);
    d->count_failed += given_up.count;
    return_all(&given_up, GATEWAY_TICKET_UNAVAILABLE);
}

/* The quote was made for the tree: is it what clients will accept? */
static void land(struct gateway_quote_desk *d)
{
    const struct gateway_evidence *named = d->quoted->evidence;
    const struct gateway_landing landing = {
        .same_statement = memcmp(named->statement_sha256, d->evidence->statement_sha256,
                                 sizeof named->statement_sha256) == 0,
        .expired = d->o.now() >= named->not_after,
        .same_td = gateway_quote_same_td(d->stated, &d->quoted->quote),
    };

    switch (gateway_quote_batch_land(&landing)) {
    case GATEWAY_LANDING_DELIVER:
        deliver(d);
        break;
    case GATEWAY_LANDING_EXPIRED:
        forget_quoted(d);
        return_all(&d->batch.making, GATEWAY_TICKET_EXPIRED);
        break;
    case GATEWAY_LANDING_RENEW:
        try_again(d);
        d->o.renew(d->o.user);
        break;
    default:
        try_again(d);
    }
}

static void on_quote(void *user, const struct gateway_agent_reply *reply)
{
    struct gateway_quote_desk *d = user;
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    certbind_status status;

    if (reply->result != GATEWAY_AGENT_OK) {
        failed(d, gateway_agent_result_name(reply->result), reply->detail);
    } else {
        status = gateway_quote_take(reply->body, d->quoted->report_data, &d->quoted->quote, &err);
        if (status == CERTBIND_OK)
            status = gateway_quote_check_info(&d->quoted->quote, d->info, &err);
        if (status == CERTBIND_OK)
            land(d);
        else
            failed(d, certbind_status_name(status), err.detail);
    }
    gateway_quote_desk_go_on(d);
}

/* Compute what the waiting nonces stand for, with the statement that is newest now. */
static bool make_tree(struct gateway_quote_desk *d)
{
    const size_t count = d->batch.making.count;
    uint8_t(*leaves)[CERTBIND_SHA256_LEN] = calloc(count, sizeof *leaves);
    bool ok = leaves != NULL;
    size_t i = 0;

    for (struct gateway_waiting *w = d->batch.making.first; ok && w != NULL; w = w->next)
        ok = gateway_quote_ticket_leaf(ticket_of(w), d->evidence->statement_sha256, leaves[i++]);
    if (ok)
        d->quoted =
            gateway_quoted_new(d->evidence, (const uint8_t(*)[CERTBIND_SHA256_LEN])leaves, count);
    free(leaves);
    return d->quoted != NULL;
}

static bool ask_quote(struct gateway_quote_desk *d)
{
    return gateway_agent_ask_quote(d->o.agent, d->quoted->report_data, on_quote, d) ==
           GATEWAY_ASKED;
}

void gateway_quote_desk_go_on(struct gateway_quote_desk *d)
{
    struct gateway_waiting_list gone = {NULL, NULL, 0};
    bool begun = d->evidence != NULL &&
                 gateway_quote_batch_begin(&d->batch, d->o.renewing(d->o.user), &gone);

    free_all(&gone);
    if (begun && (!make_tree(d) || !ask_quote(d)))
        failed(d, "memory", "memory ran out");
}

static void on_wake(uv_async_t *wake)
{
    struct gateway_quote_desk *d = wake->data;
    struct gateway_waiting_list box = {NULL, NULL, 0};
    struct gateway_waiting_list gone = {NULL, NULL, 0};
    struct gateway_waiting *w;

    uv_mutex_lock(&d->lock);
    gateway_waiting_join(&box, &d->box);
    uv_mutex_unlock(&d->lock);
    while ((w = gateway_waiting_take(&box)) != NULL) {
        if (d->draining)
            gateway_quote_ticket_return(ticket_of(w), GATEWAY_TICKET_UNAVAILABLE);
        else if (!gateway_quote_batch_add(&d->batch, w, &gone))
            gateway_quote_ticket_return(ticket_of(w), GATEWAY_TICKET_BUSY);
    }
    free_all(&gone);
    gateway_quote_desk_go_on(d);
}

struct gateway_quote_desk *gateway_quote_desk_new(const struct gateway_quote_desk_options *options)
{
    struct gateway_quote_desk *d = calloc(1, sizeof *d);

    if (d == NULL)
        return NULL;
    d->o = *options;
    if (uv_mutex_init(&d->lock) != 0) {
        free(d);
        return NULL;
    }
    if (uv_async_init(options->loop, &d->wake, on_wake) != 0) {
        uv_mutex_destroy(&d->lock);
        free(d);
        return NULL;
    }
    d->wake.data = d;
    return d;
}

bool gateway_quote_desk_hand_over(struct gateway_quote_desk *desk,
                                  struct gateway_quote_ticket *ticket)
{
    bool open;

    uv_mutex_lock(&desk->lock);
    open = !desk->closed;
    if (open) {
        gateway_waiting_add(&desk->box, &ticket->waiting);
        (void)uv_async_send(&desk->wake);
    }
    uv_mutex_unlock(&desk->lock);
    return open;
}

void gateway_quote_desk_set_evidence(struct gateway_quote_desk *desk,
                                     struct gateway_evidence *evidence,
                                     const struct gateway_quote *stated,
                                     const struct gateway_info *info)
{
    gateway_evidence_unref(desk->evidence);
    desk->evidence = gateway_evidence_ref(evidence);
    desk->stated = stated;
    desk->info = info;
}

void gateway_quote_desk_get_state(const struct gateway_quote_desk *desk,
                                  struct gateway_quote_desk_state *out)
{
    *out = (struct gateway_quote_desk_state){
        .waiting = desk->batch.gathering.count + desk->batch.making.count,
        .quoted = desk->count_quoted,
        .failed = desk->count_failed,
    };
}

void gateway_quote_desk_drain(struct gateway_quote_desk *desk)
{
    desk->draining = true;
    return_all(&desk->batch.gathering, GATEWAY_TICKET_UNAVAILABLE);
}

static void on_closed(uv_handle_t *handle)
{
    struct gateway_quote_desk *d = handle->data;

    uv_mutex_destroy(&d->lock);
    free(d);
}

void gateway_quote_desk_close(struct gateway_quote_desk *desk)
{
    if (desk == NULL)
        return;
    uv_mutex_lock(&desk->lock);
    desk->closed = true;
    uv_mutex_unlock(&desk->lock);
    free_all(&desk->box);
    free_all(&desk->batch.gathering);
    free_all(&desk->batch.making);
    forget_quoted(desk);
    gateway_evidence_unref(desk->evidence);
    uv_close((uv_handle_t *)&desk->wake, on_closed);
}
