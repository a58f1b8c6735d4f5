#include "gateway/upstream_attested/prove.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/core/server.h"
#include "gateway/upstream_attested/tunnel.h"

/* Collateral that is fetched in a worker thread; outlives its proof if that ends first. */
struct fetch {
    uv_work_t work;
    struct proof *proof; /* NULL: nobody waits any more */
    const struct attested_prover *prover;
    uint8_t *quote;
    size_t quote_len;
    char *bundle;
    size_t bundle_len;
    struct ratls_tried tried;
};

/* A pause that the server asked for; outlives its proof until the loop has closed the timer. */
struct pause {
    uv_timer_t timer;
    struct proof *proof;
};

struct proof {
    const struct attested_prover *prover;
    struct gw_loop *loop;
    struct gw_proof *handle;
    struct ratls_session *session;
    struct fetch *fetch; /* NULL: none under way, as below */
    struct pause *pause;
    bool renewing;                  /* the next step proves it once more */
    bool wants_tunnel;              /* a stream waits for it */
    struct attested_tunnel *tunnel; /* asked for; NULL: not yet */
};

enum { RENEW_MARGIN_S = 1 }; /* a request begins only on a proof that holds so long */

static uint64_t unix_now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec < 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t unix_now(void)
{
    return unix_now_ms() / 1000;
}

static void fetch_free(struct fetch *f)
{
    free(f->quote);
    free(f->bundle);
    free(f);
}

static void on_fetch(uv_work_t *work)
{
    struct fetch *f = work->data;
    const struct ratls_target *target = f->prover->target;
    const struct ratls_search search = {
        .sources = target->sources,
        .quote = certbind_bytes(f->quote, f->quote_len),
        .now = unix_now(),
        .timeout_ms = (long)target->timeout_ms,
    };
    certbind_status status =
        ratls_collateral_find(f->prover->ctx, &search, &f->bundle, &f->bundle_len, &f->tried, NULL);

    if (status != CERTBIND_OK) /* the session then refuses for want of collateral */
        f->bundle_len = 0;
}

static void on_fetched(uv_work_t *work, int canceled)
{
    struct fetch *f = work->data;
    struct proof *p = f->proof;

    if (p != NULL) {
        p->fetch = NULL;
        ratls_session_tell_tried(p->session, &f->tried);
        ratls_session_give_collateral(p->session,
                                      certbind_bytes(f->bundle, canceled != 0 ? 0 : f->bundle_len));
        gw_proof_resume(p->handle);
    }
    fetch_free(f);
}

/* Returns: whether a fetch is under way. */
static bool start_fetch(struct proof *p)
{
    struct certbind_bytes quote = ratls_session_quote(p->session);
    struct fetch *f;

    if (p->prover->target->sources == NULL)
        return false;
    f = calloc(1, sizeof *f);
    if (f == NULL)
        return false;
    f->quote = malloc(quote.len);
    f->work.data = f;
    f->prover = p->prover;
    f->proof = p;
    if (f->quote != NULL)
        memcpy(f->quote, quote.data, quote.len);
    f->quote_len = quote.len;
    if (f->quote == NULL ||
        uv_queue_work(gw_loop_uv(p->loop), &f->work, on_fetch, on_fetched) != 0) {
        fetch_free(f);
        return false;
    }
    p->fetch = f;
    return true;
}

static void on_pause_closed(uv_handle_t *timer)
{
    free(timer->data);
}

static void end_pause(struct proof *p)
{
    uv_close((uv_handle_t *)&p->pause->timer, on_pause_closed);
    p->pause = NULL;
}

static void on_pause_over(uv_timer_t *timer)
{
    struct pause *pause = timer->data;
    struct proof *p = pause->proof;

    end_pause(p);
    gw_proof_resume(p->handle);
}

/* Returns: whether the proof goes on by itself. */
static bool start_pause(struct proof *p, unsigned ms)
{
    struct pause *pause = calloc(1, sizeof *pause);

    if (pause == NULL || uv_timer_init(gw_loop_uv(p->loop), &pause->timer) != 0) {
        free(pause);
        return false;
    }
    pause->timer.data = pause;
    pause->proof = p;
    p->pause = pause;
    (void)uv_timer_start(&pause->timer, on_pause_over, ms, 0);
    return true;
}

static void *proof_begin(void *user, const struct gw_proof_begin *begin)
{
    const struct attested_prover *prover = user;
    struct proof *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->prover = prover;
    p->loop = begin->loop;
    p->handle = begin->handle;
    p->session =
        ratls_session_new(prover->ctx, begin->ssl, prover->target->host, prover->target->port);
    if (p->session == NULL) {
        free(p);
        return NULL;
    }
    if (prover->tunnel != NULL)
        ratls_session_demand_alpn(p->session, ATTESTED_TUNNEL_ALPN);
    p->wants_tunnel = prover->tunnel != NULL && begin->tunnel;
    return p;
}

