#include "certbind/quote_text.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/quote.h"
#include "certbind/hex.h"
#include "certbind/json.h"

certbind_status certbind_quote_text_read(const cJSON *object, struct certbind_bytes *out,
                                         struct certbind_error *err)
{
    const char *text = certbind_json_string(object, "quote");
    const size_t len = text == NULL ? 0 : strlen(text) / 2;
    uint8_t *bytes;

    if (text == NULL)
        return certbind_fail(err, CERTBIND_E_EVIDENCE_JSON,
                             "member 'quote' is missing or has another form");
    if (len > CERTBIND_QUOTE_MAX_BYTES)
        return certbind_fail(err, CERTBIND_E_QUOTE_SIZE, "%zu bytes", len);
    bytes = malloc(len + 1);
    if (bytes == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    *out = certbind_bytes(bytes, len);
    if (!certbind_hex_decode(certbind_text(text), bytes, len))
        return certbind_fail(err, CERTBIND_E_QUOTE_MALFORMED, "the quote is not lowercase hex");
    return CERTBIND_OK;
}
