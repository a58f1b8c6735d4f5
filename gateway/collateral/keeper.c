#include "gateway/collateral/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/collateral/fetch.h"

enum {
    DAY_S = 86400,
    MIN_REFRESH_S = 60,
    FIRST_RETRY_S = 2,
    MAX_RETRY_S = 600,
    MAX_DOUBLINGS = 9,
    LOOK_MS = 1000
};

/* What must live until its timer is closed. */
struct gateway_keeper_handle {
    uv_timer_t timer;
    struct gateway_keeper_options o;
    struct gateway_collateral_keeper *keeper;
    struct gateway_collateral_job *job;
    uint8_t *quote; /* owned */
    size_t quote_len;
    int64_t next_at; /* Unix seconds */
};

int64_t gateway_keeper_pause_s(int64_t now, uint64_t valid_until, unsigned failures)
{
    int64_t left = (int64_t)valid_until - now;
    int64_t retry;

    if (failures > 0) {
        retry = (int64_t)FIRST_RETRY_S << (failures < MAX_DOUBLINGS ? failures - 1 : MAX_DOUBLINGS);
        return retry < MAX_RETRY_S ? retry : MAX_RETRY_S;
    }
    if (left / 2 < MIN_REFRESH_S)
        return MIN_REFRESH_S;
    return left / 2 < DAY_S ? left / 2 : DAY_S;
}

static void tell(const struct gateway_keeper_handle *h)
{
    const struct gateway_self_check *c = &h->keeper->check;

    GATEWAY_LOG(h->o.log, c->code == CERTBIND_OK ? GATEWAY_LOG_INFO : GATEWAY_LOG_WARN,
                "self-check", {"result", certbind_status_name(c->code), 0},
                {"tcb", certbind_tcb_status_name(c->tcb), 0},
                {"simulated", c->simulated ? "true" : "false", 0},
                {"collateral_until", NULL, (int64_t)c->valid_until}, {"detail", c->detail, 0});
}

static void drop(struct gateway_collateral_keeper *k)
{
    free(k->owned);
    k->owned = NULL;
    k->bundle = NULL;
    k->bundle_len = 0;
    k->check = (struct gateway_self_check){0};
}

/* Returns: whether the collateral at hand has expired and was dropped. */
static bool drop_expired(struct gateway_keeper_handle *h)
{
    struct gateway_collateral_keeper *k = h->keeper;

    if (k->bundle == NULL || (uint64_t)h->o.now() <= k->check.valid_until)
        return false;
    drop(k);
    GATEWAY_LOG(h->o.log, GATEWAY_LOG_WARN, "collateral-expired",
                {"failures", NULL, (int64_t)k->failures});
    return true;
}

static void failed(struct gateway_keeper_handle *h, const char *code, const char *detail)
{
    h->keeper->failures++;
    h->keeper->fetches_failed++;
    GATEWAY_LOG(h->o.log, GATEWAY_LOG_WARN, "collateral-unavailable", {"code", code, 0},
                {"detail", detail, 0}, {"failures", NULL, (int64_t)h->keeper->failures});
}

/* A bundle that its own signatures do not hold is of no use to a client either. */
static void take(struct gateway_keeper_handle *h, const struct gateway_collateral_result *r)
{
    struct gateway_collateral_keeper *k = h->keeper;

    if (r->status != CERTBIND_OK || r->check.valid_until == 0) {
        failed(h, certbind_status_name(r->status != CERTBIND_OK ? r->status : r->check.code),
               r->status != CERTBIND_OK ? r->detail : r->check.detail);
        free(r->bundle);
        return;
    }
    drop(k);
    k->bundle = k->owned = r->bundle;
    k->bundle_len = r->bundle_len;
    k->check = r->check;
    k->failures = 0;
    k->fetches_ok++;
    tell(h);
}

static void on_done(void *user, const struct gateway_collateral_result *result)
{
    struct gateway_keeper_handle *h = user;
    struct gateway_collateral_keeper *k = h->keeper;

    h->job = NULL;
    k->asked = true;
    take(h, result);
    (void)drop_expired(h);
    h->next_at = h->o.now() + gateway_keeper_pause_s(h->o.now(), k->check.valid_until, k->failures);
    h->o.on_change(h->o.user);
}

static void fetch(struct gateway_keeper_handle *h)
{
    int64_t now = h->o.now();

    h->job = gateway_collateral_fetch(h->o.loop, h->o.url, certbind_bytes(h->quote, h->quote_len),
                                      (uint64_t)now, on_done, h);
    if (h->job != NULL)
        return;
    h->keeper->asked = true;
    failed(h, "memory", "memory ran out");
    h->next_at = now + gateway_keeper_pause_s(now, 0, h->keeper->failures);
}

static void on_timer(uv_timer_t *timer)
{
    struct gateway_keeper_handle *h = timer->data;

    if (drop_expired(h))
        h->o.on_change(h->o.user);
    if (h->job == NULL && h->o.now() >= h->next_at)
        fetch(h);
}

static bool copy_quote(struct gateway_keeper_handle *h, struct certbind_bytes quote)
{
    uint8_t *copy = malloc(quote.len);

    if (copy == NULL)
        return false;
    memcpy(copy, quote.data, quote.len);
    free(h->quote);
    h->quote = copy;
    h->quote_len = quote.len;
    return true;
}

bool gateway_keeper_start(struct gateway_collateral_keeper *keeper,
                          const struct gateway_keeper_options *options, struct certbind_bytes quote)
{
    struct gateway_keeper_handle *h;

    *keeper = (struct gateway_collateral_keeper){.asked = options->url[0] == '\0'};
    if (keeper->asked)
        return true;
    h = calloc(1, sizeof *h);
    if (h == NULL || !copy_quote(h, quote)) {
        free(h);
        return false;
    }
    h->o = *options;
    h->keeper = keeper;
    keeper->handle = h;
    (void)uv_timer_init(options->loop, &h->timer);
    h->timer.data = h;
    /* The wall clock is looked at each second: it may be set, and machines are suspended. */
    (void)uv_timer_start(&h->timer, on_timer, LOOK_MS, LOOK_MS);
    fetch(h);
    return true;
}

void gateway_keeper_set_quote(struct gateway_collateral_keeper *keeper, struct certbind_bytes quote)
{
    struct gateway_keeper_handle *h = keeper->handle;

    if (h == NULL || !copy_quote(h, quote) || keeper->bundle == NULL)
        return;
    gateway_self_check(quote, certbind_bytes(keeper->bundle, keeper->bundle_len),
                       (uint64_t)h->o.now(), &keeper->check);
    tell(h);
}

static void on_closed(uv_handle_t *handle)
{
    struct gateway_keeper_handle *h = handle->data;

    free(h->quote);
    free(h);
}

void gateway_keeper_stop(struct gateway_collateral_keeper *keeper)
{
    drop(keeper);
    if (keeper->handle == NULL)
        return;
    gateway_collateral_forget(keeper->handle->job);
    uv_close((uv_handle_t *)&keeper->handle->timer, on_closed);
    keeper->handle = NULL;
}
