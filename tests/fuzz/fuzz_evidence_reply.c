/* The answer to an evidence request: the outcome is the same however the bytes are cut. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ra-tls/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BODY = 4096 };

static certbind_status feed(struct ratls_reply *reply, const uint8_t *data, size_t size,
                            size_t step)
{
    struct certbind_error err = {0};
    certbind_status status = CERTBIND_OK;

    ratls_reply_init(reply, MAX_BODY);
    for (size_t at = 0; at < size && status == CERTBIND_OK; at += step)
        status = ratls_reply_feed(reply, data + at, size - at < step ? size - at : step, &err);
    assert(status == CERTBIND_OK || err.status == status);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_reply whole;
    struct ratls_reply cut;
    certbind_status status;

    if (size < 2)
        return 0;
    status = feed(&whole, data + 1, size - 1, size);
    assert(feed(&cut, data + 1, size - 1, 1 + data[0] % 64U) == status);
    assert(whole.done == cut.done && whole.len == cut.len && whole.len <= MAX_BODY);
    if (whole.len > 0)
        assert(memcmp(whole.body, cut.body, whole.len) == 0);
    ratls_reply_cleanup(&whole);
    ratls_reply_cleanup(&cut);
    return 0;
}
