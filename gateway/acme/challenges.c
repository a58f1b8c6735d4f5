#include "gateway/acme/challenges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/x509v3.h>
#include <uv.h>

#include "certbind/digest.h"

/* id-pe-acmeIdentifier (RFC 8737 section 6.1) */
#define ACME_IDENTIFIER_OID "1.3.6.1.5.5.7.1.31"

enum { HOUR_S = 3600, OCTET_STRING_HEAD = 2, TOKEN_MIN = 22, SAN_ROOM = ACME_NAME_ROOM + 8 };

struct challenge {
    char name[ACME_NAME_ROOM]; /* "": free */
    char authorization[ACME_AUTHORIZATION_ROOM];
    uint8_t *certificate; /* DER; owned by OpenSSL's allocator */
    int certificate_len;
};

struct acme_challenges {
    uv_mutex_t lock;
    char thumbprint[ACME_THUMBPRINT_ROOM]; /* of the account's key; "": not known yet */
    struct challenge list[ACME_CHALLENGES_MAX];
};

struct acme_challenges *acme_challenges_new(void)
{
    struct acme_challenges *t = calloc(1, sizeof *t);

    if (t == NULL || uv_mutex_init(&t->lock) != 0) {
        free(t);
        return NULL;
    }
    return t;
}

static void clear(struct challenge *c)
{
    OPENSSL_free(c->certificate);
    *c = (struct challenge){0};
}

void acme_challenges_free(struct acme_challenges *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < ACME_CHALLENGES_MAX; i++)
        clear(&table->list[i]);
    uv_mutex_destroy(&table->lock);
    free(table);
}

bool acme_challenges_set_account(struct acme_challenges *table, EVP_PKEY *account)
{
    char thumbprint[ACME_THUMBPRINT_ROOM];

    if (!acme_thumbprint(account, thumbprint))
        return false;
    uv_mutex_lock(&table->lock);
    memcpy(table->thumbprint, thumbprint, sizeof thumbprint);
    uv_mutex_unlock(&table->lock);
    return true;
}

/* The text of a token is what is reflected: it has no byte that means something anywhere. */
bool acme_token_ok(struct gw_str token)
{
    char text[ACME_TOKEN_ROOM] = "";

    if (token.len < TOKEN_MIN || token.len >= sizeof text)
        return false;
    memcpy(text, token.at, token.len);
    return strlen(text) == token.len && acme_base64url_ok(text, sizeof text);
}

bool acme_challenges_authorize(struct acme_challenges *table, struct gw_str token,
                               char out[ACME_AUTHORIZATION_ROOM])
{
    char thumbprint[ACME_THUMBPRINT_ROOM];

    if (!acme_token_ok(token))
        return false;
    uv_mutex_lock(&table->lock);
    memcpy(thumbprint, table->thumbprint, sizeof thumbprint);
    uv_mutex_unlock(&table->lock);
    (void)snprintf(out, ACME_AUTHORIZATION_ROOM, "%.*s.%s", (int)token.len, token.at, thumbprint);
    return thumbprint[0] != '\0';
}

/* The hash of the key authorisation, as an OCTET STRING inside the extension's. */
static bool add_identifier(X509 *x, const char *authorization)
{
    uint8_t value[OCTET_STRING_HEAD + CERTBIND_SHA256_LEN] = {V_ASN1_OCTET_STRING,
                                                              CERTBIND_SHA256_LEN};
    ASN1_OBJECT *oid = OBJ_txt2obj(ACME_IDENTIFIER_OID, 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e = NULL;
    bool ok = false;

    if (oid != NULL && data != NULL &&
        certbind_sha256(certbind_text(authorization), value + OCTET_STRING_HEAD) &&
        ASN1_OCTET_STRING_set(data, value, sizeof value) == 1)
        e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, data);
    ok = e != NULL && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(oid);
    return ok;
}

static bool add_name(X509 *x, const char *name)
{
    char san[SAN_ROOM];
    X509_EXTENSION *e;
    bool ok;

    (void)snprintf(san, sizeof san, "DNS:%s", name);
    e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    ok = e != NULL && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool make_certificate(struct challenge *c, EVP_PKEY *key)
{
    X509 *x = X509_new();
    bool ok = x != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(x), -HOUR_S) != NULL &&
              X509_gmtime_adj(X509_getm_notAfter(x), HOUR_S) != NULL &&
              X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                         (const uint8_t *)"acme-tls/1", -1, -1, 0) == 1 &&
              X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 &&
              X509_set_pubkey(x, key) == 1 && add_name(x, c->name) &&
              add_identifier(x, c->authorization) && X509_sign(x, key, EVP_sha256()) > 0;

    if (ok)
        c->certificate_len = i2d_X509(x, &c->certificate);
    X509_free(x);
    return ok && c->certificate_len > 0;
}

/* The entry of a name, or a free one. */
static struct challenge *place(struct acme_challenges *t, const char *name)
{
    struct challenge *vacant = NULL;

    for (size_t i = 0; i < ACME_CHALLENGES_MAX; i++) {
        if (strcmp(t->list[i].name, name) == 0)
            return &t->list[i];
        if (t->list[i].name[0] == '\0')
            vacant = &t->list[i];
    }
    return vacant;
}

bool acme_challenges_put(struct acme_challenges *table, const char *name, const char *token,
                         EVP_PKEY *account, EVP_PKEY *tls_key)
{
    struct challenge made = {0};
    struct challenge *to = NULL;

    if (name[0] == '\0' || strlen(name) >= sizeof made.name ||
        !acme_key_authorization(account, token, made.authorization))
        return false;
    (void)snprintf(made.name, sizeof made.name, "%s", name);
    if (make_certificate(&made, tls_key)) {
        uv_mutex_lock(&table->lock);
        to = place(table, name);
        if (to != NULL) {
            clear(to);
            *to = made;
        }
        uv_mutex_unlock(&table->lock);
    }
    if (to == NULL)
        clear(&made);
    return to != NULL;
}

void acme_challenges_drop(struct acme_challenges *table, const char *name)
{
    uv_mutex_lock(&table->lock);
    for (size_t i = 0; i < ACME_CHALLENGES_MAX; i++)
        if (strcmp(table->list[i].name, name) == 0)
            clear(&table->list[i]);
    uv_mutex_unlock(&table->lock);
}

bool acme_challenges_show(struct acme_challenges *table, SSL *ssl, const char *name)
{
    EVP_PKEY *key = SSL_CTX_get0_privatekey(SSL_get_SSL_CTX(ssl));
    X509 *x = NULL;
    bool ok;

    uv_mutex_lock(&table->lock);
    for (size_t i = 0; name != NULL && x == NULL && i < ACME_CHALLENGES_MAX; i++) {
        const struct challenge *c = &table->list[i];
        const uint8_t *at = c->certificate;

        if (c->name[0] != '\0' && strcmp(c->name, name) == 0)
            x = d2i_X509(NULL, &at, c->certificate_len);
    }
    uv_mutex_unlock(&table->lock);
    ok = x != NULL && SSL_use_cert_and_key(ssl, x, key, NULL, 1) == 1;
    X509_free(x);
    return ok;
}
