#include <stdio.h>
#include <stdlib.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/policy_file.h"

enum exit_code command_compose_hash(const struct arguments *args)
{
    struct certbind_error err = {0};
    uint8_t *data = NULL;
    size_t len = 0;
    uint8_t hash[CERTBIND_SHA256_LEN];
    char text[2 * CERTBIND_SHA256_LEN + 1];

    if (ratls_file_read(args->word[0], &data, &len, &err) != CERTBIND_OK) {
        (void)fprintf(stderr, "devproof compose hash: %s\n", err.detail);
        return EXIT_MALFORMED;
    }
    if (!certbind_sha256(certbind_bytes(data, len), hash)) {
        free(data);
        return EXIT_FAILED;
    }
    free(data);
    certbind_hex_encode(hash, sizeof hash, text);
    (void)printf("%s\n", text);
    return EXIT_ACCEPTED;
}
