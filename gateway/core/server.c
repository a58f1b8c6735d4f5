#include "gateway/core/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/loop.h"
#include "gateway/core/server_private.h"
#include "gateway/core/sockets.h"
#include "gateway/core/spare_file.h"

enum { ADDRESS_TEXT = 64 };

/* Servers known and servers up, in one word so that both belong together. */
typedef _Atomic uint64_t upstream_word;

struct gw_server {
    struct gw_config config;
    struct gw_identity *identity; /* for the start of the loops */
    struct gw_loop *loops;
    unsigned threads, created;
    int *fds;                        /* listeners x threads; -1: taken */
    char (*addresses)[ADDRESS_TEXT]; /* one per listener */
    upstream_word *upstreams;        /* one per configured upstream */
    uv_mutex_t lock;
    uv_cond_t changed;
    unsigned ready, failed; /* under lock */
    char *err;              /* of the first failure, under lock */
    size_t err_len;
    atomic_uint running;
    struct gw_spare_file *spare;
};

void gw_config_init(struct gw_config *config)
{
    *config = (struct gw_config){
        .threads = 1,
        .via = "devproof",
        .timeouts =
            {
                .handshake = 10000,
                .head = 10000,
                .idle = 75000,
                .body = 30000,
                .decision = 30000,
                .connect = 5000,
                .proof = 30000,
                .proof_request = 10000,
                .first_byte = 60000,
                .between_bytes = 60000,
                .write_stuck = 60000,
                .upstream_idle = 60000,
                .upstream_queue = 5000,
                .drain = 30000,
                .linger = 2000,
                .resolve_again = 30000,
            },
        .limits =
            {
                .max_connections = 8192,
                .max_head_bytes = 16384,
                .max_fields = 100,
                .max_discard_bytes = 65536,
                .queue_high = 65536,
                .queue_low = 16384,
                .max_interim = 16,
                .backlog = 4096,
            },
    };
}

/* Returns: whether every slot has a socket: bound here, or a duplicate of the caller's. */
static bool take_sockets(struct gw_server *s, char *err, size_t err_len)
{
    const size_t count = gw_sockets_count(&s->config);

    if (s->config.sockets == NULL)
        return gw_sockets_bind(&s->config, s->fds, err, err_len);
    for (size_t i = 0; i < count; i++) {
        s->fds[i] = fcntl(s->config.sockets[i], F_DUPFD_CLOEXEC, 0);
        if (s->fds[i] < 0) {
            (void)snprintf(err, err_len, "cannot take a listening socket: %s", strerror(errno));
            return false;
        }
    }
    return true;
}

static bool learn_addresses(struct gw_server *s, char *err, size_t err_len)
{
    for (size_t i = 0; i < s->config.listeners_count; i++) {
        if (!gw_socket_address(s->fds[i * s->threads], s->addresses[i], ADDRESS_TEXT)) {
            (void)snprintf(err, err_len, "cannot read the address of a listening socket: %s",
                           strerror(errno));
            return false;
        }
    }
    return true;
}

static bool start_loop(struct gw_loop *loop, char *err, size_t err_len)
{
    const struct gw_config *config = loop->config;

    if (!gw_loop_init(loop, err, err_len))
        return false;
    if (loop->server->identity != NULL) {
        loop->tls = gw_tls_context_new(loop->server->identity, loop, loop->libctx, err, err_len);
        if (loop->tls == NULL)
            return false;
    }
    if (config->on_loop_start != NULL)
        loop->user = config->on_loop_start(config->user, loop);
    return true;
}

static void report_start(struct gw_server *s, bool ok, const char *err)
{
    uv_mutex_lock(&s->lock);
    s->ready++;
    if (!ok && s->failed++ == 0)
        (void)snprintf(s->err, s->err_len, "%s", err);
    uv_cond_signal(&s->changed);
    uv_mutex_unlock(&s->lock);
}

