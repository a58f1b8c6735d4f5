/* What the unit tests of the simulator share. */
#ifndef TESTS_UNIT_SIMULATOR_FIXTURE_H
#define TESTS_UNIT_SIMULATOR_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "tests/simulator/pki.h"
#include "tests/simulator/platform.h"
#include "tests/simulator/seed.h"
#include "tests/simulator/td.h"
#include "tests/support/cmocka_all.h"

/** Returns: the tree of tests/fixtures/<name>; fails the test when it cannot be read. */
cJSON *fixture_json(const char *name);

/** Fails the test unless the hex of data is the text. */
void assert_hex(const char *expected, const void *data, size_t len);

/** Returns: how many bytes the hex text is; they are in out. */
size_t unhex(const char *text, uint8_t *out, size_t room);

struct sim_seed seed_of(const char *hex);

/** A booted TD of the default seeds; compose NULL is the built-in app. */
void boot_td(struct sim_td *td, const char *compose);

#endif
