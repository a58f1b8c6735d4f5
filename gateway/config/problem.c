#include "gateway/config/problem.h"

void gateway_config_problem(struct certbind_problems *problems,
                            const struct certbind_shape_document *document, const cJSON *item,
                            const char *path, const char *text)
{
    const char *value = cJSON_GetStringValue(item);

    certbind_problem_add(problems, document, item, path, "'%.60s' %s", value != NULL ? value : "",
                         text);
}
