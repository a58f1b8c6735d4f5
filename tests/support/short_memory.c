#include "tests/support/short_memory.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

struct short_memory short_memory;

static bool fails(void)
{
    return short_memory.armed && short_memory.fails_at > 0 && --short_memory.fails_at == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

static void *json_malloc(size_t size)
{
    return __wrap_malloc(size);
}

void short_memory_init(void)
{
    cJSON_Hooks hooks = {json_malloc, free};

    cJSON_InitHooks(&hooks);
}
