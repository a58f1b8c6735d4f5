/*
 * certbind: the binding between a TLS connection and the code in a confidential VM, made and
 * judged. This header gathers the public ones.
 *
 * Pure functions over bytes: no sockets, files, environment, clock or globals. The same bytes, the
 * same policy and the same `now` give the same verdict.
 */
#ifndef CERTBIND_CERTBIND_H
#define CERTBIND_CERTBIND_H

#include "certbind/app_info.h"
#include "certbind/appkey.h"
#include "certbind/attestation.h"
#include "certbind/binding_reply.h"
#include "certbind/bytes.h"
#include "certbind/compose_hash.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/pcs.h"
#include "certbind/dcap/quote.h"
#include "certbind/dcap/tcb_outlook.h"
#include "certbind/dcap/tcb_status.h"
#include "certbind/dcap/verify.h"
#include "certbind/dice.h"
#include "certbind/digest.h"
#include "certbind/event_digest.h"
#include "certbind/event_log.h"
#include "certbind/hex.h"
#include "certbind/kms_chain.h"
#include "certbind/leaf.h"
#include "certbind/mr_config_id.h"
#include "certbind/policy.h"
#include "certbind/preimage.h"
#include "certbind/ratls_cert.h"
#include "certbind/report.h"
#include "certbind/server_name.h"
#include "certbind/session.h"
#include "certbind/session_quote.h"
#include "certbind/session_key.h"
#include "certbind/statement.h"
#include "certbind/status.h"
#include "certbind/tls_key.h"
#include "certbind/tree.h"
#include "certbind/verify.h"

#endif
