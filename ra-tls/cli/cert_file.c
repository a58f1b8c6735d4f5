#include "ra-tls/cli/cert_file.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "certbind/der.h"
#include "ra-tls/cli/input.h"

static enum exit_code add(struct cert_file *out, const uint8_t *der, size_t len)
{
    uint8_t *copy;

    if (out->count == CERT_FILE_MAX)
        return EXIT_MALFORMED;
    copy = malloc(len == 0 ? 1 : len);
    if (copy == NULL)
        return EXIT_FAILED;
    memcpy(copy, der, len);
    out->memory[out->count] = copy;
    out->der[out->count++] = certbind_bytes(copy, len);
    return EXIT_ACCEPTED;
}

/* Blocks of another kind, such as a key, are passed over. */
static enum exit_code read_blocks(BIO *bio, struct cert_file *out)
{
    enum exit_code code = EXIT_ACCEPTED;
    char *name = NULL;
    char *header = NULL;
    unsigned char *data = NULL;
    long len = 0;

    while (code == EXIT_ACCEPTED && PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
        if (strcmp(name, PEM_STRING_X509) == 0)
            code = add(out, data, (size_t)len);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)len);
    }
    if (code == EXIT_ACCEPTED && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        code = EXIT_MALFORMED;
    ERR_clear_error();
    return code;
}

/* A certificate in DER may hold blocks of its own: a quote carries its chain as PEM. */
static bool is_der(const uint8_t *data, size_t len)
{
    return len > 1 && data[0] == CERTBIND_DER_SEQUENCE && data[1] >= 0x80;
}

enum exit_code cert_file_read(const char *command, const char *path, struct cert_file *out)
{
    uint8_t *data = NULL;
    size_t len = 0;
    enum exit_code code = input_read(command, path, &data, &len);
    BIO *bio;

    *out = (struct cert_file){.count = 0};
    if (code != EXIT_ACCEPTED)
        return code;
    bio = len > INT_MAX ? NULL : BIO_new_mem_buf(data, (int)len);
    code = bio == NULL ? EXIT_FAILED : EXIT_ACCEPTED;
    if (code == EXIT_ACCEPTED && !is_der(data, len))
        code = read_blocks(bio, out);
    if (code == EXIT_ACCEPTED && out->count == 0)
        code = add(out, data, len);
    if (code == EXIT_MALFORMED)
        (void)fprintf(stderr,
                      "devproof %s: '%s' has a broken block, or more than %d certificates\n",
                      command, path, CERT_FILE_MAX);
    else if (code != EXIT_ACCEPTED)
        (void)fprintf(stderr, "devproof %s: memory ran out\n", command);
    BIO_free(bio);
    free(data);
    return code;
}

void cert_file_free(struct cert_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        free(file->memory[i]);
    *file = (struct cert_file){.count = 0};
}
