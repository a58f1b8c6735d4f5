#include "gateway/core/upstream_resolve.h"

#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "gateway/core/address.h"
#include "gateway/core/upstream.h"

enum {
    PAUSE_MS = 1000,  /* between looks at a name whose addresses refuse */
    PATIENCE_MS = 500 /* that all of them wait for such a look: resolvers may take long */
};

static void on_patience_over(struct gw_deadline *d)
{
    struct gw_source *s = (struct gw_source *)((char *)d - offsetof(struct gw_source, patience));

    s->stale = false;
    gw_upstream_serve_queue(s->upstream);
}

bool gw_source_parse(struct gw_source *s, const char *text)
{
    socklen_t len;
    const char *colon = strrchr(text, ':');
    size_t host_len;

    gw_deadline_init(&s->patience, on_patience_over);
    if (strncmp(text, "unix:", 5) == 0) {
        s->kind = GW_SOURCE_UNIX;
        s->unix_path = text + 5;
        /* libuv would cut a longer path, and connect to what that names. */
        return *s->unix_path != '\0' &&
               strlen(s->unix_path) < sizeof((struct sockaddr_un *)NULL)->sun_path;
    }
    if (gw_address_parse(text, &s->address, &len)) {
        s->kind = GW_SOURCE_ADDRESS;
        return true;
    }
    if (colon == NULL || colon == text || strlen(colon + 1) >= sizeof(s->port))
        return false;
    host_len = (size_t)(colon - text);
    if (host_len >= sizeof(s->host))
        return false;
    s->kind = GW_SOURCE_NAME;
    memcpy(s->host, text, host_len);
    memcpy(s->port, colon + 1, strlen(colon + 1));
    return true;
}

static bool is_listed(const struct addrinfo *list, const struct gw_backend *b)
{
    for (; list != NULL; list = list->ai_next) {
        struct sockaddr_storage one = {0};

        memcpy(&one, list->ai_addr, list->ai_addrlen);
        if (gw_backend_same_address(&one, &b->address))
            return true;
    }
    return false;
}

static bool is_known(const struct gw_source *s, const struct sockaddr_storage *address)
{
    const struct gw_upstream *u = s->upstream;

    for (size_t i = 0; i < u->backends_count; i++)
        if (u->backends[i]->source == s &&
            gw_backend_same_address(&u->backends[i]->address, address))
            return true;
    return false;
}

/* Returns: how many of the addresses are used already. */
static size_t count_listed(const struct gw_source *s, const struct addrinfo *list)
{
    const struct gw_upstream *u = s->upstream;
    size_t n = 0;

    for (size_t i = 0; i < u->backends_count; i++)
        n += u->backends[i]->source == s && is_listed(list, u->backends[i]);
    return n;
}

/* Let go of addresses that the name has no longer, at most so many. */
static void drop_unlisted(struct gw_source *s, const struct addrinfo *list, size_t most)
{
    struct gw_upstream *u = s->upstream;

    for (size_t i = u->backends_count; i-- > 0 && most > 0;) {
        if (u->backends[i]->source != s || is_listed(list, u->backends[i]))
            continue;
        gw_backend_remove(u->backends[i]);
        most--;
    }
}

/* New addresses first: the last one of a name never goes before another has come. Of many those
 * that are used stay, in whatever order the resolver tells them. */
static void take_addresses(struct gw_source *s, const struct addrinfo *list)
{
    struct gw_upstream *u = s->upstream;
    size_t n = count_listed(s, list);

    for (const struct addrinfo *a = list; a != NULL && n < GW_SOURCE_ADDRESSES; a = a->ai_next) {
        struct sockaddr_storage one = {0};

        memcpy(&one, a->ai_addr, a->ai_addrlen);
        if (is_known(s, &one))
            continue;
        if (u->backends_count == GW_UPSTREAM_BACKENDS)
            drop_unlisted(s, list, 1);
        /* Without memory the name has one address less until it is looked up again. */
        if (!gw_backend_add(u, s, &one))
            break;
        n++;
    }
    drop_unlisted(s, list, SIZE_MAX);
}

/* Whatever the look-up has found, its addresses are used again. */
static void use_again(struct gw_source *s)
{
    struct gw_upstream *u = s->upstream;

    s->stale = false;
    gw_deadline_clear(&s->patience);
    for (size_t i = 0; i < u->backends_count; i++)
        if (u->backends[i]->source == s)
            u->backends[i]->refused = false;
}

static void set_due(struct gw_upstream *u)
{
    u->resolve_due = GW_NEVER;
    for (size_t i = 0; i < u->sources_count; i++)
        if (u->sources[i].kind == GW_SOURCE_NAME && !u->sources[i].resolving &&
            u->sources[i].due < u->resolve_due)
            u->resolve_due = u->sources[i].due;
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
    struct gw_source *s = req->data;
    struct gw_upstream *u = s->upstream;
    uint64_t now = gw_loop_now(u->loop);

    s->resolving = false;
    use_again(s);
    s->resolved_at = now;
    /* A name without addresses is looked up for whoever asks next. */
    s->due =
        status == 0 || u->backends_count > 0 ? now + u->loop->config->timeouts.resolve_again : now;
    u->resolving--;
    if (status == 0)
        take_addresses(s, list);
    uv_freeaddrinfo(list);
    set_due(u);
    if (!u->loop->stopping)
        gw_upstream_publish(u);
    gw_upstream_changed(u);
    gw_loop_leave(u->loop);
}

static void look_up(struct gw_source *s)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct gw_upstream *u = s->upstream;

    if (s->resolving || u->loop->stopping)
        return;
    s->resolve.data = s;
    s->resolving =
        uv_getaddrinfo(&u->loop->uv, &s->resolve, on_resolved, s->host, s->port, &hints) == 0;
    u->resolving += s->resolving;
}

void gw_source_refresh(struct gw_upstream *u, uint64_t now)
{
    for (size_t i = 0; i < u->sources_count; i++)
        if (u->sources[i].kind == GW_SOURCE_NAME && u->sources[i].due <= now)
            look_up(&u->sources[i]);
    set_due(u);
}

void gw_source_refused(struct gw_backend *b)
{
    struct gw_source *s = b->source;
    struct gw_upstream *u = s->upstream;
    const bool begun = s->resolving;

    if (b->gone || s->kind != GW_SOURCE_NAME || gw_loop_now(u->loop) - s->resolved_at < PAUSE_MS)
        return;
    look_up(s);
    b->refused = s->resolving;
    if (s->resolving && !begun) {
        s->stale = true;
        gw_loop_deadline(u->loop, &s->patience, PATIENCE_MS);
    }
    set_due(u);
}

void gw_source_close(struct gw_source *s)
{
    gw_deadline_remove(&s->upstream->loop->wheel, &s->patience);
    if (s->resolving)
        (void)uv_cancel((uv_req_t *)&s->resolve);
}
