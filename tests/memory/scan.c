#include "tests/memory/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum { PIECE = 1 << 20 };

/* Reserved, never used as memory: the shadow of a sanitizer. */
static const uint64_t RESERVED = UINT64_C(4) << 30;

struct scan {
    int fd;
    uint8_t *piece; /* a mapping of its own, which is not looked at */
    const uint8_t *masked;
    size_t len;
    struct scan_found found;
};

void scan_mask(uint8_t *masked, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        masked[i] = (uint8_t)(((const uint8_t *)data)[i] ^ SCAN_MASK);
}

static void note(struct scan *s, uint64_t address, const char *mapping)
{
    if (CRYPTO_secure_allocated((const void *)(uintptr_t)address) == 1) {
        s->found.secure++;
        return;
    }
    if (s->found.other++ == 0)
        (void)snprintf(s->found.where, sizeof s->found.where, "%llx in %.100s",
                       (unsigned long long)address, mapping);
}

static size_t matches(const struct scan *s, const uint8_t *at)
{
    size_t i = 0;

    while (i < s->len && (at[i] ^ SCAN_MASK) == s->masked[i])
        i++;
    return i;
}

static void look_at_piece(struct scan *s, size_t n, uint64_t from, const char *mapping)
{
    const uint8_t *last = s->piece + n - s->len;
    const uint8_t *at = s->piece;

    for (; at <= last; at++) {
        at = memchr(at, s->masked[0] ^ SCAN_MASK, (size_t)(last - at) + 1);
        if (at == NULL)
            return;
        if (matches(s, at) == s->len)
            note(s, from + (uint64_t)(at - s->piece), mapping);
    }
}

static void look(struct scan *s, uint64_t from, uint64_t to, const char *mapping)
{
    while (from + s->len <= to) {
        size_t want = to - from < PIECE ? (size_t)(to - from) : PIECE;
        ssize_t n = pread(s->fd, s->piece, want, (off_t)from);

        if (n < (ssize_t)s->len)
            return;
        look_at_piece(s, (size_t)n, from, mapping);
        from += (uint64_t)n - s->len + 1;
    }
}

struct scan_found scan_memory(const uint8_t *masked, size_t len)
{
    struct scan s = {.masked = masked, .len = len, .fd = open("/proc/self/mem", O_RDONLY)};
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];

    s.piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s.fd < 0 || maps == NULL || s.piece == MAP_FAILED)
        abort();
    while (fgets(line, sizeof line, maps) != NULL) {
        char *at = NULL;
        uint64_t from = strtoull(line, &at, 16);
        uint64_t to = strtoull(at + 1, &at, 16);
        uint64_t own = (uintptr_t)s.piece;

        line[strcspn(line, "\n")] = '\0';
        if (at[1] != 'r' || at[2] != 'w' || to - from > RESERVED)
            continue;
        /* The kernel may have joined the piece with its neighbours. */
        if (own >= from && own < to) {
            look(&s, from, own, line);
            look(&s, own + PIECE, to, line);
        } else {
            look(&s, from, to, line);
        }
    }
    (void)munmap(s.piece, PIECE);
    (void)fclose(maps);
    (void)close(s.fd);
    return s.found;
}
