/* Statements: what is accepted can be written again, and writing is stable. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_statement first;
    struct certbind_statement second;
    char *once = NULL;
    char *twice = NULL;

    if (certbind_statement_parse(certbind_bytes(data, size), &first, NULL) != CERTBIND_OK)
        return 0;
    assert(size <= CERTBIND_STATEMENT_MAX_BYTES);
    /* Escapes may make the canonical text longer than the limit; nothing else may fail. */
    if (certbind_statement_encode(&first, &once, NULL) == CERTBIND_OK) {
        assert(certbind_statement_parse(certbind_text(once), &second, NULL) == CERTBIND_OK);
        assert(memcmp(first.session_key, second.session_key, sizeof first.session_key) == 0);
        assert(first.tls_key_count == second.tls_key_count);
        assert(first.issued_at == second.issued_at && first.not_after == second.not_after);
        assert(certbind_statement_encode(&second, &twice, NULL) == CERTBIND_OK);
        assert(strcmp(once, twice) == 0);
        certbind_statement_cleanup(&second);
    }
    if (certbind_statement_check_dates(&first, 1790000000, NULL) == CERTBIND_OK)
        assert(first.issued_at < first.not_after && first.not_after >= 1790000000);
    for (size_t i = 0; i < first.tls_key_count; i++)
        if (first.tls_keys[i].state == CERTBIND_KEY_CURRENT && first.tls_keys[i].name[0] != '*')
            assert(certbind_statement_check_tls_key(&first, first.tls_keys[i].spki_sha256,
                                                    first.tls_keys[i].name, NULL) == CERTBIND_OK);
    certbind_statement_cleanup(&first);
    free(once);
    free(twice);
    return 0;
}
