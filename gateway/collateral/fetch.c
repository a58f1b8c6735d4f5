#include "gateway/collateral/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "ra-tls/collateral.h"

enum { TIMEOUT_MS = 30000 };

struct gateway_collateral_job {
    uv_work_t work;
    gateway_collateral_done done; /* NULL: forgotten */
    void *user;
    const char *url;
    uint64_t now;
    struct gateway_collateral_result result;
    struct certbind_error err;
    size_t quote_len;
    uint8_t quote[];
};

/* On a thread of the pool; nothing else touches the job meanwhile but done and user. */
static void run(uv_work_t *work)
{
    struct gateway_collateral_job *job = work->data;
    struct gateway_collateral_result *r = &job->result;
    struct certbind_bytes quote = certbind_bytes(job->quote, job->quote_len);

    r->status =
        ratls_collateral_fetch(job->url, quote, TIMEOUT_MS, &r->bundle, &r->bundle_len, &job->err);
    if (r->status == CERTBIND_OK)
        gateway_self_check(quote, certbind_bytes(r->bundle, r->bundle_len), job->now, &r->check);
}

static void after(uv_work_t *work, int status)
{
    struct gateway_collateral_job *job = work->data;

    job->result.detail = status == 0 ? job->err.detail : uv_strerror(status);
    if (job->done != NULL)
        job->done(job->user, &job->result);
    else
        free(job->result.bundle);
    free(job);
}

struct gateway_collateral_job *gateway_collateral_fetch(uv_loop_t *loop, const char *url,
                                                        struct certbind_bytes quote, uint64_t now,
                                                        gateway_collateral_done done, void *user)
{
    struct gateway_collateral_job *job = calloc(1, sizeof *job + quote.len);

    if (job == NULL)
        return NULL;
    job->work.data = job;
    job->done = done;
    job->user = user;
    job->url = url;
    job->now = now;
    job->quote_len = quote.len;
    memcpy(job->quote, quote.data, quote.len);
    if (uv_queue_work(loop, &job->work, run, after) != 0) {
        free(job);
        return NULL;
    }
    return job;
}

void gateway_collateral_forget(struct gateway_collateral_job *job)
{
    if (job == NULL)
        return;
    job->done = NULL;
    (void)uv_cancel((uv_req_t *)&job->work);
}
