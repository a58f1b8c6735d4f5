#include "gateway/evidence/quote_batch.h"

static const gateway_nonce_mark waits = UINT64_MAX;

void gateway_waiting_add(struct gateway_waiting_list *list, struct gateway_waiting *w)
{
    w->next = NULL;
    if (list->first == NULL)
        list->first = w;
    else
        *list->end = w;
    list->end = &w->next;
    list->count++;
}

void gateway_waiting_join(struct gateway_waiting_list *list, struct gateway_waiting_list *more)
{
    if (more->first == NULL)
        return;
    if (list->first == NULL)
        list->first = more->first;
    else
        *list->end = more->first;
    list->end = more->end;
    list->count += more->count;
    *more = (struct gateway_waiting_list){NULL, NULL, 0};
}

struct gateway_waiting *gateway_waiting_take(struct gateway_waiting_list *list)
{
    struct gateway_waiting *w = list->first;

    if (w == NULL)
        return NULL;
    list->first = w->next;
    list->count--;
    if (list->first == NULL)
        list->end = NULL;
    w->next = NULL;
    return w;
}

/* Move those that still wait to one list, the others to another. */
static void sort_out(struct gateway_waiting_list *from, struct gateway_waiting_list *here,
                     struct gateway_waiting_list *gone)
{
    struct gateway_waiting *w;

    while ((w = gateway_waiting_take(from)) != NULL)
        gateway_waiting_add(atomic_load(&w->gone) ? gone : here, w);
}

bool gateway_quote_batch_add(struct gateway_quote_batch *batch, struct gateway_waiting *w,
                             struct gateway_waiting_list *gone)
{
    struct gateway_waiting_list here = {NULL, NULL, 0};

    if (batch->gathering.count >= GATEWAY_QUOTE_QUEUE) {
        sort_out(&batch->gathering, &here, gone);
        batch->gathering = here;
    }
    if (batch->gathering.count >= GATEWAY_QUOTE_QUEUE)
        return false;
    gateway_waiting_add(&batch->gathering, w);
    return true;
}

bool gateway_quote_batch_begin(struct gateway_quote_batch *batch, bool renewing,
                               struct gateway_waiting_list *gone)
{
    if (renewing || batch->making.first != NULL)
        return false;
    sort_out(&batch->gathering, &batch->making, gone);
    for (struct gateway_waiting *w = batch->making.first; w != NULL; w = w->next)
        w->tries++;
    return batch->making.first != NULL;
}

void gateway_quote_batch_again(struct gateway_quote_batch *batch,
                               struct gateway_waiting_list *given_up)
{
    struct gateway_waiting_list first = {NULL, NULL, 0};
    struct gateway_waiting *w;

    while ((w = gateway_waiting_take(&batch->making)) != NULL)
        gateway_waiting_add(w->tries < GATEWAY_QUOTE_TRIES ? &first : given_up, w);
    gateway_waiting_join(&first, &batch->gathering);
    batch->gathering = first;
}

enum gateway_landing_verdict gateway_quote_batch_land(const struct gateway_landing *landing)
{
    if (!landing->same_statement)
        return GATEWAY_LANDING_AGAIN;
    if (landing->expired)
        return GATEWAY_LANDING_EXPIRED;
    return landing->same_td ? GATEWAY_LANDING_DELIVER : GATEWAY_LANDING_RENEW;
}

unsigned gateway_nonce_ask(gateway_nonce_mark *mark, uint64_t now_ms)
{
    if (*mark == waits)
        return GATEWAY_NONCE_PAUSE_MS / 1000;
    if (*mark > now_ms)
        return (unsigned)((*mark - now_ms + 999) / 1000);
    *mark = waits;
    return 0;
}

void gateway_nonce_answered(gateway_nonce_mark *mark, uint64_t asked_ms)
{
    *mark = asked_ms + GATEWAY_NONCE_PAUSE_MS;
}
