/*
 * Reason codes of quote verification (certbind/dcap). Form of the list: certbind/status.h.
 */
#ifndef CERTBIND_STATUS_DCAP_H
#define CERTBIND_STATUS_DCAP_H

#define CERTBIND_STATUS_DCAP_LIST(X)                                                               \
    X(CERTBIND_E_COLLATERAL_MISSING, "collateral-missing", CERTBIND_STEP_COLLATERAL,               \
      "no collateral is at hand, so the quote cannot be judged")

#endif
