#include "gateway/serve/clients.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 2000 };

static X509_STORE *make_store(void *user, OSSL_LIB_CTX *libctx)
{
    struct gateway_clients *c = user;
    X509_STORE *store = X509_STORE_new();
    bool ok = store != NULL && gateway_ca_file_add(&c->ca, store, libctx) > 0;

    if (ok && c->crl_path[0] != '\0') {
        uv_mutex_lock(&c->lock);
        ok = gateway_crl_file_add(&c->crl, store, libctx);
        uv_mutex_unlock(&c->lock);
    }
    if (ok)
        return store;
    (void)atomic_fetch_add(&c->refused, 1);
    X509_STORE_free(store);
    return NULL;
}

bool gateway_clients_init(struct gateway_clients *c, const struct gateway_listener *listener,
                          char *err, size_t err_len)
{
    *c = (struct gateway_clients){
        .auth = {.make_store = make_store,
                 .version = &c->version,
                 .user = c,
                 .required = listener->client_auth == GATEWAY_CLIENT_AUTH_REQUIRED},
        .crl_path = listener->client_crl_file,
    };
    if (!gateway_ca_file_load(&c->ca, listener->client_ca_file, listener->client_ca_sha256, err,
                              err_len))
        return false;
    if (c->crl_path[0] == '\0')
        return true;
    c->has_lock = uv_mutex_init(&c->lock) == 0;
    if (c->has_lock)
        return gateway_crl_file_load(&c->crl, c->crl_path, err, err_len);
    (void)snprintf(err, err_len, "memory ran out");
    return false;
}

static void tell_loaded(const struct gateway_clients *c)
{
    GATEWAY_LOG(c->log, GATEWAY_LOG_INFO, "client-crl-loaded", {"file", c->crl_path, 0},
                {"lists", NULL, (int64_t)c->crl.count},
                {"next_update", NULL, c->crl.next_updates[0]});
}

/* Once for each list: they are in the order in which they expire. */
static void tell_expired(struct gateway_clients *c)
{
    const struct gateway_crl_file *crl = &c->crl;
    const int64_t now = (int64_t)time(NULL);

    for (; c->expired < crl->count && crl->next_updates[c->expired] <= now; c->expired++)
        GATEWAY_LOG(c->log, GATEWAY_LOG_WARN, "client-crl-expired", {"file", c->crl_path, 0},
                    {"next_update", NULL, crl->next_updates[c->expired]},
                    {"expired", NULL, (int64_t)c->expired + 1},
                    {"lists", NULL, (int64_t)crl->count});
}

static void tell_refused(struct gateway_clients *c)
{
    const uint64_t refused = atomic_load(&c->refused);

    if (refused == c->refused_told)
        return;
    GATEWAY_LOG(c->log, GATEWAY_LOG_WARN, "client-crl-memory", {"file", c->crl_path, 0},
                {"refused", NULL, (int64_t)(refused - c->refused_told)});
    c->refused_told = refused;
}

static void on_look(uv_timer_t *look)
{
    struct gateway_clients *c = look->data;

    tell_expired(c);
    tell_refused(c);
}

void gateway_clients_reload(struct gateway_clients *c)
{
    struct gateway_crl_file next, before;
    char why[400];

    if (!c->watching)
        return;
    if (!gateway_crl_file_load(&next, c->crl_path, why, sizeof why)) {
        c->errors++;
        GATEWAY_LOG(c->log, GATEWAY_LOG_WARN, "client-crl-file", {"file", c->crl_path, 0},
                    {"detail", why, 0}, {"next_update", NULL, c->crl.next_updates[0]});
        return;
    }
    before = next;
    if (next.len != c->crl.len || memcmp(next.pem, c->crl.pem, next.len) != 0) {
        uv_mutex_lock(&c->lock);
        before = c->crl;
        c->crl = next;
        uv_mutex_unlock(&c->lock);
        (void)atomic_fetch_add(&c->version, 1);
        c->expired = 0;
        tell_loaded(c);
        tell_expired(c);
    }
    gateway_crl_file_cleanup(&before);
}

static void on_file(uv_fs_poll_t *watch, int status, const uv_stat_t *before, const uv_stat_t *now)
{
    (void)status;
    (void)before;
    (void)now;
    gateway_clients_reload(watch->data);
}

void gateway_clients_watch(struct gateway_clients *c, uv_loop_t *loop,
                           const struct gateway_log *log)
{
    if (!c->has_lock)
        return;
    c->log = log;
    c->watching = true;
    (void)uv_fs_poll_init(loop, &c->watch);
    c->watch.data = c;
    (void)uv_fs_poll_start(&c->watch, on_file, c->crl_path, LOOK_MS);
    (void)uv_timer_init(loop, &c->look);
    c->look.data = c;
    (void)uv_timer_start(&c->look, on_look, LOOK_MS, LOOK_MS);
    tell_loaded(c);
    tell_expired(c);
}

void gateway_clients_unwatch(struct gateway_clients *c)
{
    if (c->watching) {
        uv_close((uv_handle_t *)&c->watch, NULL);
        uv_close((uv_handle_t *)&c->look, NULL);
    }
    c->watching = false;
}

void gateway_clients_cleanup(struct gateway_clients *c)
{
    gateway_ca_file_cleanup(&c->ca);
    gateway_crl_file_cleanup(&c->crl);
    if (c->has_lock)
        uv_mutex_destroy(&c->lock);
    *c = (struct gateway_clients){0};
}
