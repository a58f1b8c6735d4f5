#include "gateway/metrics/process_usage.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_ROOM = 1024, US_PER_S = 1000000 };

/* The first line, or the first that begins with a word. Returns: whether there is one. */
static bool read_line(const char *path, const char *word, char line[LINE_ROOM])
{
    FILE *f = fopen(path, "re");
    bool found = false;

    if (f == NULL)
        return false;
    while (!found && fgets(line, LINE_ROOM, f) != NULL)
        found = strncmp(line, word, strlen(word)) == 0;
    (void)fclose(f);
    return found;
}

/* In clock ticks since the boot: the 22nd field of stat; the second one may hold blanks. */
static uint64_t started_ticks(void)
{
    char line[LINE_ROOM];
    const char *at;

    if (!read_line("/proc/self/stat", "", line) || (at = strrchr(line, ')')) == NULL)
        return 0;
    for (int i = 0; i < 20 && at != NULL; i++)
        at = strchr(at + 1, ' ');
    return at != NULL ? strtoull(at, NULL, 10) : 0;
}

static uint64_t started_s(void)
{
    const long ticks = sysconf(_SC_CLK_TCK);
    char line[LINE_ROOM];

    if (ticks <= 0 || !read_line("/proc/stat", "btime ", line))
        return 0;
    return strtoull(line + sizeof "btime", NULL, 10) + started_ticks() / (uint64_t)ticks;
}

static void get_memory(int fd, struct gateway_process_usage *out)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    char line[LINE_ROOM];
    char *end = NULL;
    const ssize_t n = fd >= 0 ? pread(fd, line, sizeof line - 1, 0) : -1;

    if (n <= 0)
        return;
    line[n] = '\0';
    out->virtual_bytes = strtoull(line, &end, 10) * page;
    out->resident_bytes = strtoull(end, NULL, 10) * page;
}

/* Without those that it is read from. */
static uint64_t count_files(const struct gateway_process_sources *s)
{
    const struct dirent *e;
    uint64_t n = 0;

    if (s->files == NULL)
        return 0;
    rewinddir(s->files);
    while ((e = readdir(s->files)) != NULL)
        n += e->d_name[0] != '.';
    n -= n > 0;
    return n > 0 && s->memory >= 0 ? n - 1 : n;
}

/* In its own steps: the thread sanitizer knows of open, not of what opendir does inside. */
static DIR *open_folder(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;

    if (folder == NULL && fd >= 0)
        (void)close(fd);
    return folder;
}

void gateway_process_sources_open(struct gateway_process_sources *out)
{
    *out = (struct gateway_process_sources){
        .started_s = started_s(),
        .memory = open("/proc/self/statm", O_RDONLY | O_CLOEXEC),
        .files = open_folder("/proc/self/fd"),
    };
}

void gateway_process_sources_close(struct gateway_process_sources *s)
{
    if (s->memory >= 0)
        (void)close(s->memory);
    if (s->files != NULL)
        (void)closedir(s->files);
    *s = (struct gateway_process_sources){.memory = -1};
}

void gateway_process_usage_get(const struct gateway_process_sources *sources,
                               struct gateway_process_usage *out)
{
    struct rusage used;
    struct rlimit files;

    *out = (struct gateway_process_usage){.started_s = sources->started_s,
                                          .open_files = count_files(sources)};
    get_memory(sources->memory, out);
    if (getrusage(RUSAGE_SELF, &used) == 0)
        out->cpu_us = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * US_PER_S +
                      (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        out->max_files = files.rlim_cur;
}
