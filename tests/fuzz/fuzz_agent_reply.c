/* JSON of the guest agent as each of the three answers that are read. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/agent/reply.h"
#include "gateway/evidence/quote_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zero[CERTBIND_REPORT_DATA_LEN];
    struct certbind_bytes body = certbind_bytes(data, size);
    struct gateway_info info;
    struct gateway_quote quote;
    uint8_t key[CERTBIND_AGENT_KEY_LEN];

    if (gateway_info_parse(body, &info, NULL) != CERTBIND_OK)
        assert(info.app_compose == NULL);
    gateway_info_cleanup(&info);
    if (gateway_key_parse(body, key, NULL) != CERTBIND_OK)
        assert(certbind_is_zero(key, sizeof key));
    if (gateway_quote_take(body, zero, &quote, NULL) == CERTBIND_OK)
        assert(memcmp(quote.td.report_data, zero, sizeof zero) == 0);
    else
        assert(quote.quote == NULL && quote.event_log == NULL);
    gateway_quote_cleanup(&quote);
    return 0;
}
