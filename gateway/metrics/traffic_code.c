#include <stdio.h>

#include "gateway/metrics/traffic.h"

/* 0: no answer was sent; below 10: a class, for codes that nobody has registered (IANA's list). */
static const uint16_t codes[] = {
    0,   1,   2,   3,   4,   5,   100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206,
    207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405,
    406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424,
    425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
};

_Static_assert(sizeof codes / sizeof codes[0] == GATEWAY_TRAFFIC_CODES, "every code has a place");

size_t gateway_traffic_code(unsigned status)
{
    for (size_t i = 6; i < GATEWAY_TRAFFIC_CODES; i++)
        if (codes[i] == status)
            return i;
    return status >= 100 && status < 600 ? status / 100 : 0;
}

void gateway_traffic_code_name(size_t code, char text[8])
{
    unsigned n = codes[code];

    (void)snprintf(text, 8, n > 0 && n < 10 ? "%uxx" : "%u", n);
}
