#include "certbind/statement.h"

#include <string.h>

#include "certbind/server_name.h"

certbind_status certbind_statement_check_dates(const struct certbind_statement *statement,
                                               int64_t now, struct certbind_error *err)
{
    if (statement->not_after <= statement->issued_at ||
        statement->not_after - statement->issued_at > CERTBIND_STATEMENT_MAX_LIFETIME_S)
        return certbind_fail(err, CERTBIND_E_STATEMENT_LIFETIME, "issued at %lld, valid until %lld",
                             (long long)statement->issued_at, (long long)statement->not_after);
    if (statement->issued_at > now + CERTBIND_CLOCK_SKEW_S)
        return certbind_fail(err, CERTBIND_E_STATEMENT_NOT_YET_VALID, "issued at %lld, now %lld",
                             (long long)statement->issued_at, (long long)now);
    if (now > statement->not_after)
        return certbind_fail(err, CERTBIND_E_STATEMENT_EXPIRED, "valid until %lld, now %lld",
                             (long long)statement->not_after, (long long)now);
    return CERTBIND_OK;
}

certbind_status certbind_statement_check_tls_key(const struct certbind_statement *statement,
                                                 const uint8_t spki_sha256[CERTBIND_SHA256_LEN],
                                                 const char *server_name,
                                                 struct certbind_error *err)
{
    bool known = false;
    bool named = false;

    for (size_t i = 0; i < statement->tls_key_count; i++) {
        const struct certbind_statement_key *key = &statement->tls_keys[i];

        if (memcmp(key->spki_sha256, spki_sha256, CERTBIND_SHA256_LEN) != 0)
            continue;
        known = true;
        if (!certbind_server_name_matches(key->name, server_name))
            continue;
        if (key->state == CERTBIND_KEY_CURRENT)
            return CERTBIND_OK;
        named = true;
    }
    if (!known)
        return certbind_fail(err, CERTBIND_E_TLS_KEY_NOT_IN_STATEMENT,
                             "none of %zu keys is the presented one", statement->tls_key_count);
    if (!named)
        return certbind_fail(err, CERTBIND_E_TLS_KEY_OTHER_NAME,
                             "the presented key is not for the name '%.100s'", server_name);
    return certbind_fail(err, CERTBIND_E_TLS_KEY_NOT_CURRENT, "the presented key is not current");
}

certbind_status certbind_statement_check_identity(const struct certbind_statement *statement,
                                                  const struct certbind_identity *identity,
                                                  struct certbind_error *err)
{
    const char *differs = NULL;

    if (memcmp(statement->app_id, identity->app_id, sizeof identity->app_id) != 0)
        differs = "app_id";
    else if (memcmp(statement->compose_hash, identity->compose_hash,
                    sizeof identity->compose_hash) != 0)
        differs = "compose_hash";
    else if (statement->has_instance_id != identity->has_instance_id ||
             memcmp(statement->instance_id, identity->instance_id, sizeof identity->instance_id) !=
                 0)
        differs = "instance_id";
    if (differs != NULL)
        return certbind_fail(err, CERTBIND_E_STATEMENT_IDENTITY,
                             "'%s' of the statement is not the event log's", differs);
    return CERTBIND_OK;
}
