/* Recorded quotes and collateral for the tests of certbind/dcap. */
#ifndef TESTS_UNIT_DCAP_FIXTURE_H
#define TESTS_UNIT_DCAP_FIXTURE_H

#include "certbind/bytes.h"

/* A time at which both recorded quotes have the verdicts of their README. */
#define FIXTURE_NOW UINT64_C(1752000000)

struct fixture {
    uint8_t *data; /* owned, followed by a NUL */
    size_t len;
};

/** Read a file below DEVPROOF_FIXTURES; fails the test when it is not there. */
struct fixture fixture_read(const char *path);

/** The same for a file of hex digits, decoded. */
struct fixture fixture_read_hex(const char *path);

/** The same for a string member of a JSON file that holds hex digits, decoded. */
struct fixture fixture_read_json_hex(const char *path, const char *member);

struct certbind_bytes fixture_bytes(const struct fixture *f);

void fixture_free(struct fixture *f);

/** Fails unless hex is the lowercase hex of data. */
void assert_hex(const char *hex, const uint8_t *data, size_t len);

#endif
