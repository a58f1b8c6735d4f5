/*
 * A library to preload: counts each lock that the program takes, in the first eight bytes of the
 * file DEVPROOF_LOCK_FILE.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t *count;
static int (*real_mutex_lock)(pthread_mutex_t *lock);
static int (*real_read_lock)(pthread_rwlock_t *lock);
static int (*real_write_lock)(pthread_rwlock_t *lock);

/* In a constructor: the programs clear their environment. */
__attribute__((constructor)) static void open_count(void)
{
    const char *path = getenv("DEVPROOF_LOCK_FILE");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *at;

    if (fd < 0)
        return;
    at = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (at != MAP_FAILED)
        count = at;
}

static void *find(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static void taken(void)
{
    if (count != NULL)
        (*count)++;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (real_mutex_lock == NULL)
        *(void **)&real_mutex_lock = find("pthread_mutex_lock");
    taken();
    return real_mutex_lock(mutex);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
    if (real_read_lock == NULL)
        *(void **)&real_read_lock = find("pthread_rwlock_rdlock");
    taken();
    return real_read_lock(rwlock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
    if (real_write_lock == NULL)
        *(void **)&real_write_lock = find("pthread_rwlock_wrlock");
    taken();
    return real_write_lock(rwlock);
}
