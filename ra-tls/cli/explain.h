/*
 * explain: what the steps of a report mean, and what it did not check, for people.
 */
#ifndef DEVPROOF_EXPLAIN_H
#define DEVPROOF_EXPLAIN_H

#include "certbind/report.h"

/** Print it, behind the report's own text. */
void explain_report(const struct certbind_report *report);

#endif
