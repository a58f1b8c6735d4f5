#include "gateway/core/spare_file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

enum { AT_A_TIME = 256 };

struct gw_spare_file {
    uv_mutex_t lock; /* taken only when descriptors are short */
    int fd;          /* under lock; -1: given up */
    atomic_bool given_up;
};

/* With the lock. */
static bool take_back(struct gw_spare_file *spare)
{
    if (spare->fd < 0)
        spare->fd = eventfd(0, EFD_CLOEXEC);
    atomic_store(&spare->given_up, spare->fd < 0);
    return spare->fd >= 0;
}

struct gw_spare_file *gw_spare_file_new(void)
{
    struct gw_spare_file *spare = calloc(1, sizeof(*spare));

    if (spare == NULL || uv_mutex_init(&spare->lock) != 0) {
        free(spare);
        return NULL;
    }
    spare->fd = -1;
    (void)take_back(spare);
    return spare;
}

bool gw_spare_file_given_up(const struct gw_spare_file *spare)
{
    return atomic_load(&spare->given_up);
}

/* The flag is up before the descriptor is free: who gets it in between sees that it is not his. */
bool gw_spare_file_turn_away(struct gw_spare_file *spare, int listening, unsigned *turned)
{
    bool back;
    int fd;

    *turned = 0;
    uv_mutex_lock(&spare->lock);
    atomic_store(&spare->given_up, true);
    if (spare->fd >= 0)
        (void)close(spare->fd);
    spare->fd = -1;
    while (*turned < AT_A_TIME && (fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        (void)close(fd);
        ++*turned;
    }
    back = take_back(spare);
    uv_mutex_unlock(&spare->lock);
    return back;
}

bool gw_spare_file_take_back(struct gw_spare_file *spare)
{
    bool back;

    uv_mutex_lock(&spare->lock);
    back = take_back(spare);
    uv_mutex_unlock(&spare->lock);
    return back;
}

void gw_spare_file_free(struct gw_spare_file *spare)
{
    if (spare == NULL)
        return;
    if (spare->fd >= 0)
        (void)close(spare->fd);
    uv_mutex_destroy(&spare->lock);
    free(spare);
}
