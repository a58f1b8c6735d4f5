/*
 * A resolver for tests: with --names FILE, names have the addresses that the file's lines
 * "NAME ADDRESS" say at that moment, and none without a line. It takes the place of the C
 * library's getaddrinfo() in this program.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/core_proxy.h"

enum { LINE = 300 };

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static const char *_Atomic names_file;

void core_proxy_use_names(const char *file)
{
    atomic_store(&names_file, file);
}

static resolver *real(void)
{
    resolver *found = NULL;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

    memcpy(&found, &symbol, sizeof(found));
    return found;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res)
{
    const char *file = atomic_load(&names_file);
    struct addrinfo **end = res;
    char line[LINE], name[LINE], address[LINE];
    FILE *f;

    if (file == NULL)
        return real()(node, service, hints, res);
    f = fopen(file, "r");
    if (f == NULL)
        return EAI_AGAIN;
    *res = NULL;
    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "%299s %299s", name, address) != 2 || strcmp(name, node) != 0 ||
            real()(address, service, hints, end) != 0)
            continue;
        while (*end != NULL)
            end = &(*end)->ai_next;
    }
    (void)fclose(f);
    return *res != NULL ? 0 : EAI_NONAME;
}