static void worker(void *arg)
{
    struct gw_loop *loop = arg;
    struct gw_server *s = loop->server;
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    char err[256] = "";
    sigset_t all;
    bool ok;

    /* Signals are the control thread's, but for those that say this thread is broken. */
    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        (void)sigdelset(&all, own[i]);
    (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
    ok = start_loop(loop, err, sizeof(err));
    report_start(s, ok, err);
    if (ok) {
        gw_loop_run(loop);
        if (s->config.on_loop_stop != NULL)
            s->config.on_loop_stop(s->config.user, loop);
    }
    gw_loop_cleanup(loop);
    /* A loop that did not start does not look: the thread that starts takes the callback away. */
    if (atomic_fetch_sub(&s->running, 1) == 1 && ok && s->config.on_stopped != NULL)
        s->config.on_stopped(s->config.user);
}

static bool create_threads(struct gw_server *s)
{
    atomic_store(&s->running, s->threads);
    for (; s->created < s->threads; s->created++) {
        struct gw_loop *loop = &s->loops[s->created];

        loop->server = s;
        loop->config = &s->config;
        loop->index = s->created;
        loop->spare = s->spare;
        loop->posts_end = &loop->posts;
        if (uv_mutex_init(&loop->post_lock) != 0)
            return false;
        if (uv_thread_create(&loop->thread, worker, loop) != 0) {
            uv_mutex_destroy(&loop->post_lock);
            return false;
        }
    }
    return true;
}

/* Returns: whether all loops serve. */
static bool run_all(struct gw_server *s)
{
    bool ok = create_threads(s);

    uv_mutex_lock(&s->lock);
    while (s->ready < s->created)
        uv_cond_wait(&s->changed, &s->lock);
    if (!ok && s->failed++ == 0)
        (void)snprintf(s->err, s->err_len, "cannot create a thread");
    ok = s->failed == 0;
    uv_mutex_unlock(&s->lock);
    if (!ok) {
        s->config.on_stopped = NULL;
        gw_server_stop(s);
        gw_server_join(s);
    }
    return ok;
}

static void free_parts(struct gw_server *s)
{
    free(s->loops);
    free(s->fds);
    free(s->addresses);
    free(s->upstreams);
    gw_spare_file_free(s->spare);
    free(s);
}

static struct gw_server *server_new(const struct gw_config *config)
{
    struct gw_server *s = calloc(1, sizeof(*s));
    size_t fds;

    if (s == NULL)
        return NULL;
    s->config = *config;
    s->threads = s->config.threads = config->threads != 0 ? config->threads : 1;
    fds = config->listeners_count * s->threads;
    s->loops = calloc(s->threads, sizeof(*s->loops));
    s->fds = calloc(fds + 1, sizeof(*s->fds));
    s->addresses = calloc(config->listeners_count + 1, sizeof(*s->addresses));
    s->upstreams = calloc(config->upstreams_count + 1, sizeof(*s->upstreams));
    s->spare = gw_spare_file_new();
    for (size_t i = 0; s->fds != NULL && i < fds; i++)
        s->fds[i] = -1;
    if (s->loops != NULL && s->fds != NULL && s->addresses != NULL && s->upstreams != NULL &&
        s->spare != NULL && uv_mutex_init(&s->lock) == 0) {
        if (uv_cond_init(&s->changed) == 0)
            return s;
        uv_mutex_destroy(&s->lock);
    }
    free_parts(s);
    return NULL;
}

struct gw_server *gw_server_start(const struct gw_config *config, struct gw_identity *identity,
                                  char *err, size_t err_len)
{
    struct gw_server *s = server_new(config);

    if (s == NULL) {
        (void)snprintf(err, err_len, "cannot allocate a server");
        return NULL;
    }
    s->err = err;
    s->err_len = err_len;
    for (size_t i = 0; i < config->listeners_count; i++) {
        if (config->listeners[i].tls && identity == NULL) {
            (void)snprintf(err, err_len, "a TLS listener needs an identity");
            gw_server_free(s);
            return NULL;
        }
    }
    s->identity = identity != NULL ? gw_identity_ref(identity) : NULL;
    if (!take_sockets(s, err, err_len) || !learn_addresses(s, err, err_len) || !run_all(s)) {
        gw_server_free(s);
        return NULL;
    }
    gw_identity_unref(s->identity);
    s->identity = NULL;
    s->err = NULL;
    return s;
}

static void on_identity(struct gw_loop *loop, void *arg)
{
    struct gw_identity *identity = arg;
    char err[128] = "";
    struct gw_tls_context *next =
        gw_tls_context_new(identity, loop, loop->libctx, err, sizeof(err));

    if (next != NULL) {
        gw_tls_context_unref(loop->tls);
        loop->tls = next;
    }
    if (loop->config->on_identity != NULL)
        loop->config->on_identity(loop->config->user, loop, identity, next == NULL ? err : NULL);
    gw_identity_unref(identity);
}

void gw_server_set_identity(struct gw_server *s, struct gw_identity *identity)
{
    for (unsigned i = 0; i < s->threads; i++)
        if (!gw_loop_post(&s->loops[i], on_identity, gw_identity_ref(identity)))
            gw_identity_unref(identity);
}

static void on_stop(struct gw_loop *loop, void *arg)
{
    (void)arg;
    gw_loop_stop(loop);
}

static void on_retire(struct gw_loop *loop, void *arg)
{
    (void)arg;
    gw_loop_retire(loop);
}

static void post_all(struct gw_server *s, void (*fn)(struct gw_loop *loop, void *arg))
{
    bool posted = true;

    for (unsigned i = 0; i < s->created; i++)
        posted = gw_loop_post(&s->loops[i], fn, NULL) && posted;
    /* A loop that takes no more posts has ended already. */
    (void)posted;
}

void gw_server_stop(struct gw_server *s)
{
    post_all(s, on_stop);
}

void gw_server_retire(struct gw_server *s)
{
    post_all(s, on_retire);
}

void gw_server_join(struct gw_server *s)
{
    for (unsigned i = 0; i < s->created; i++)
        (void)uv_thread_join(&s->loops[i].thread);
}

void gw_server_free(struct gw_server *s)
{
    if (s == NULL)
        return;
    gw_sockets_close(s->fds, gw_sockets_count(&s->config));
    for (unsigned i = 0; i < s->created; i++)
        uv_mutex_destroy(&s->loops[i].post_lock);
    gw_identity_unref(s->identity);
    uv_cond_destroy(&s->changed);
    uv_mutex_destroy(&s->lock);
    free_parts(s);
}

void gw_server_address(const struct gw_server *s, size_t listener, char *text, size_t len)
{
    (void)snprintf(text, len, "%s", s->addresses[listener]);
}

const char *gw_server_port(const struct gw_server *s, size_t listener)
{
    return strrchr(s->addresses[listener], ':') + 1;
}

int gw_server_take_fd(struct gw_server *s, size_t listener, unsigned loop)
{
    int *slot = &s->fds[listener * s->threads + loop];
    int fd = *slot;

    *slot = -1;
    return fd;
}

void gw_server_stats(const struct gw_server *s, struct gw_stats *out)
{
    uint64_t sum[sizeof(*out) / sizeof(uint64_t)] = {0};

    for (unsigned i = 0; i < s->threads; i++) {
        for (size_t k = 0; k < sizeof(sum) / sizeof(sum[0]); k++) {
            uint64_t v = atomic_load_explicit(&s->loops[i].counters[k], memory_order_relaxed);

            if (k != GW_STAT(queue_peak_bytes))
                sum[k] += v;
            else if (v > sum[k])
                sum[k] = v;
        }
    }
    memcpy(out, sum, sizeof(*out));
}

void gw_server_set_upstream_state(struct gw_server *s, size_t upstream,
                                  const struct gw_upstream_state *state)
{
    atomic_store_explicit(&s->upstreams[upstream], (uint64_t)state->servers << 32 | state->up,
                          memory_order_relaxed);
}

void gw_server_upstream_state(const struct gw_server *s, size_t upstream,
                              struct gw_upstream_state *out)
{
    uint64_t word = atomic_load_explicit(&s->upstreams[upstream], memory_order_relaxed);

    *out = (struct gw_upstream_state){(uint32_t)(word >> 32), (uint32_t)word};
}

unsigned gw_server_threads(const struct gw_server *s)
{
    return s->threads;
}

struct gw_loop *gw_server_loop(struct gw_server *s, unsigned i)
{
    assert(i < s->threads);
    return &s->loops[i];
}
