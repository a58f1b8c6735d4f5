#include "gateway/serve/clients.h"

#include <stdio.h>
#include <string.h>

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
    X509_STORE_free(store);
    return NULL;
}

bool gateway_clients_init(struct gateway_clients *c, const struct gateway_listener *listener,
                          char *err, size_t err_len)
{
    *c = (struct gateway_clients){
        .auth = {.make_store = make_store,
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
                {"lists", NULL, (int64_t)c->crl.count}, {"next_update", NULL, c->crl.next_update});
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
                    {"detail", why, 0}, {"next_update", NULL, c->crl.next_update});
        return;
    }
    before = next;
    if (next.len != c->crl.len || memcmp(next.pem, c->crl.pem, next.len) != 0) {
        uv_mutex_lock(&c->lock);
        before = c->crl;
        c->crl = next;
        uv_mutex_unlock(&c->lock);
        tell_loaded(c);
        c->on_change(c->user);
    }
    gateway_crl_file_cleanup(&before);
}

static void on_look(uv_fs_poll_t *watch, int status, const uv_stat_t *before, const uv_stat_t *now)
{
    (void)status;
    (void)before;
    (void)now;
    gateway_clients_reload(watch->data);
}

void gateway_clients_watch(struct gateway_clients *c, uv_loop_t *loop,
                           const struct gateway_log *log, void (*on_change)(void *user), void *user)
{
    if (!c->has_lock)
        return;
    c->log = log;
    c->on_change = on_change;
    c->user = user;
    c->watching = true;
    (void)uv_fs_poll_init(loop, &c->watch);
    c->watch.data = c;
    (void)uv_fs_poll_start(&c->watch, on_look, c->crl_path, LOOK_MS);
    tell_loaded(c);
}

void gateway_clients_unwatch(struct gateway_clients *c)
{
    if (c->watching)
        uv_close((uv_handle_t *)&c->watch, NULL);
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
