/* MR_CONFIG_ID: three versions, each against the platform's vectors and against other identities.
 */
#include "certbind/mr_config_id.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

struct sample {
    uint8_t mr_config_id[CERTBIND_MR_CONFIG_ID_LEN];
    struct certbind_identity id;
};

static void take(const cJSON *object, const char *name, uint8_t *out, size_t room, size_t *len)
{
    const char *text = cJSON_GetObjectItem(object, name)->valuestring;

    *len = strlen(text) / 2;
    assert_true(*len <= room);
    assert_true(certbind_hex_decode(certbind_text(text), out, *len));
}

/* The vector of a version; object holds what it says of the app. */
static void read_sample(struct sample *s, const cJSON *vector, const cJSON *object)
{
    struct certbind_identity *id = &s->id;
    size_t len;

    memset(s, 0, sizeof *s);
    take(vector, "mr_config_id", s->mr_config_id, sizeof s->mr_config_id, &len);
    take(object, "compose_hash", id->compose_hash, sizeof id->compose_hash, &len);
    memcpy(id->key_provider, "kms", 4);
    if (cJSON_GetObjectItem(object, "app_id") != NULL)
        take(object, "app_id", id->app_id, sizeof id->app_id, &len);
    if (cJSON_GetObjectItem(object, "key_provider_id") != NULL)
        take(object, "key_provider_id", id->key_provider_id, sizeof id->key_provider_id,
             &id->key_provider_id_len);
    if (cJSON_GetObjectItem(object, "instance_id") != NULL) {
        take(object, "instance_id", id->instance_id, sizeof id->instance_id, &len);
        id->has_instance_id = true;
    }
}

static certbind_status check(const struct sample *s, const char *document)
{
    return certbind_mr_config_id_check(
        s->mr_config_id, &s->id,
        document == NULL ? certbind_bytes(NULL, 0) : certbind_text(document), NULL);
}

static void every_changed_byte_refuses(struct sample *s, const char *document)
{
    for (size_t i = 1; i < sizeof s->mr_config_id; i++) {
        s->mr_config_id[i] ^= 1;
        assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(s, document));
        s->mr_config_id[i] ^= 1;
    }
    assert_int_equal(CERTBIND_OK, check(s, document));
}

static void open_vector(int version, struct sample *s, char **document)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *vector =
        cJSON_GetArrayItem(cJSON_GetObjectItem(vectors, "mr_config_id"), version - 1);
    cJSON *parsed = NULL;

    assert_int_equal(version, cJSON_GetObjectItem(vector, "version")->valueint);
    if (version == 3) {
        *document = strdup(cJSON_GetObjectItem(vector, "document")->valuestring);
        parsed = cJSON_Parse(*document);
        assert_non_null(parsed);
    }
    read_sample(s, vector, parsed == NULL ? vector : parsed);
    cJSON_Delete(parsed);
    cJSON_Delete(vectors);
}

static void version_1_is_the_compose_hash(void **state)
{
    struct sample s;

    (void)state;
    open_vector(1, &s, NULL);
    every_changed_byte_refuses(&s, NULL);
    s.id.compose_hash[31] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, NULL));
}

static void version_2_commits_to_app_and_key_provider(void **state)
{
    static const char *const others[] = {"none", "local-sgx", "tpm", "local", "", "KMS"};
    struct sample s;

    (void)state;
    open_vector(2, &s, NULL);
    every_changed_byte_refuses(&s, NULL);
    s.id.compose_hash[0] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, NULL));
    s.id.compose_hash[0] ^= 1;
    s.id.app_id[19] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, NULL));
    s.id.app_id[19] ^= 1;
    s.id.key_provider_id[90] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, NULL));
    s.id.key_provider_id[90] ^= 1;
    s.id.key_provider_id_len--;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, NULL));
    s.id.key_provider_id_len++;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        memcpy(s.id.key_provider, others[i], strlen(others[i]) + 1);
        assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, NULL));
    }
    memcpy(s.id.key_provider, "kms", 4);
    assert_int_equal(CERTBIND_OK, check(&s, NULL));
}

/* The kind is one byte: 0 to 3 in the order of the specification. */
static void version_2_knows_four_kinds(void **state)
{
    static const char *const kinds[] = {"none", "local-sgx", "kms", "tpm"};
    uint8_t preimage[32 + 20 + 1 + 512] = {0};
    struct sample s = {.mr_config_id = {2}};

    (void)state;
    for (uint8_t i = 0; i < 4; i++) {
        size_t len = i == 0 ? 0 : CERTBIND_KEY_PROVIDER_ID_MAX;

        preimage[52] = i;
        s.id.key_provider_id_len = len;
        memcpy(s.id.key_provider, kinds[i], strlen(kinds[i]) + 1);
        certbind_keccak256(certbind_bytes(preimage, 53 + len), s.mr_config_id + 1);
        assert_int_equal(CERTBIND_OK, check(&s, NULL));
    }
}

