#include "gateway/config/route.h"

#include <string.h>

#include "gateway/core/http1_path.h"

static bool host_matches(const struct gateway_route *r, struct gw_str host)
{
    return strcmp(r->host, "*") == 0 || gw_str_equal_nocase(gw_str(r->host), host);
}

/* Whole segments: "/a" matches "/a" and "/a/b", not "/ab". */
static bool path_matches(const struct gateway_route *r, struct gw_str path)
{
    struct gw_str prefix = gw_str(r->path);

    return gw_str_starts(path, prefix) &&
           (path.len == prefix.len || prefix.at[prefix.len - 1] == '/' ||
            path.at[prefix.len] == '/');
}

/* A route of the host's own beats one of *, then the longest path wins. */
static bool is_better(const struct gateway_route *a, const struct gateway_route *b)
{
    bool own_a = strcmp(a->host, "*") != 0;
    bool own_b = b != NULL && strcmp(b->host, "*") != 0;

    if (b == NULL || own_a != own_b)
        return b == NULL || own_a;
    return strlen(a->path) > strlen(b->path);
}

struct candidates {
    const struct gateway_route *best; /* matches host and path */
    bool host_known;
    bool one_upstream; /* every route of the host leads to the same upstream */
};

static struct candidates look(const struct gateway_config *config, struct gw_str host,
                              struct gw_str path)
{
    struct candidates c = {.one_upstream = true};
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < config->routes_count; i++) {
        const struct gateway_route *r = &config->routes[i];

        if (r->mode != GATEWAY_MODE_HTTP || !host_matches(r, host))
            continue;
        c.host_known = true;
        c.one_upstream = c.one_upstream && (first == SIZE_MAX || first == r->upstream);
        first = r->upstream;
        if (path_matches(r, path) && is_better(r, c.best))
            c.best = r;
    }
    return c;
}

static void refuse(struct gateway_route_result *out, unsigned status, const char *code)
{
    *out =
        (struct gateway_route_result){.kind = GATEWAY_ROUTE_REFUSE, .status = status, .code = code};
}

/* Would a reader that drops `;...` from the segments find another upstream than c? */
static bool differs_without_parameters(const struct gateway_config *config,
                                       const struct gw_http1_request *request,
                                       const struct candidates *c, char *scratch)
{
    struct gw_str read = {scratch, 0};
    const struct gateway_route *best;

    if (!gw_path_drop_parameters(request->path, scratch, &read.len))
        return false;
    best = look(config, request->host, read).best;
    if (best == NULL || c->best == NULL)
        return best != c->best;
    return best->upstream != c->best->upstream;
}

static void find_app(const struct gateway_config *config, const struct gw_http1_request *request,
                     struct gw_str normal, bool ambiguous, char *scratch,
                     struct gateway_route_result *out)
{
    struct candidates c = look(config, request->host, normal);

    if (!c.host_known)
        refuse(out, 421, "misdirected");
    else if (!c.one_upstream &&
             (ambiguous || differs_without_parameters(config, request, &c, scratch)))
        refuse(out, 400, "ambiguous-path");
    else if (c.best == NULL)
        refuse(out, 404, "not-found");
    else
        *out = (struct gateway_route_result){.kind = GATEWAY_ROUTE_FORWARD, .route = c.best};
}

/* What the gateway keeps for itself, whatever the routes say. */
static const struct {
    const char *prefix;
    enum gateway_route_kind kind;
} reserved[] = {
    {GATEWAY_WELL_KNOWN, GATEWAY_ROUTE_EVIDENCE},
    {GATEWAY_CHALLENGES, GATEWAY_ROUTE_CHALLENGE},
};

static void claim(struct gw_str normal, size_t skip, enum gateway_route_kind kind,
                  struct gateway_route_result *out)
{
    size_t n = normal.len > skip ? normal.len - skip : 0;

    *out = (struct gateway_route_result){.kind = kind};
    if (n < sizeof out->endpoint && memchr(normal.at + normal.len - n, '\0', n) == NULL)
        memcpy(out->endpoint, normal.at + normal.len - n, n);
}

/* Returns: whether the path is one of those, or could be read as one: then out is filled. */
static bool is_reserved(struct gw_str path, struct gw_str normal, char *scratch,
                        struct gateway_route_result *out)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        struct gw_str prefix = gw_str(reserved[i].prefix);

        switch (gw_path_claim(path, normal, prefix, scratch)) {
        case GW_PATH_CLAIMED:
            claim(normal, prefix.len, reserved[i].kind, out);
            return true;
        case GW_PATH_FREE:
            break;
        default:
            refuse(out, 400, "ambiguous-path");
            return true;
        }
    }
    return false;
}

const struct gateway_route *gateway_route_stream(const struct gateway_config *config,
                                                 enum gateway_mode mode, const char *name)
{
    const struct gateway_route *best = NULL;

    for (size_t i = 0; i < config->routes_count; i++) {
        const struct gateway_route *r = &config->routes[i];

        if (r->mode == mode && host_matches(r, gw_str(name != NULL ? name : "")) &&
            is_better(r, best))
            best = r;
    }
    return best;
}

/* Is the name's TLS ended here by a route that names it? */
static bool is_named(const struct gateway_config *config, struct gw_str name)
{
    for (size_t i = 0; i < config->routes_count; i++)
        if (config->routes[i].mode != GATEWAY_MODE_PASSTHROUGH &&
            gw_str_equal_nocase(gw_str(config->routes[i].host), name))
            return true;
    return false;
}

bool gateway_route_passes(const struct gateway_config *config, struct gw_str name)
{
    bool any = false;

    for (size_t i = 0; i < config->routes_count; i++) {
        const struct gateway_route *r = &config->routes[i];

        if (r->mode != GATEWAY_MODE_PASSTHROUGH)
            continue;
        if (gw_str_equal_nocase(gw_str(r->host), name))
            return true;
        any = any || strcmp(r->host, "*") == 0;
    }
    return any && !is_named(config, name);
}

void gateway_route_find(const struct gateway_config *config, const struct gw_http1_request *request,
                        char *scratch, struct gateway_route_result *out)
{
    struct gw_str normal = {scratch, 0};
    enum gw_path_form form;

    if (gw_str_equal(request->path, gw_str("*"))) {
        find_app(config, request, gw_str("/"), false, scratch, out);
        return;
    }
    form = gw_path_normalize(request->path, scratch, request->path.len, &normal.len);
    if (form == GW_PATH_REFUSED) {
        refuse(out, 400, "path");
        return;
    }
    if (!is_reserved(request->path, normal, scratch + request->path.len, out))
        find_app(config, request, normal, form == GW_PATH_AMBIGUOUS, scratch + request->path.len,
                 out);
}
