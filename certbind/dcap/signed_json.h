/*
 * signed_json: the members that TCB info and QE identity share, read strictly.
 *
 * Private to certbind/dcap. The documents are Intel's; each is parsed from the very bytes whose
 * signature was checked.
 */
#ifndef CERTBIND_DCAP_SIGNED_JSON_H
#define CERTBIND_DCAP_SIGNED_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/dcap/tcb_status.h"
#include "certbind/dcap/verify.h"
#include "certbind/json.h"

/* When a document is valid, and which number Intel gave it. */
struct certbind_document_dates {
    uint64_t issued;
    uint64_t next_update;
    uint32_t evaluation_number;
};

/* One level of a QE or of a TDX module. advisories point into the parsed document. */
struct certbind_isv_level {
    uint16_t isv_svn;
    enum certbind_tcb_status status; /* UpToDate, OutOfDate or Revoked */
    uint64_t tcb_date;
    const cJSON *advisories; /* NULL: none */
};

struct certbind_isv_levels {
    struct certbind_isv_level *level; /* highest isv_svn first; owned */
    size_t count;
};

/** Parse the text of a document. In: malformed  what a text is refused with that is no JSON, or
 * longer than max_bytes. Out: document  to be cleaned up in any case */
certbind_status certbind_signed_parse(struct certbind_bytes text, size_t max_bytes,
                                      certbind_status malformed, struct certbind_json *document,
                                      struct certbind_error *err);

/** Returns: CERTBIND_OK when missing is NULL, else malformed: those members are not as documented
 */
certbind_status certbind_signed_members(const char *missing, certbind_status malformed,
                                        struct certbind_error *err);

/* Each returns whether the member is there and has the documented form. */
bool certbind_signed_hex(const cJSON *object, const char *name, uint8_t *out, size_t len);
bool certbind_signed_date(const cJSON *object, const char *name, uint64_t *out);
bool certbind_signed_number(const cJSON *object, const char *name, uint32_t max, uint32_t *out);
bool certbind_signed_dates(const cJSON *object, struct certbind_document_dates *out);

/** Read tcbStatus, tcbDate and advisoryIDs of a level. advisories: NULL when there are none. */
bool certbind_signed_level(const cJSON *level, enum certbind_tcb_status *status, uint64_t *tcb_date,
                           const cJSON **advisories);

/** Read the member tcbLevels of a QE or module; out: to be given to certbind_isv_levels_cleanup. */
bool certbind_signed_isv_levels(const cJSON *object, struct certbind_isv_levels *out);

/** Accepts a zeroed struct. */
void certbind_isv_levels_cleanup(struct certbind_isv_levels *levels);

/** Returns: the first level whose isv_svn is at most isv_svn, or NULL. */
const struct certbind_isv_level *certbind_isv_levels_find(const struct certbind_isv_levels *levels,
                                                          uint16_t isv_svn);

/** Copy status, date and advisories of a level, as they stand in the document. */
void certbind_tcb_part_fill(struct certbind_tcb_part *part, enum certbind_tcb_status status,
                            uint64_t tcb_date, const cJSON *advisories);

#endif
