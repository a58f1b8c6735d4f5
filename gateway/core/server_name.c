#include "gateway/core/server_name.h"

#include <stddef.h>

bool gw_server_name_check(char *name)
{
    size_t label = 0;
    size_t i;

    for (i = 0; name[i] != '\0'; i++) {
        char c = name[i];

        if (c >= 'A' && c <= 'Z')
            name[i] = c = (char)(c - 'A' + 'a');
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
        if (++label > 63)
            return false;
    }
    return i > 0 && i <= 253 && label > 0;
}
