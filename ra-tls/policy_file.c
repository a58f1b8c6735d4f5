#include "ra-tls/policy_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static certbind_status read_stream(FILE *f, const char *path, uint8_t **data, size_t *len,
                                   struct certbind_error *err)
{
    size_t room = 0;

    for (;;) {
        size_t n;

        if (*len + 1 >= room) {
            uint8_t *grown = realloc(*data, room = 2 * room + 16384);

            if (grown == NULL)
                return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
            *data = grown;
        }
        n = fread(*data + *len, 1, room - *len - 1, f);
        *len += n;
        if (*len > RATLS_FILE_MAX_BYTES)
            return certbind_fail(err, CERTBIND_E_USAGE, "'%.120s' is too large", path);
        if (n == 0)
            break;
    }
    (*data)[*len] = '\0';
    return ferror(f) == 0 ? CERTBIND_OK
                          : certbind_fail(err, CERTBIND_E_USAGE, "cannot read '%.120s'", path);
}

certbind_status ratls_file_read(const char *path, uint8_t **data, size_t *len,
                                struct certbind_error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    FILE *f = standard_input ? stdin : fopen(path, "rb");
    certbind_status status;

    *data = NULL;
    *len = 0;
    if (f == NULL)
        return certbind_fail(err, CERTBIND_E_USAGE, "cannot open '%.120s': %s", path,
                             strerror(errno));
    status = read_stream(f, path, data, len, err);
    if (!standard_input)
        (void)fclose(f);
    if (status != CERTBIND_OK) {
        free(*data);
        *data = NULL;
        *len = 0;
    }
    return status;
}

bool ratls_policy_relative(const char *policy_path, const char *name, char *out, size_t room)
{
    const char *slash = strrchr(policy_path, '/');
    int folder = slash == NULL || name[0] == '/' ? 0 : (int)(slash + 1 - policy_path);

    return (size_t)snprintf(out, room, "%.*s%s", folder, policy_path, name) < room;
}

static certbind_status add_compose_files(const char *path, struct certbind_policy *policy,
                                         struct certbind_error *err)
{
    for (size_t i = 0; i < policy->compose_file_count; i++) {
        char name[4096];
        uint8_t *data = NULL;
        size_t len = 0;
        certbind_status status;

        if (!ratls_policy_relative(path, policy->compose_files[i], name, sizeof name))
            return certbind_fail(err, CERTBIND_E_USAGE, "a path in '%.120s' is too long", path);
        status = ratls_file_read(name, &data, &len, err);
        if (status == CERTBIND_OK)
            status = certbind_policy_add_compose_file(policy, certbind_bytes(data, len), err);
        free(data);
        if (status != CERTBIND_OK)
            return status;
    }
    return CERTBIND_OK;
}

certbind_status ratls_policy_load(const char *path, struct certbind_policy *policy,
                                  struct certbind_problems *problems, struct certbind_error *err)
{
    uint8_t *text = NULL;
    size_t len = 0;
    certbind_status status;

    memset(policy, 0, sizeof *policy);
    status = ratls_file_read(path, &text, &len, err);
    if (status == CERTBIND_OK)
        status = certbind_policy_parse(certbind_bytes(text, len), policy, problems);
    free(text);
    return status == CERTBIND_OK ? add_compose_files(path, policy, err) : status;
}

/* Whether that is exactly one certificate. What it must be beside that is for the verifier to say.
 */
static bool is_der(const uint8_t *data, size_t len)
{
    const uint8_t *end = data;
    X509 *cert = d2i_X509(NULL, &end, (long)len);
    bool ok = cert != NULL && end == data + len;

    X509_free(cert);
    ERR_clear_error();
    return ok;
}

/* The first certificate of a PEM file, whatever stands before it. Returns: its length */
static int read_pem(const uint8_t *text, size_t len, uint8_t **der)
{
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    X509 *cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    int n = cert == NULL ? -1 : i2d_X509(cert, der);

    X509_free(cert);
    BIO_free(bio);
    return n;
}

certbind_status ratls_root_load(const char *path, uint8_t **der, size_t *len,
                                struct certbind_error *err)
{
    uint8_t *text = NULL;
    size_t text_len = 0;
    certbind_status status = ratls_file_read(path, &text, &text_len, err);
    int n;

    *der = NULL;
    *len = 0;
    if (status != CERTBIND_OK)
        return status;
    if (is_der(text, text_len)) {
        *der = text;
        *len = text_len;
        return CERTBIND_OK;
    }
    n = read_pem(text, text_len, der);
    free(text);
    if (n <= 0)
        return certbind_fail_crypto(err, CERTBIND_E_MALFORMED,
                                    "the root is no certificate, PEM or DER");
    *len = (size_t)n;
    return CERTBIND_OK;
}
