#include <stdio.h>
#include <string.h>

#include "gateway/config/stream.h"
#include "gateway/config/problem.h"

struct check {
    const struct certbind_shape_document *document;
    struct certbind_problems *problems;
    const cJSON *routes;
};

static void problem(const struct check *c, const cJSON *item, const char *path, const char *text)
{
    gateway_config_problem(c->problems, c->document, item, path, text);
}

/* Is there a route of this mode for a name? In: exact  not one of * */
static bool has_route(const struct check *c, const char *mode, const char *name, bool exact)
{
    const cJSON *r;

    cJSON_ArrayForEach(r, c->routes)
    {
        const char *host = certbind_json_string(r, "host");

        if (strcmp(certbind_json_string(r, "mode"), mode) == 0 &&
            (strcmp(host, name) == 0 || (!exact && strcmp(host, "*") == 0)))
            return true;
    }
    return false;
}

/* As gateway_route_passes decides at run time. */
static bool passes(const struct check *c, const char *name)
{
    return has_route(c, "passthrough", name, true) ||
           (has_route(c, "passthrough", name, false) && !has_route(c, "http", name, true) &&
            !has_route(c, "tcp", name, true));
}

/* A stream can only be closed when its name leads nowhere: better told before. */
static void check_names(const struct check *c, const cJSON *listener, const char *path, bool *ends)
{
    const bool is_http = strcmp(certbind_json_string(listener, "mode"), "http") == 0;
    const cJSON *name;

    cJSON_ArrayForEach(name, certbind_json_get(listener, "names"))
    {
        const char *text = name->valuestring;
        const bool passed = passes(c, text);

        *ends = *ends || !passed || strcmp(text, "*") == 0;
        if (!is_http && !passed && cJSON_GetArraySize(c->routes) > 0 &&
            !has_route(c, "tcp", text, false))
            problem(c, name, path, "has no route of the listener's mode");
    }
}

static bool serves(const cJSON *listener, const char *name)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, certbind_json_get(listener, "names"))
    {
        if (strcmp(one->valuestring, "*") == 0 || strcmp(one->valuestring, name) == 0)
            return true;
    }
    return false;
}

/* A name that nobody can ask for is one that was misspelt, or forgotten at a listener. */
static void check_reach(const struct check *c, const cJSON *route, const cJSON *listeners,
                        const char *at)
{
    const cJSON *host = certbind_json_get(route, "host");
    const cJSON *l;

    if (strcmp(host->valuestring, "*") == 0)
        return;
    cJSON_ArrayForEach(l, listeners)
    {
        if (serves(l, host->valuestring))
            return;
    }
    problem(c, host, at, "is a name that no listener serves");
}

static void check_passthrough(const struct check *c, const cJSON *route, const cJSON *upstreams,
                              const char *at)
{
    const cJSON *host = certbind_json_get(route, "host");
    const cJSON *upstream = certbind_json_get(route, "upstream");
    const cJSON *to = certbind_json_get(upstreams, upstream->valuestring);

    if (has_route(c, "http", host->valuestring, true) ||
        has_route(c, "tcp", host->valuestring, true))
        problem(c, host, at, "is passed through and ended here: one name cannot be both");
    if (to != NULL &&
        (certbind_json_get(to, "tls") != NULL || certbind_json_get(to, "attested") != NULL))
        problem(c, upstream, at, "has TLS of its own, but what is passed through is the client's");
}

/* Does anything of this mode lead to an upstream? */
static bool is_used(const struct check *c, const cJSON *listeners, const char *mode,
                    const char *upstream)
{
    const cJSON *one;

    if (cJSON_GetArraySize(c->routes) == 0) {
        cJSON_ArrayForEach(one, listeners)
        {
            if (strcmp(certbind_json_string(one, "mode"), mode) == 0)
                return true;
        }
        return false;
    }
    cJSON_ArrayForEach(one, c->routes)
    {
        if (strcmp(certbind_json_string(one, "mode"), mode) == 0 &&
            strcmp(certbind_json_string(one, "upstream"), upstream) == 0)
            return true;
    }
    return false;
}

/* Requests and streams are proven on different listeners of the far side; over HTTP/2 there are
 * only requests. */
static void check_upstreams(const struct check *c, const cJSON *listeners, const cJSON *upstreams)
{
    const cJSON *u;

    cJSON_ArrayForEach(u, upstreams)
    {
        char path[80];

        (void)snprintf(path, sizeof path, "upstreams.%.60s", u->string);
        if (certbind_json_get(u, "attested") != NULL && is_used(c, listeners, "http", u->string) &&
            is_used(c, listeners, "tcp", u->string))
            certbind_problem_add(c->problems, c->document, u, path,
                                 "is attested, so it carries either requests or streams: make two");
        if (strcmp(certbind_json_string(u, "protocol"), "h2") == 0 &&
            (is_used(c, listeners, "tcp", u->string) ||
             is_used(c, listeners, "passthrough", u->string)))
            certbind_problem_add(c->problems, c->document, u, path,
                                 "speaks h2, and streams of bytes lead there: make two");
    }
}

void gateway_config_check_streams(const struct certbind_shape_document *document,
                                  struct certbind_problems *problems)
{
    const cJSON *root = document->json.root;
    const struct check c = {document, problems, certbind_json_get(root, "routes")};
    const cJSON *listeners = certbind_json_get(root, "listeners");
    const cJSON *one;
    bool ends = false;
    char path[64];
    int i = 0;

    cJSON_ArrayForEach(one, listeners)
    {
        (void)snprintf(path, sizeof path, "listeners[%d].names", i++);
        check_names(&c, one, path, &ends);
    }
    check_upstreams(&c, listeners, certbind_json_get(root, "upstreams"));
    if (!ends)
        certbind_problem_add(problems, document, listeners, "listeners",
                             "every name is passed through, so nothing is left to be proven");
    i = 0;
    cJSON_ArrayForEach(one, c.routes)
    {
        (void)snprintf(path, sizeof path, "routes[%d]", i++);
        check_reach(&c, one, listeners, path);
        if (strcmp(certbind_json_string(one, "mode"), "passthrough") == 0)
            check_passthrough(&c, one, certbind_json_get(root, "upstreams"), path);
    }
}
