/*
 * A library to preload: look-ups of names that begin with "slow" wait for a byte in the pipe
 * DEVPROOF_SLOW_NAMES, and then find nothing. Every other look-up is the C library's.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static int held = -1;

/* In a constructor: the programs clear their environment. For both directions: so it does not wait
 * here. */
__attribute__((constructor)) static void open_pipe(void)
{
    const char *path = getenv("DEVPROOF_SLOW_NAMES");

    if (path != NULL)
        held = open(path, O_RDWR | O_CLOEXEC);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res)
{
    resolver *real = NULL;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    char byte;

    if (held >= 0 && node != NULL && strncmp(node, "slow", 4) == 0)
        return read(held, &byte, 1) == 1 ? EAI_NONAME : EAI_SYSTEM;
    memcpy(&real, &symbol, sizeof real);
    return real(node, service, hints, res);
}
