/*
 * sample: a recorded TDX quote with its collateral, for measurements. Made at build time from the
 * files in ra-tls/cli/sample/ (origin and licence: the README there).
 */
#ifndef DEVPROOF_SAMPLE_H
#define DEVPROOF_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_NOW 1752000000u /* a second at which it verifies: 2025-07-08T18:40:00Z */

extern const uint8_t sample_quote[];
extern const size_t sample_quote_len;
extern const uint8_t sample_collateral[];
extern const size_t sample_collateral_len;

#endif
