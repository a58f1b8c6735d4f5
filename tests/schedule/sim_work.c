/* What the simulated libuv does on its thread pool: lookups and work, ending in any order. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "tests/schedule/sim_uv.h"

static const uint64_t LOOKUP_LATENCY = 400 * SIM_MS;

unsigned (*sim_on_lookup)(const char *host);

struct task {
    struct sim_item item; /* first member */
    struct sim_loop *loop;
    uv_req_t *req;
    uint64_t at;
    bool canceled, worked;
    struct addrinfo *found;
    uv_getaddrinfo_cb lookup_cb;
    uv_work_cb work_cb;
    uv_after_work_cb after_cb;
};

static uint64_t task_ready(struct sim_item *item)
{
    return ((struct task *)item)->at;
}

static void task_over(struct task *t)
{
    struct task last = *t;

    sim_remove(&t->item);
    t->loop->requests--;
    free(t);
    if (last.lookup_cb != NULL)
        last.lookup_cb((uv_getaddrinfo_t *)last.req,
                       last.canceled        ? UV_ECANCELED
                       : last.found == NULL ? UV_EAI_NONAME
                                            : 0,
                       last.canceled ? NULL : last.found);
    else
        last.after_cb((uv_work_t *)last.req, last.canceled ? UV_ECANCELED : 0);
}

static void task_run(struct sim_item *item)
{
    struct task *t = (struct task *)item;

    if (t->work_cb != NULL && !t->worked && !t->canceled) {
        t->worked = true;
        t->work_cb((uv_work_t *)t->req);
        t->at = sim_now() + sim_delay(LOOKUP_LATENCY);
        return;
    }
    task_over(t);
}

static const struct sim_item_ops task_ops = {"task", task_ready, task_run};

static struct task *task_new(uv_loop_t *loop, uv_req_t *req)
{
    struct task *t = calloc(1, sizeof *t);

    if (t == NULL)
        sim_fail("memory");
    t->loop = loop->internal_fields;
    t->loop->requests++;
    t->req = req;
    t->at = sim_now() + (sim_chance(20) ? 8 * SIM_S : sim_delay(LOOKUP_LATENCY));
    sim_add(&t->item, &task_ops);
    req->reserved[0] = t;
    return t;
}

static struct addrinfo *address(uint32_t host, uint16_t port, struct addrinfo *next)
{
    struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in));
    struct sockaddr_in *v4;

    if (a == NULL)
        sim_fail("memory");
    v4 = (struct sockaddr_in *)(a + 1);
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(host);
    v4->sin_port = htons(port);
    a->ai_family = AF_INET;
    a->ai_addr = (struct sockaddr *)v4;
    a->ai_addrlen = sizeof *v4;
    a->ai_next = next;
    return a;
}

int uv_getaddrinfo(uv_loop_t *loop, uv_getaddrinfo_t *req, uv_getaddrinfo_cb cb, const char *host,
                   const char *service, const struct addrinfo *hints)
{
    struct task *t;

    (void)hints;
    if (sim_chance(100))
        return UV_ENOMEM;
    t = task_new(loop, (uv_req_t *)req);
    t->lookup_cb = cb;
    for (unsigned i = sim_on_lookup(host); i > 0; i--)
        t->found = address(0x0a000000U + i, (uint16_t)strtoul(service, NULL, 10), t->found);
    return 0;
}

void uv_freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;

        free(list);
        list = next;
    }
}

int uv_queue_work(uv_loop_t *loop, uv_work_t *req, uv_work_cb work, uv_after_work_cb after)
{
    struct task *t = task_new(loop, (uv_req_t *)req);

    t->work_cb = work;
    t->after_cb = after;
    return 0;
}

int uv_cancel(uv_req_t *req)
{
    struct task *t = req->reserved[0];

    if (t->worked || sim_chance(2))
        return UV_EBUSY;
    uv_freeaddrinfo(t->found);
    t->found = NULL;
    t->canceled = true;
    t->at = sim_now();
    return 0;
}
