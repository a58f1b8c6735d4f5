/*
 * Replays a corpus through a fuzz target, so that every finding stays a test in builds without
 * libFuzzer. Arguments: files or folders. Fails when there is nothing to replay.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;
    size_t room = 0;

    if (f == NULL) {
        fprintf(stderr, "cannot open '%s': %s\n", path, strerror(errno));
        return -1;
    }
    for (;;) {
        if (size == room) {
            uint8_t *grown = realloc(data, room = room * 2 + 4096);

            if (grown == NULL)
                abort();
            data = grown;
        }
        size_t n = fread(data + size, 1, room - size, f);

        if (n == 0)
            break;
        size += n;
    }
    fclose(f);
    /* An exact-size copy: a read past the end is then seen by the sanitizer. */
    uint8_t *exact = malloc(size == 0 ? 1 : size);

    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(data);
    return 0;
}

static int replay_folder(const char *path, size_t *count)
{
    DIR *dir = opendir(path);

    if (dir == NULL) {
        *count += 1;
        return replay_file(path);
    }
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char name[4096];

        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (replay_file(name) != 0) {
            closedir(dir);
            return -1;
        }
        *count += 1;
    }
    closedir(dir);
    return 0;
}

int main(int argc, char **argv)
{
    size_t count = 0;

    for (int i = 1; i < argc; i++)
        if (replay_folder(argv[i], &count) != 0)
            return 1;
    printf("replayed %zu inputs\n", count);
    return count == 0 ? 1 : 0;
}
