#include "gateway/metrics/list.h"

#include <string.h>

#define COUNTER GATEWAY_METRIC_COUNTER
#define GAUGE GATEWAY_METRIC_GAUGE
#define HISTOGRAM GATEWAY_METRIC_HISTOGRAM

/* What every exporter calls the same has no prefix of ours. */
#define PREFIX(symbol)                                                                             \
    ((symbol) >= GATEWAY_METRIC_PROCESS_CPU && (symbol) <= GATEWAY_METRIC_PROCESS_START            \
         ? ""                                                                                      \
         : GATEWAY_METRIC_PREFIX)

static const struct gateway_metric_info list[GATEWAY_METRIC_COUNT] = {
#define X(symbol, name, type, labels, help)                                                        \
    {PREFIX(GATEWAY_METRIC_##symbol), name, type, labels, help},
    GATEWAY_METRIC_LIST(X)
#undef X
};

const struct gateway_metric_info *gateway_metric_info(enum gateway_metric metric)
{
    return &list[metric];
}

const char *gateway_metric_type_name(enum gateway_metric_type type)
{
    static const char *const names[] = {"", "counter", "gauge", "histogram"};

    return names[type];
}