static void version_3_without_its_document_is_not_checked(void **state)
{
    struct sample s;
    char *document = NULL;

    (void)state;
    open_vector(3, &s, &document);
    assert_int_equal(CERTBIND_NOT_CHECKED, check(&s, NULL));
    free(document);
}

static void version_3_commits_to_the_document_and_that_to_the_app(void **state)
{
    struct sample s;
    char *document = NULL;

    (void)state;
    open_vector(3, &s, &document);
    every_changed_byte_refuses(&s, document);
    for (size_t i = 0; document[i] != '\0'; i++) {
        document[i] ^= 1;
        assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
        document[i] ^= 1;
    }
    s.id.compose_hash[0] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
    s.id.compose_hash[0] ^= 1;
    s.id.app_id[0] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
    s.id.app_id[0] ^= 1;
    s.id.instance_id[0] ^= 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
    s.id.instance_id[0] ^= 1;
    s.id.has_instance_id = false;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
    s.id.has_instance_id = true;
    s.id.key_provider_id_len--;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
    s.id.key_provider_id_len++;
    memcpy(s.id.key_provider, "tpm", 4);
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check(&s, document));
    memcpy(s.id.key_provider, "kms", 4);
    assert_int_equal(CERTBIND_OK, check(&s, document));
    free(document);
}

/* Documents of the right hash, which a host can always make. */
static certbind_status with_document(struct sample *s, const char *document)
{
    static const char tag[] = "dstack-mr-config-v3:";
    const struct certbind_bytes parts[] = {certbind_bytes(tag, sizeof tag),
                                           certbind_text(document)};

    memset(s, 0, sizeof *s);
    memcpy(s->id.key_provider, "local-sgx", 10);
    s->mr_config_id[0] = 3;
    assert_true(certbind_sha256_parts(parts, 2, s->mr_config_id + 1));
    return check(s, document);
}

#define ZERO32 "0000000000000000000000000000000000000000000000000000000000000000"
#define DOCUMENT(version, compose, rest)                                                           \
    "{\"version\":" version ",\"compose_hash\":\"" compose "\"" rest "}"
#define LOCAL ",\"key_provider\":\"local\""

static void documents_have_their_form(void **state)
{
    static const char *const bad[] = {
        "x",
        "[]",
        "null",
        "{\"version\":3" LOCAL "}",
        DOCUMENT("3", ZERO32, ""),
        DOCUMENT("2", ZERO32, LOCAL),
        DOCUMENT("3.0", ZERO32, LOCAL),
        DOCUMENT("3", "00", LOCAL),
        DOCUMENT("3", ZERO32, ",\"key_provider\":\"local-sgx\""),
        DOCUMENT("3", ZERO32, LOCAL ",\"key_provider\":\"local\""),
        DOCUMENT("3", ZERO32, LOCAL ",\"app_id\":null"),
        DOCUMENT("3", ZERO32, LOCAL ",\"app_id\":\"\""),
        DOCUMENT("3", ZERO32, LOCAL ",\"key_provider_id\":\"00\""),
        DOCUMENT("3", ZERO32, LOCAL ",\"instance_id\":\"00\""),
        DOCUMENT("3", ZERO32, LOCAL) "x",
    };
    struct sample s;

    (void)state;
    assert_int_equal(CERTBIND_OK, with_document(&s, DOCUMENT("3", ZERO32, LOCAL)));
    assert_int_equal(CERTBIND_OK,
                     with_document(&s, DOCUMENT("3", ZERO32, LOCAL ",\"instance_id\":\"\"")));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (with_document(&s, bad[i]) != CERTBIND_E_MR_CONFIG_ID)
            fail_msg("%s is taken", bad[i]);
}

static void zero_is_not_checked_and_others_are_unknown(void **state)
{
    struct sample s = {.mr_config_id = {0}};

    (void)state;
    assert_int_equal(CERTBIND_NOT_CHECKED, check(&s, NULL));
    s.mr_config_id[47] = 1;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED, check(&s, NULL));
    for (unsigned version = 4; version < 256; version++) {
        s.mr_config_id[0] = (uint8_t)version;
        assert_int_equal(CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED, check(&s, NULL));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_1_is_the_compose_hash),
        cmocka_unit_test(version_2_commits_to_app_and_key_provider),
        cmocka_unit_test(version_2_knows_four_kinds),
        cmocka_unit_test(version_3_without_its_document_is_not_checked),
        cmocka_unit_test(version_3_commits_to_the_document_and_that_to_the_app),
        cmocka_unit_test(documents_have_their_form),
        cmocka_unit_test(zero_is_not_checked_and_others_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
