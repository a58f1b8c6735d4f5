#include "gateway/control/readiness.h"

#include <stdio.h>
#include <string.h>

#include "gateway/log.h"

const char *gateway_readiness_reason(const struct gateway_readiness *r)
{
    const struct gateway_control_status *c = &r->control;

    if (r->stopping)
        return "stopping";
    if (c->published && r->now >= c->not_after)
        return "evidence-expired";
    if (!c->published)
        return c->code != NULL ? c->code : "starting";
    return r->serving ? NULL : "starting";
}

enum { UPSTREAM_ROOM = 512, TAIL_ROOM = 64 };

/* Add what the process has given up, as a member. */
static void write_sandbox(const struct sandbox_report *report, char *text, size_t room)
{
    const char *before = ",\"sandbox\":{";
    size_t len = strlen(text);

    for (int i = 0; i < SANDBOX_LAYERS; i++) {
        len += (size_t)snprintf(text + len, room - len, "%s\"%s\":\"%s\"", before,
                                sandbox_layer_name((enum sandbox_layer)i),
                                sandbox_state_name(report->layers[i].state));
        before = ",";
    }
    (void)snprintf(text + len, room - len, "}");
}

/* Add the upstreams as a member, and the end of the object. */
static void write_upstreams(const struct gateway_readiness *r, char *text, size_t room)
{
    size_t len = strlen(text);
    size_t i = 0;

    len += (size_t)snprintf(text + len, room - len, ",\"upstreams\":{");
    for (; i < r->upstreams_count && room - len > UPSTREAM_ROOM + TAIL_ROOM; i++) {
        const struct gateway_upstream_readiness *u = &r->upstreams[i];
        char name[400];

        (void)gateway_log_escape(u->name, strlen(u->name), name, sizeof name);
        len += (size_t)snprintf(text + len, room - len, "%s\"%s\":{\"servers\":%u,\"up\":%u}",
                                i > 0 ? "," : "", name, u->servers, u->up);
    }
    (void)snprintf(text + len, room - len, "},\"upstreams_left_out\":%zu}\n",
                   r->upstreams_count - i);
}

bool gateway_readiness_write(const struct gateway_readiness *r, char *text, size_t room)
{
    const struct gateway_control_status *c = &r->control;
    const char *why = gateway_readiness_reason(r);
    const char *self = certbind_status_name(c->self_check.code);
    char collateral[48] = "null";

    if (c->has_collateral)
        (void)snprintf(collateral, sizeof collateral, "{\"valid_until\":%llu}",
                       (unsigned long long)c->self_check.valid_until);
    (void)snprintf(
        text, room,
        "{\"ready\":%s,\"reasons\":[%s%s%s],"
        "\"evidence\":{\"issued_at\":%lld,\"not_after\":%lld,\"age_s\":%lld,"
        "\"certificate_until\":%lld},"
        "\"agent\":{\"state\":\"%s\",\"api\":\"%s\",\"failures\":%u,\"last_failure\":\"%s\"},"
        "\"self_check\":{\"result\":\"%s\",\"tcb\":\"%s\",\"simulated\":%s},"
        "\"collateral\":%s",
        why == NULL ? "true" : "false", why == NULL ? "" : "\"", why == NULL ? "" : why,
        why == NULL ? "" : "\"", (long long)c->issued_at, (long long)c->not_after,
        (long long)(c->issued_at == 0 ? 0 : r->now - c->issued_at), (long long)c->certificate_until,
        gateway_agent_result_name(c->agent), gateway_agent_api_name(c->api), c->failures,
        c->code == NULL ? "" : c->code, self, certbind_tcb_status_name(c->self_check.tcb),
        c->self_check.simulated ? "true" : "false", collateral);
    write_sandbox(&r->sandbox, text, room);
    write_upstreams(r, text, room);
    return why == NULL;
}
