#include "gateway/process_usage.h"

#include <dirent.h>
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

static void get_memory(struct gateway_process_usage *out)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    char line[LINE_ROOM];
    char *end = NULL;

    if (!read_line("/proc/self/statm", "", line))
        return;
    out->virtual_bytes = strtoull(line, &end, 10) * page;
    out->resident_bytes = strtoull(end, NULL, 10) * page;
}

/* Without those of the folder's own. */
static uint64_t count_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *e;
    uint64_t n = 0;

    if (folder == NULL)
        return 0;
    while ((e = readdir(folder)) != NULL)
        n += e->d_name[0] != '.';
    (void)closedir(folder);
    return n > 0 ? n - 1 : 0;
}

void gateway_process_usage_get(struct gateway_process_usage *out)
{
    struct rusage used;
    struct rlimit files;

    *out = (struct gateway_process_usage){.started_s = started_s(), .open_files = count_files()};
    get_memory(out);
    if (getrusage(RUSAGE_SELF, &used) == 0)
        out->cpu_us = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * US_PER_S +
                      (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        out->max_files = files.rlim_cur;
}
