#include "tests/schedule/entry.h"

#include <stdio.h>
#include <string.h>

#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"
#include "tests/schedule/tls_side.h"

enum { NETWORK = 0x0a010000 };

static size_t text_head(uint32_t told, char *out)
{
    if (told == 0)
        return (size_t)snprintf(out, CHAN_HEAD_MAX, "PROXY UNKNOWN\r\n");
    return (size_t)snprintf(out, CHAN_HEAD_MAX, "PROXY TCP4 10.1.%u.%u 127.0.0.1 %u 443\r\n",
                            told >> 8 & 255, told & 255, 1024 + (unsigned)sim_below(60000));
}

static size_t binary_head(uint32_t told, char *out)
{
    char addresses[] = "\x0a\x01\x00\x00\x7f\x00\x00\x01\x9c\x40\x01\xbb";
    static const char unknown[] = "\x04\x00\x02xy"; /* PP2_TYPE_NOOP */
    size_t extra = sim_chance(2) ? sizeof unknown - 1 : 0;
    size_t len = (told != 0 ? sizeof addresses - 1 : 0) + extra;

    memcpy(out, "\r\n\r\n\0\r\nQUIT\n", 12);
    out[12] = told != 0 ? 0x21 : 0x20;
    out[13] = told != 0 ? 0x11 : 0;
    out[14] = 0;
    out[15] = (char)len;
    addresses[2] = (char)(told >> 8);
    addresses[3] = (char)told;
    memcpy(out + 16, addresses, len - extra);
    memcpy(out + 16 + len - extra, unknown, extra);
    return 16 + len;
}

/* What a relay says; now and then nonsense, or nothing. */
static size_t relay_head(uint32_t *told, char *out)
{
    *told = sim_chance(4) ? 0 : NETWORK + 1 + (uint32_t)sim_below(60000);
    if (sim_chance(30))
        return (size_t)snprintf(out, CHAN_HEAD_MAX, "PROXY TCP4 10.1.1\r\n");
    return (sim_chance(2) ? text_head : binary_head)(*told, out);
}

bool entry_open(struct chan *chan, const char *address, bool http2, uint32_t *told)
{
    bool relayed = strcmp(address, SCENE_RELAYED) == 0 || strcmp(address, SCENE_RELAYED_TLS) == 0;
    bool tls = strcmp(address, SCENE_TLS) == 0 || strcmp(address, SCENE_RELAYED_TLS) == 0;
    struct sim_wire_end *end = sim_dial(address);
    SSL_CTX *ctx = http2 ? tls_side_client_http2() : tls_side_client();
    char head[CHAN_HEAD_MAX];
    size_t len = 0;

    *told = 0;
    if (end == NULL)
        return false;
    if (relayed)
        len = relay_head(told, head);
    chan_open_behind(chan, end, tls ? ctx : NULL, head, len);
    return true;
}
