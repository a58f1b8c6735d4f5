#include "ra-tls/cli/input.h"

#include <stdio.h>
#include <string.h>

#include "certbind/hex.h"
#include "ra-tls/policy_file.h"

enum exit_code input_read(const char *command, const char *path, uint8_t **data, size_t *len)
{
    struct certbind_error err = {0};

    if (ratls_file_read(path, data, len, &err) == CERTBIND_OK)
        return EXIT_ACCEPTED;
    (void)fprintf(stderr, "devproof %s: %s\n", command, err.detail);
    return EXIT_MALFORMED;
}

void input_decode_hex(uint8_t *data, size_t *len)
{
    size_t n = *len;

    while (n > 0 && strchr(" \t\r\n", data[n - 1]) != NULL)
        n--;
    if (n > 2 && data[0] == '0' && data[1] == 'x') {
        memmove(data, data + 2, n - 2);
        n -= 2;
    }
    if (n > 0 && certbind_hex_decode_any_case(certbind_bytes(data, n), data, n / 2))
        *len = n / 2;
}
