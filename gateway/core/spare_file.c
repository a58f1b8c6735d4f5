#include "gateway/core/spare_file.h"

#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gateway/core/conn.h"
#include "gateway/core/loop.h"

enum { BACK_MS = 10, BREATH_NS = 1000000 };

static void take_back(struct gw_deadline *d)
{
    struct gw_loop *loop = (struct gw_loop *)((char *)d - offsetof(struct gw_loop, spare.back));

    if (loop->spare.fd < 0)
        loop->spare.fd = eventfd(0, EFD_CLOEXEC);
    if (loop->spare.fd < 0)
        gw_loop_deadline(loop, d, BACK_MS);
}

void gw_spare_file_init(struct gw_loop *loop)
{
    gw_deadline_init(&loop->spare.back, take_back);
    loop->spare.fd = eventfd(0, EFD_CLOEXEC);
}

/* It comes back in a while, not here: libuv asks once more, and without a free descriptor the
 * kernel does not say that nobody waits. */
void gw_spare_file_use(struct gw_loop *loop, int listening)
{
    static const struct timespec breath = {.tv_nsec = BREATH_NS};
    int fd;

    if (loop->spare.fd >= 0)
        (void)close(loop->spare.fd);
    else if (loop->conns != NULL)
        gw_conn_close(loop->conns, "accept-error");
    else
        (void)nanosleep(&breath, NULL); /* the other loops have them all */
    loop->spare.fd = -1;
    gw_loop_deadline(loop, &loop->spare.back, BACK_MS);
    while ((fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        (void)close(fd);
}

void gw_spare_file_cleanup(struct gw_loop *loop)
{
    if (loop->spare.fd >= 0)
        (void)close(loop->spare.fd);
    loop->spare.fd = -1;
}
