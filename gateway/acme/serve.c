#include "gateway/acme/serve.h"

#include <stdio.h>
#include <string.h>

#include "gateway/serve/answer.h"
#include "gateway/config/names.h"
#include "gateway/config/route.h"

enum { LOCATION_ROOM = 3072 };

static bool only_reads(struct gw_exchange *x)
{
    static const struct gw_response_field allow = {"Allow", "GET, HEAD"};
    struct gw_str method = gw_exchange_request(x)->method;

    if (gw_str_equal(method, gw_str("GET")) || gw_str_equal(method, gw_str("HEAD")))
        return true;
    gateway_answer_error(x, 405, "method-not-allowed", "only GET and HEAD", &allow);
    return false;
}

/* Do we ask an authority to look here for a certificate of the host? */
static bool is_asked_for(const struct gateway_acme_config *config, struct gw_str host)
{
    for (size_t i = 0; strcmp(config->challenge, "http-01") == 0 && i < config->names_count; i++)
        if (gw_str_equal_nocase(host, gw_str(config->names[i])))
            return true;
    return false;
}

void acme_serve_challenge(struct acme_challenges *table, const struct gateway_acme_config *config,
                          const char *token, struct gw_exchange *x)
{
    static const struct gw_response_field fields[] = {
        {"Content-Type", "application/octet-stream"},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
    };
    char authorization[ACME_AUTHORIZATION_ROOM];
    struct gw_response answer = {
        .status = 200,
        .fields = fields,
        .fields_count = sizeof fields / sizeof fields[0],
        .body = (const uint8_t *)authorization,
    };

    if (!only_reads(x))
        return;
    if (table == NULL || !is_asked_for(config, gw_exchange_request(x)->host) ||
        !acme_challenges_authorize(table, gw_str(token), authorization)) {
        gateway_answer_error(x, 404, "not-found", "no such challenge", NULL);
        return;
    }
    answer.body_len = strlen(authorization);
    gw_exchange_respond(x, &answer);
}

/* Does TLS end here for the host? */
static bool is_served(const struct gateway_config *config, struct gw_str host)
{
    for (size_t i = 0; i < config->listeners_count; i++)
        if (config->listeners[i].mode == GATEWAY_MODE_HTTP &&
            gateway_listener_serves(&config->listeners[i], host))
            return host.len > 0 && !gateway_route_passes(config, host);
    return false;
}

void acme_serve_redirect(const struct gateway_config *config, struct gw_exchange *x)
{
    const struct gw_http1_request *r = gw_exchange_request(x);
    char location[LOCATION_ROOM];
    const struct gw_response_field fields[] = {{"Location", location}};
    const struct gw_response answer = {.status = 308, .fields = fields, .fields_count = 1};

    if (!only_reads(x))
        return;
    if (!is_served(config, r->host)) {
        gateway_answer_error(x, 421, "misdirected", "this host is not served here", NULL);
        return;
    }
    if (r->host.len + r->path.len + r->query.len + sizeof "https://" > sizeof location) {
        gateway_answer_error(x, 414, "target-size", "too long to be sent elsewhere", NULL);
        return;
    }
    (void)snprintf(location, sizeof location, "https://%.*s%.*s%.*s", (int)r->host.len, r->host.at,
                   (int)r->path.len, r->path.len > 0 ? r->path.at : "", (int)r->query.len,
                   r->query.len > 0 ? r->query.at : "");
    gw_exchange_respond(x, &answer);
}
