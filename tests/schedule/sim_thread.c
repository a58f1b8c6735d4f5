/*
 * Threads of which one runs at a time: the main thread drives the machine; a worker runs only to
 * start and to end, and is parked while its loop is in uv_run, whose callbacks the main thread
 * makes. Threads are kept for the next schedule.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include <uv.h>

#include "tests/schedule/sim.h"

enum { THREADS = 4 };

struct sim_thread {
    pthread_t id;
    sem_t turn, back;
    void (*entry)(void *arg);
    void *arg;
    bool (*until)(void *arg); /* parked until this holds; NULL: runs on */
    void *until_arg;
    bool made, busy;
};

static struct sim_thread threads[THREADS];
static __thread struct sim_thread *self;

static void wait_for(sem_t *s)
{
    while (sem_wait(s) != 0)
        ;
}

static void *life(void *arg)
{
    self = arg;
    for (;;) {
        wait_for(&self->turn);
        self->entry(self->arg);
        self->busy = false;
        (void)sem_post(&self->back);
    }
    return NULL;
}

bool sim_thread_is_worker(void)
{
    return self != NULL;
}

void sim_thread_park(bool (*done)(void *arg), void *arg)
{
    self->until = done;
    self->until_arg = arg;
    (void)sem_post(&self->back);
    wait_for(&self->turn);
}

bool sim_threads_run(void)
{
    size_t first = sim_below(THREADS);

    for (size_t i = 0; i < THREADS; i++) {
        struct sim_thread *t = &threads[(first + i) % THREADS];

        if (!t->busy || (t->until != NULL && !t->until(t->until_arg)))
            continue;
        t->until = NULL;
        sim_note("thread %zu", (first + i) % THREADS);
        (void)sem_post(&t->turn);
        wait_for(&t->back);
        return true;
    }
    return false;
}

int uv_thread_create(uv_thread_t *tid, uv_thread_cb entry, void *arg)
{
    for (size_t i = 0; i < THREADS; i++) {
        struct sim_thread *t = &threads[i];

        if (t->busy)
            continue;
        t->entry = entry;
        t->arg = arg;
        t->until = NULL;
        t->busy = true;
        if (!t->made) {
            t->made = true;
            (void)sem_init(&t->turn, 0, 0);
            (void)sem_init(&t->back, 0, 0);
            if (pthread_create(&t->id, NULL, life, t) != 0)
                sim_fail("cannot create a thread");
        }
        *tid = (uv_thread_t)i;
        return 0;
    }
    return UV_EAGAIN;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): uv.h's */
int uv_thread_join(uv_thread_t *tid)
{
    while (threads[*tid].busy)
        if (!sim_step())
            sim_fail("a thread is joined that never ends");
    return 0;
}

/* Only one thread runs, and none gives up its turn inside a lock: a lock that is taken stays. */
int uv_mutex_init(uv_mutex_t *m)
{
    *(int *)m = 0;
    return 0;
}

void uv_mutex_destroy(uv_mutex_t *m)
{
    if (*(int *)m != 0)
        sim_fail("a mutex is destroyed while it is locked");
}

void uv_mutex_lock(uv_mutex_t *m)
{
    if (*(int *)m != 0)
        sim_fail("a mutex is locked twice");
    *(int *)m = 1;
}

void uv_mutex_unlock(uv_mutex_t *m)
{
    if (*(int *)m != 1)
        sim_fail("a mutex is unlocked that is not locked");
    *(int *)m = 0;
}

int uv_cond_init(uv_cond_t *cond)
{
    (void)cond;
    return 0;
}

void uv_cond_destroy(uv_cond_t *cond)
{
    (void)cond;
}

void uv_cond_signal(uv_cond_t *cond)
{
    (void)cond;
}

void uv_cond_wait(uv_cond_t *cond, uv_mutex_t *m)
{
    (void)cond;
    uv_mutex_unlock(m);
    if (!sim_threads_run())
        sim_fail("a condition is waited for that nobody can signal");
    uv_mutex_lock(m);
}
