#include "gateway/lifetime/sockets.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/core/sockets.h"
#include "gateway/handover/meeting.h"
#include "gateway/handover/taker.h"

enum { BESIDE_ENGINE = 2 }; /* admin, control */

/* One line for each that must be the same: how many threads share a listener, then the addresses as
 * the configuration has them. Returns: NULL when memory ran out. */
static char *plan_of(const struct gateway_sockets_wish *wish)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (f == NULL)
        return NULL;
    (void)fprintf(f, "threads %u\n", wish->engine->threads);
    for (size_t i = 0; i < wish->engine->listeners_count; i++)
        (void)fprintf(f, "listener %s\n", wish->engine->listeners[i].address);
    (void)fprintf(f, "admin %s\n", wish->admin);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

static bool bind_all(struct gateway_sockets *s, const struct gateway_sockets_wish *wish, char *err,
                     size_t err_len)
{
    const struct gw_listener_config listener = {.address = wish->admin};
    const struct gw_config one = {.threads = 1, .listeners = &listener, .listeners_count = 1};
    int *beside = s->fds + s->count - BESIDE_ENGINE;

    if (!gw_sockets_bind(wish->engine, s->fds, err, err_len) ||
        !gw_sockets_bind(&one, beside, err, err_len))
        return false;
    if (wish->control != NULL)
        beside[1] = handover_listen(wish->control, err, err_len);
    return wish->control == NULL || beside[1] >= 0;
}

bool gateway_sockets_get(struct gateway_sockets *s, const struct gateway_sockets_wish *wish,
                         char *err, size_t err_len)
{
    const size_t count = gw_sockets_count(wish->engine) + BESIDE_ENGINE;

    *s = (struct gateway_sockets){.fds = calloc(count, sizeof *s->fds),
                                  .plan = plan_of(wish),
                                  .predecessor = -1,
                                  .user = geteuid()};
    if (s->fds == NULL || s->plan == NULL) {
        (void)snprintf(err, err_len, "memory ran out");
        return false;
    }
    s->count = count;
    for (size_t i = 0; i < count; i++)
        s->fds[i] = -1;
    if (wish->takeover == NULL)
        return bind_all(s, wish, err, err_len);
    s->predecessor = handover_take(wish->takeover, s->plan, s->fds, count, err, err_len);
    return s->predecessor >= 0;
}

int gateway_sockets_admin(const struct gateway_sockets *s)
{
    return fcntl(s->fds[s->count - 2], F_DUPFD_CLOEXEC, 0);
}

int gateway_sockets_control(const struct gateway_sockets *s)
{
    return s->fds[s->count - 1];
}

void gateway_sockets_close(struct gateway_sockets *s)
{
    gw_sockets_close(s->fds, s->count);
    free(s->fds);
    free(s->plan);
    if (s->predecessor >= 0)
        (void)close(s->predecessor);
    *s = (struct gateway_sockets){.predecessor = -1};
}
