/*
 * chain_file: certificate chains of public authorities for the gateway's own TLS key.
 *
 * Such a chain is shown for its server name in place of the RA-TLS certificate; the key is the
 * same, and the statement carries the binding (binding.md 3). The file holds nothing secret: PEM,
 * the leaf first. A set of chains is immutable and counted.
 */
#ifndef GATEWAY_IDENTITY_CHAIN_FILE_H
#define GATEWAY_IDENTITY_CHAIN_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/digest.h"

enum { GATEWAY_CHAIN_MAX_BYTES = 64 * 1024, GATEWAY_CHAIN_MAX_CERTIFICATES = 8 };

struct gateway_chain {
    const char *name; /* of the configuration: "a.test", "*.a.test" */
    uint8_t *der;     /* the certificates one after the other; owned */
    size_t len;       /* 0: there is none for this name */
    size_t count;     /* certificates in der */
    uint8_t leaf_sha256[CERTBIND_SHA256_LEN];
    int64_t not_after; /* of the leaf, Unix seconds */
};

struct gateway_chains {
    atomic_uint refs;
    size_t count;
    struct gateway_chain list[];
};

/* What a chain is checked against. */
struct gateway_chain_demand {
    const char *name;
    const uint8_t *spki_sha256; /* 32 bytes: of the key it must be for */
    int64_t now;                /* Unix seconds */
};

/**
 * Parse and check a chain: each certificate issued by the next one, the leaf for that key and that
 * name and valid now, nothing else in the text.
 *
 * Returns: false with a sentence in why; then out is zeroed
 * Out:     out  name is borrowed; der to be freed
 */
bool gateway_chain_parse(const char *pem, size_t len, const struct gateway_chain_demand *demand,
                         struct gateway_chain *out, char why[128]);

/**
 * Read a file with a chain.
 *
 * Returns and Out: as gateway_chain_parse
 */
bool gateway_chain_read(const char *file, const struct gateway_chain_demand *demand,
                        struct gateway_chain *out, char why[128]);

/** Put a chain into a file, whose readers see all of it or what was there before.
 * Returns: false with a sentence in why */
bool gateway_chain_write(const char *file, const char *pem, size_t len, char why[128]);

/** Returns: a set of count empty chains with one reference; NULL when memory ran out. */
struct gateway_chains *gateway_chains_new(size_t count);

/** Both accept NULL. Any thread. */
struct gateway_chains *gateway_chains_ref(struct gateway_chains *chains);
void gateway_chains_unref(struct gateway_chains *chains);

/** Returns: the chain to show for a server name (NULL: none was sent): exact before wildcard, which
 * stands for one label; NULL when there is none. */
const struct gateway_chain *gateway_chains_find(const struct gateway_chains *chains,
                                                const char *name);

#endif
