/*
 * app_info: what extension .9 of a certificate says about the app.
 *
 * Nothing authenticates it: the platform fills some of it in before it verifies anything, and the
 * certificate's holder may write anything else. It is shown to people, as unverified, and no
 * decision ever rests on it.
 */
#ifndef CERTBIND_APP_INFO_H
#define CERTBIND_APP_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_APP_INFO_MAX_SCRIPTS = 16,
    CERTBIND_APP_INFO_MAX_TEXT = 4096 /* of key_provider_info */
};

/* In the order of the array; the last member is an array of hashes. */
enum certbind_app_info_field {
    CERTBIND_APP_INFO_APP_ID,
    CERTBIND_APP_INFO_COMPOSE_HASH,
    CERTBIND_APP_INFO_INSTANCE_ID,
    CERTBIND_APP_INFO_DEVICE_ID,
    CERTBIND_APP_INFO_MR_SYSTEM,
    CERTBIND_APP_INFO_MR_AGGREGATED,
    CERTBIND_APP_INFO_OS_IMAGE_HASH,
    CERTBIND_APP_INFO_KEY_PROVIDER,
    CERTBIND_APP_INFO_FIELDS
};

struct certbind_app_info {
    struct certbind_bytes field[CERTBIND_APP_INFO_FIELDS];       /* borrowed; empty: not known */
    struct certbind_bytes script[CERTBIND_APP_INFO_MAX_SCRIPTS]; /* hashes of init scripts */
    size_t script_count;
};

/**
 * Read the MessagePack array of dstack.md 3.1, to its last byte.
 *
 * Returns: whether it has the documented form; out is zeroed otherwise
 * In:      bytes  borrowed as long as out lives
 */
bool certbind_app_info_parse(struct certbind_bytes bytes, struct certbind_app_info *out);

/** Returns: the name of a field, as in the platform's own documents. Static. */
const char *certbind_app_info_name(enum certbind_app_info_field field);

#ifdef __cplusplus
}
#endif

#endif
