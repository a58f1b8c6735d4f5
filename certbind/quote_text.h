/*
 * quote_text: a quote as the replies carry it: the member `quote`, in lowercase hex. Pure.
 */
#ifndef CERTBIND_QUOTE_TEXT_H
#define CERTBIND_QUOTE_TEXT_H

#include <cjson/cJSON.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

/**
 * Read the member `quote` of a reply.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_EVIDENCE_JSON when it is missing or no string,
 *          CERTBIND_E_QUOTE_SIZE, CERTBIND_E_QUOTE_MALFORMED for what is not hex, CERTBIND_E_MEMORY
 * Out:     out  the bytes, to be freed by the caller, also after a refusal; nothing is verified
 */
CERTBIND_MUST_CHECK certbind_status certbind_quote_text_read(const cJSON *object,
                                                             struct certbind_bytes *out,
                                                             struct certbind_error *err);

#endif
