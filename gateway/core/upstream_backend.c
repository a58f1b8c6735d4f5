#include "gateway/core/upstream_backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "gateway/core/address.h"
#include "gateway/core/upstream.h"
#include "gateway/core/upstream_check.h"
#include "gateway/core/upstream_http2.h"

/* How much it is wanted; a backend of a lower rank is taken only when no higher one is there. */
enum rank { RANK_NEVER, RANK_AVOIDED, RANK_EJECTED, RANK_GOOD };

bool gw_backend_same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
    const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
    const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET6)
        return a6->sin6_port == b6->sin6_port && a6->sin6_scope_id == b6->sin6_scope_id &&
               memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
    return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

static bool concerns(const struct gw_verdict *v, const struct gw_backend *b)
{
    return v->source == (size_t)(b->source - b->upstream->sources) &&
           gw_backend_same_address(&v->address, &b->address);
}

bool gw_backend_add(struct gw_upstream *u, struct gw_source *source,
                    const struct sockaddr_storage *address)
{
    struct gw_backend *b;

    if (u->backends_count == GW_UPSTREAM_BACKENDS)
        return false;
    b = calloc(1, sizeof(*b));
    if (b == NULL)
        return false;
    b->upstream = u;
    b->source = source;
    b->address = *address;
    b->number = ++u->last_number;
    for (const struct gw_verdict *v = u->bad; v != NULL; v = v->next)
        b->down = b->down || concerns(v, b);
    u->backends[u->backends_count++] = b;
    return true;
}

void gw_backend_drop(struct gw_backend *b)
{
    b->count--;
    if (b->gone && b->count == 0)
        free(b);
}

void gw_backend_remove(struct gw_backend *b)
{
    struct gw_upstream *u = b->upstream;
    size_t i = 0;

    while (u->backends[i] != b)
        i++;
    u->backends_count--;
    memmove(&u->backends[i], &u->backends[i + 1],
            (u->backends_count - i) * sizeof(struct gw_backend *));
    gw_check_forget(b);
    while (b->idle != NULL)
        gw_upconn_close(b->idle);
    gw_carriers_retire(b);
    b->gone = true;
    if (b->count == 0)
        free(b);
}

static enum rank rank_of(const struct gw_backend *b, unsigned avoid, uint64_t now)
{
    if (b->down || b->refused || b->source->stale)
        return RANK_NEVER;
    if (b->number == avoid)
        return RANK_AVOIDED;
    return b->ejected_until > now ? RANK_EJECTED : RANK_GOOD;
}

size_t gw_backend_places_taken(const struct gw_backend *b)
{
    return b->count - (b->check != NULL);
}

static size_t busy(const struct gw_backend *b)
{
    return b->upstream->config->http2 ? b->calls : gw_backend_places_taken(b) - b->idle_count;
}

static bool has_room(const struct gw_backend *b)
{
    return gw_backend_places_taken(b) < b->upstream->max_connections || b->idle != NULL ||
           gw_carrier_with_room(b) != NULL;
}

struct gw_backend *gw_backend_choose(struct gw_upstream *u, unsigned avoid, uint64_t now)
{
    bool least = u->config->balance == GW_BALANCE_LEAST_CONNECTIONS;
    size_t n = u->backends_count;
    size_t next = u->turn;
    struct gw_backend *found = NULL;
    enum rank best = RANK_NEVER;

    for (size_t k = 0; k < n; k++) {
        size_t at = (u->turn + k) % n;
        struct gw_backend *b = u->backends[at];
        enum rank rank = rank_of(b, avoid, now);

        if (rank > best) {
            best = rank;
            found = NULL;
        }
        if (rank != best || rank == RANK_NEVER || !has_room(b))
            continue;
        if (found == NULL || (least && busy(b) < busy(found))) {
            found = b;
            next = at + 1;
        }
    }
    u->turn = next;
    return found;
}

void gw_backend_tell(const struct gw_backend *b, enum gw_backend_change change, const char *reason)
{
    struct gw_loop *loop = b->upstream->loop;
    char text[GW_BACKEND_TEXT];
    const struct gw_backend_event event = {
        .change = change, .upstream = b->upstream->index, .address = text, .reason = reason};

    if (loop->config->on_backend == NULL)
        return;
    if (b->source->kind == GW_SOURCE_UNIX)
        (void)snprintf(text, sizeof(text), "unix:%s", b->source->unix_path);
    else
        gw_address_format((const struct sockaddr *)&b->address, text, sizeof(text));
    loop->config->on_backend(loop->config->user, loop, &event);
}

void gw_backend_failed(struct gw_backend *b, const char *code)
{
    const struct gw_upstream_config *c = b->upstream->config;
    uint64_t now = gw_loop_now(b->upstream->loop);

    b->failures++;
    if (c->eject_ms == 0 || c->eject_failures == 0 || b->failures < c->eject_failures ||
        b->ejected_until > now || b->gone || b->upstream->backends_count < 2)
        return;
    b->ejected_until = now + c->eject_ms;
    gw_count(b->upstream->loop, GW_STAT(upstream_ejections), 1);
    gw_backend_tell(b, GW_BACKEND_EJECTED, code);
}

/* Take the verdict on the same address off the list. Returns: it, or NULL. */
static struct gw_verdict *unlist(struct gw_upstream *u, const struct gw_verdict *like)
{
    for (struct gw_verdict **at = &u->bad; *at != NULL; at = &(*at)->next) {
        struct gw_verdict *v = *at;

        if (v->source != like->source || !gw_backend_same_address(&v->address, &like->address))
            continue;
        *at = v->next;
        return v;
    }
    return NULL;
}

void gw_backend_judge(struct gw_upstream *u, struct gw_verdict *verdict)
{
    free(unlist(u, verdict));
    for (size_t i = 0; i < u->backends_count; i++) {
        struct gw_backend *b = u->backends[i];

        if (!concerns(verdict, b))
            continue;
        b->down = verdict->down;
        b->failures = 0;
        b->ejected_until = 0;
    }
    if (verdict->down) {
        verdict->next = u->bad;
        u->bad = verdict;
    } else {
        free(verdict);
    }
    gw_upstream_changed(u);
}

void gw_backend_forget_verdicts(struct gw_upstream *u)
{
    while (u->bad != NULL) {
        struct gw_verdict *next = u->bad->next;

        free(u->bad);
        u->bad = next;
    }
}
