/*
 * civil_time: dates of certificates, CRLs and signed documents as seconds since 1970.
 *
 * Pure: no clock, no time zones, no locale. Proleptic Gregorian calendar, years 1970 to 9999.
 */
#ifndef CERTBIND_DCAP_CIVIL_TIME_H
#define CERTBIND_DCAP_CIVIL_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"

/**
 * Read `YYYY-MM-DDThh:mm:ssZ` (RFC 3339 in UTC). A fraction of a second is taken and dropped;
 * lower-case letters, other zones, leap seconds and dates that do not exist are refused.
 *
 * Returns: whether text is such a date; then out
 */
bool certbind_rfc3339_parse(struct certbind_bytes text, uint64_t *out);

enum { CERTBIND_RFC3339_ROOM = 21 };

/** Write seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`. Returns: false beyond the year 9999. */
bool certbind_rfc3339_format(uint64_t seconds, char out[CERTBIND_RFC3339_ROOM]);

/** Read the text of a UTCTime, YYMMDDHHMMSSZ; 50 to 99 are 19xx (RFC 5280 section 4.1.2.5.1). */
bool certbind_utc_time_parse(struct certbind_bytes text, uint64_t *out);

/** Read the text of a GeneralizedTime, YYYYMMDDHHMMSSZ (RFC 5280 section 4.1.2.5.2). */
bool certbind_generalized_time_parse(struct certbind_bytes text, uint64_t *out);

#endif
