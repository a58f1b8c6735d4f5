/*
 * Reason codes of the binding: statement, certificate, event log, keys, session, identity and
 * policy. Form of the list: certbind/status.h.
 */
#ifndef CERTBIND_STATUS_BINDING_H
#define CERTBIND_STATUS_BINDING_H

#define CERTBIND_STATUS_BINDING_LIST(X)                                                            \
    X(CERTBIND_E_REPORT_DATA_MISMATCH, "report-data-mismatch", CERTBIND_STEP_REPORT_DATA,          \
      "the quote was made for something else")

#endif