static void refuse(const struct proof *p, struct gw_proof_result *out)
{
    const struct certbind_report *report = ratls_session_report(p->session);

    out->state = GW_PROOF_REFUSED;
    out->code = certbind_status_name(report->code);
    out->message = report->detail[0] != '\0' ? report->detail : certbind_status_text(report->code);
}

/* Without a fetch under way and without anything kept the session refuses by itself: nothing was
 * given. */
static bool give_kept(struct proof *p)
{
    return ratls_collateral_give_kept(p->prover->ctx, p->session, unix_now());
}

static enum ratls_want next(struct proof *p, const uint8_t *data, size_t len,
                            struct ratls_output *send)
{
    const bool renewing = p->renewing && len == 0;

    p->renewing = false;
    return renewing ? ratls_session_renew(p->session, unix_now(), send)
                    : ratls_session_step(p->session, data, len, unix_now(), send);
}

/* The far side is proven. Only now it hears that a stream is wanted. */
static void ask_tunnel(struct proof *p, struct gw_proof_result *out)
{
    p->tunnel = attested_tunnel_new(p->prover->tunnel);
    if (p->tunnel == NULL) {
        ratls_session_fail(p->session, CERTBIND_E_MEMORY, "memory ran out");
        refuse(p, out);
        return;
    }
    out->state = GW_PROOF_NEED_MORE;
    out->send = (const uint8_t *)p->tunnel->request;
    out->send_len = p->tunnel->request_len;
}

static void take_tunnel(struct proof *p, const uint8_t *data, size_t len,
                        struct gw_proof_result *out)
{
    size_t used;

    switch (attested_tunnel_take(p->tunnel, data, len, &used)) {
    case ATTESTED_TUNNEL_MORE:
        out->state = GW_PROOF_NEED_MORE;
        break;
    case ATTESTED_TUNNEL_OPEN:
        out->state = GW_PROOF_READY;
        out->rest = data + used;
        out->rest_len = len - used;
        break;
    default:
        out->state = GW_PROOF_REFUSED;
        out->code = p->tunnel->code;
        out->message = p->tunnel->message;
    }
}

static void session_step(struct proof *p, const uint8_t *data, size_t len,
                         struct gw_proof_result *out)
{
    struct ratls_output send = {0};
    enum ratls_want want = next(p, data, len, &send);

    /* What is kept helps once; the session asks twice at most. */
    for (int asked = 0; want == RATLS_WANT_COLLATERAL; asked++) {
        if ((asked > 0 || !give_kept(p)) && start_fetch(p))
            break;
        want = ratls_session_step(p->session, NULL, 0, unix_now(), &send);
    }
    if (want == RATLS_WANT_TIME && !start_pause(p, send.wait_ms)) {
        ratls_session_fail(p->session, CERTBIND_E_MEMORY, "memory ran out");
        want = RATLS_REFUSED;
    }
    out->send = send.send;
    out->send_len = send.send_len;
    if (want == RATLS_ACCEPTED && p->wants_tunnel)
        ask_tunnel(p, out);
    else if (want == RATLS_ACCEPTED)
        out->state = GW_PROOF_READY;
    else if (want == RATLS_WANT_BYTES)
        out->state = GW_PROOF_NEED_MORE;
    else if (want == RATLS_WANT_COLLATERAL || want == RATLS_WANT_TIME)
        out->state = GW_PROOF_WAITING;
    else
        refuse(p, out);
}

static void proof_step(void *proof, const uint8_t *data, size_t len, struct gw_proof_result *out)
{
    struct proof *p = proof;

    if (p->tunnel != NULL)
        take_tunnel(p, data, len, out);
    else
        session_step(p, data, len, out);
}

static bool proof_usable(void *proof)
{
    const struct proof *p = proof;

    return ratls_session_extend(p->session, unix_now() + RENEW_MARGIN_S);
}

static uint64_t proof_left_ms(void *proof)
{
    const struct proof *p = proof;
    const uint64_t now_ms = unix_now_ms();
    uint64_t end_ms; /* of the last second */

    if (!ratls_session_extend(p->session, now_ms / 1000))
        return 0;
    end_ms = (ratls_session_expires_at(p->session) + 1) * 1000;
    return end_ms - now_ms < UINT32_MAX ? end_ms - now_ms : UINT32_MAX;
}

static bool proof_renew(void *proof)
{
    struct proof *p = proof;

    p->renewing = true;
    return true;
}

static void proof_end(void *proof)
{
    struct proof *p = proof;

    if (p->fetch != NULL)
        p->fetch->proof = NULL;
    if (p->pause != NULL)
        end_pause(p);
    ratls_session_free(p->session);
    free(p->tunnel);
    free(p);
}

const struct gw_proof_ops attested_proof_ops = {
    .begin = proof_begin,
    .step = proof_step,
    .usable = proof_usable,
    .end = proof_end,
    .left_ms = proof_left_ms,
    .renew = proof_renew,
};
