/*
 * conn_admit: asks whether a connection may go on.
 */
#include "gateway/core/conn.h"
#include "gateway/core/loop.h"

bool gw_conn_admit(struct gw_conn *c, enum gw_admission step)
{
    const struct gw_config *config = c->loop->config;
    const char *why = NULL;

    if (config->on_admit == NULL)
        return true;
    gw_conn_fill_info(c);
    why = config->on_admit(config->user, c->loop, &c->info, step);
    if (why == NULL) {
        c->info.admitted |= (unsigned)step;
        return true;
    }
    gw_count(c->loop, GW_STAT(connections_refused), 1);
    gw_conn_close(c, why);
    return false;
}
