#include "gateway/acme/tally.h"

#include <string.h>

static const char *const names[ACME_OUTCOMES] = {
#define X(symbol, name) name,
    ACME_OUTCOME_LIST(X)
#undef X
};

const char *acme_outcome_name(enum acme_outcome outcome)
{
    return names[outcome];
}

enum acme_outcome acme_outcome_of(const char *code)
{
    for (int i = ACME_OUTCOME_OK + 1; i < ACME_OUTCOME_AGENT; i++)
        if (strcmp(names[i], code) == 0)
            return (enum acme_outcome)i;
    return ACME_OUTCOME_AGENT;
}
