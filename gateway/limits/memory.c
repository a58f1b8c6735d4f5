#include "gateway/limits/memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 100, SHORT_PERCENT = 90, FULL_PERCENT = 97, BACK_PERCENT = 3, TEXT_ROOM = 128 };

/* cgroup v1 says "no limit" with a number about as large as this. */
static const uint64_t no_limit = UINT64_C(1) << 60;

uint64_t gateway_memory_allowed(const char *text)
{
    char *end = NULL;
    uint64_t bytes = strtoull(text, &end, 10);

    return end == text || bytes >= no_limit ? 0 : bytes / 5 * 4;
}

static uint64_t allowed_by(const char *file)
{
    char text[TEXT_ROOM] = "";
    FILE *f = fopen(file, "re");

    if (f == NULL)
        return 0;
    if (fgets(text, sizeof text, f) == NULL)
        text[0] = '\0';
    (void)fclose(f);
    return gateway_memory_allowed(text);
}

static uint64_t allowed_by_group(void)
{
    uint64_t v2 = allowed_by("/sys/fs/cgroup/memory.max");

    return v2 != 0 ? v2 : allowed_by("/sys/fs/cgroup/memory/memory.limit_in_bytes");
}

enum gateway_memory_level gateway_memory_judge(uint64_t resident, uint64_t limit,
                                               enum gateway_memory_level before)
{
    const uint64_t percent = limit / 100;
    const uint64_t back = percent * BACK_PERCENT;

    if (resident >= percent * FULL_PERCENT - (before == GATEWAY_MEMORY_FULL ? back : 0))
        return GATEWAY_MEMORY_FULL;
    if (resident >= percent * SHORT_PERCENT - (before != GATEWAY_MEMORY_ENOUGH ? back : 0))
        return GATEWAY_MEMORY_SHORT;
    return GATEWAY_MEMORY_ENOUGH;
}

/* Returns: resident bytes, the second number of statm; 0 when they cannot be read. */
static uint64_t look(const struct gateway_memory *m)
{
    char text[TEXT_ROOM];
    ssize_t n = pread(m->fd, text, sizeof text - 1, 0);
    char *end = NULL;

    if (n <= 0)
        return 0;
    text[n] = '\0';
    (void)strtoull(text, &end, 10);
    return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void on_timer(uv_timer_t *timer)
{
    struct gateway_memory *m = timer->data;
    const enum gateway_memory_level before = gateway_memory_level(m);
    uint64_t resident = look(m);
    enum gateway_memory_level now = gateway_memory_judge(resident, m->limit, before);

    if (now != GATEWAY_MEMORY_ENOUGH) {
        /* What was freed counts until the kernel has it back. */
        (void)malloc_trim(0);
        resident = look(m);
        now = gateway_memory_judge(resident, m->limit, before);
    }
    if (now == before)
        return;
    atomic_store_explicit(&m->level, (int)now, memory_order_relaxed);
    GATEWAY_LOG(m->log, now == GATEWAY_MEMORY_ENOUGH ? GATEWAY_LOG_INFO : GATEWAY_LOG_ERROR,
                now == GATEWAY_MEMORY_ENOUGH  ? "memory-enough"
                : now == GATEWAY_MEMORY_SHORT ? "memory-short"
                                              : "memory-full",
                {"resident", NULL, (int64_t)resident}, {"limit", NULL, (int64_t)m->limit});
}

bool gateway_memory_open(struct gateway_memory *m, uint64_t limit)
{
    m->limit = limit != 0 ? limit : allowed_by_group();
    m->fd = -1;
    if (m->limit == 0)
        return true;
    m->fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    return m->fd >= 0 && look(m) != 0;
}

void gateway_memory_start(struct gateway_memory *m, uv_loop_t *loop, const struct gateway_log *log)
{
    m->log = log;
    atomic_store(&m->level, GATEWAY_MEMORY_ENOUGH);
    (void)uv_timer_init(loop, &m->timer);
    m->timer.data = m;
    if (m->limit != 0)
        (void)uv_timer_start(&m->timer, on_timer, 0, LOOK_MS);
}

void gateway_memory_stop(struct gateway_memory *m)
{
    if (!uv_is_closing((uv_handle_t *)&m->timer))
        uv_close((uv_handle_t *)&m->timer, NULL);
}

void gateway_memory_close(struct gateway_memory *m)
{
    if (m->fd >= 0)
        (void)close(m->fd);
    m->fd = -1;
}

enum gateway_memory_level gateway_memory_level(const struct gateway_memory *m)
{
    if (m == NULL)
        return GATEWAY_MEMORY_ENOUGH;
    return (enum gateway_memory_level)atomic_load_explicit(&m->level, memory_order_relaxed);
}
