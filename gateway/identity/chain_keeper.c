#include "gateway/identity/chain_keeper.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 2000 };

struct gateway_chain_keeper {
    struct gateway_chain_keeper_options o;
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    struct gateway_chains *chains;
    uv_fs_poll_t *watches; /* one for each file */
    size_t open;
    uint64_t errors; /* files that could not be used, since start */
};

/* The chain of one file; the one before when it cannot be used. */
static void read_one(struct gateway_chain_keeper *k, size_t i, struct gateway_chain *out)
{
    const struct gateway_certificate_config *c = &k->o.config->certificates[i];
    const struct gateway_chain_demand demand = {c->name, k->spki_sha256, k->o.now()};
    const struct gateway_chain *old = k->chains == NULL ? NULL : &k->chains->list[i];
    char why[128] = "";

    if (gateway_chain_read(c->chain_file, &demand, out, why)) {
        if (old == NULL || memcmp(old->leaf_sha256, out->leaf_sha256, sizeof out->leaf_sha256) != 0)
            GATEWAY_LOG(k->o.log, GATEWAY_LOG_INFO, "certificate-loaded", {"name", c->name, 0},
                        {"not_after", NULL, out->not_after});
        return;
    }
    k->errors++;
    GATEWAY_LOG(k->o.log, GATEWAY_LOG_WARN, "certificate-file", {"name", c->name, 0},
                {"file", c->chain_file, 0}, {"detail", why, 0},
                {"served", old != NULL && old->len > 0 ? "the one before" : "RA-TLS", 0});
    if (old == NULL || old->len == 0 || (out->der = malloc(old->len)) == NULL)
        return;
    memcpy(out->der, old->der, old->len);
    out->len = old->len;
    out->count = old->count;
    out->not_after = old->not_after;
    memcpy(out->leaf_sha256, old->leaf_sha256, sizeof out->leaf_sha256);
}

static bool same(const struct gateway_chains *a, const struct gateway_chains *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->list[i].len != b->list[i].len ||
            (a->list[i].len > 0 && memcmp(a->list[i].der, b->list[i].der, a->list[i].len) != 0))
            return false;
    return true;
}

/* Returns: whether the set is another one now. */
static bool read_all(struct gateway_chain_keeper *k)
{
    struct gateway_chains *next = gateway_chains_new(k->o.config->certificates_count);

    if (next == NULL)
        return false;
    for (size_t i = 0; i < next->count; i++)
        read_one(k, i, &next->list[i]);
    if (k->chains != NULL && same(k->chains, next)) {
        gateway_chains_unref(next);
        return false;
    }
    gateway_chains_unref(k->chains);
    k->chains = next;
    return true;
}

void gateway_chain_keeper_reload(struct gateway_chain_keeper *keeper)
{
    if (keeper != NULL && read_all(keeper))
        keeper->o.on_change(keeper->o.user);
}

static void on_look(uv_fs_poll_t *watch, int status, const uv_stat_t *before, const uv_stat_t *now)
{
    (void)status;
    (void)before;
    (void)now;
    gateway_chain_keeper_reload(watch->data);
}

static void on_closed(uv_handle_t *handle)
{
    struct gateway_chain_keeper *k = handle->data;

    if (--k->open > 0)
        return;
    free(k->watches);
    free(k);
}

struct gateway_chain_keeper *
gateway_chain_keeper_start(const struct gateway_chain_keeper_options *options)
{
    const size_t count = options->config->certificates_count;
    struct gateway_chain_keeper *k = calloc(1, sizeof *k);

    if (k == NULL)
        return NULL;
    k->o = *options;
    memcpy(k->spki_sha256, options->spki_sha256, sizeof k->spki_sha256);
    k->watches = calloc(count + 1, sizeof *k->watches);
    if (k->watches == NULL || !read_all(k)) {
        free(k->watches);
        free(k);
        return NULL;
    }
    for (; k->open < count; k->open++) {
        uv_fs_poll_t *watch = &k->watches[k->open];

        (void)uv_fs_poll_init(options->loop, watch);
        watch->data = k;
        (void)uv_fs_poll_start(watch, on_look, options->config->certificates[k->open].chain_file,
                               LOOK_MS);
    }
    return k;
}

struct gateway_chains *gateway_chain_keeper_get(const struct gateway_chain_keeper *keeper)
{
    return keeper->chains;
}

uint64_t gateway_chain_keeper_errors(const struct gateway_chain_keeper *keeper)
{
    return keeper != NULL ? keeper->errors : 0;
}

void gateway_chain_keeper_stop(struct gateway_chain_keeper *keeper)
{
    size_t count;

    if (keeper == NULL)
        return;
    count = keeper->open;
    gateway_chains_unref(keeper->chains);
    keeper->chains = NULL;
    if (count == 0) {
        free(keeper->watches);
        free(keeper);
        return;
    }
    for (size_t i = 0; i < count; i++)
        uv_close((uv_handle_t *)&keeper->watches[i], on_closed);
}
