/*
 * Reason codes of the binding: transport, name, certificate, evidence exchange, statement, event
 * log, identity, freshness, session and policy. Form of the list: certbind/status.h.
 * The names of binding.md section 7 are frozen; the step is where a report shows the code.
 */
#ifndef CERTBIND_STATUS_BINDING_H
#define CERTBIND_STATUS_BINDING_H

#define CERTBIND_STATUS_TRANSPORT_LIST(X)                                                          \
    X(CERTBIND_E_TRANSPORT_CONNECT, "transport-connect", CERTBIND_STEP_TRANSPORT,                  \
      "no connection to the server could be made")                                                 \
    X(CERTBIND_E_TRANSPORT_TIMEOUT, "transport-timeout", CERTBIND_STEP_TRANSPORT,                  \
      "the server did not finish the handshake in time")                                           \
    X(CERTBIND_E_TRANSPORT_VERSION, "transport-version", CERTBIND_STEP_TRANSPORT,                  \
      "the connection is not TLS 1.3")                                                             \
    X(CERTBIND_E_TRANSPORT_ALPN, "transport-alpn", CERTBIND_STEP_TRANSPORT,                        \
      "the server chose an application protocol that was not expected")                            \
    X(CERTBIND_E_TRANSPORT_RESUMED, "transport-resumed", CERTBIND_STEP_TRANSPORT,                  \
      "the connection was resumed, so it cannot be proven")                                        \
    X(CERTBIND_E_TRANSPORT_CLIENT_CERTIFICATE, "transport-client-certificate",                     \
      CERTBIND_STEP_TRANSPORT,                                                                     \
      "the server wants another certificate of the client, or one at all")                         \
    X(CERTBIND_E_NAME_MISMATCH, "name-mismatch", CERTBIND_STEP_NAME,                               \
      "the certificate is not for the expected server name")                                       \
    X(CERTBIND_E_NAME_SYNTAX, "name-syntax", CERTBIND_STEP_NAME,                                   \
      "the server name is not a lowercase host name or an address")                                \
    X(CERTBIND_E_NAME_CHAIN, "name-chain", CERTBIND_STEP_NAME,                                     \
      "the policy asks for a certificate of a public authority and this is none")                  \
    X(CERTBIND_E_TLS_KEY_PIN, "tls-key-pin", CERTBIND_STEP_NAME,                                   \
      "the server presents another key than the pinned one")

#define CERTBIND_STATUS_CERTIFICATE_LIST(X)                                                        \
    X(CERTBIND_E_CERT_DER, "cert-der", CERTBIND_STEP_CERTIFICATE,                                  \
      "the certificate is not exactly one X.509 v3 certificate in DER")                            \
    X(CERTBIND_E_CERT_VALIDITY, "cert-validity", CERTBIND_STEP_CERTIFICATE,                        \
      "the certificate is not valid now")                                                          \
    X(CERTBIND_E_CERT_CRITICAL_EXTENSION, "cert-critical-extension", CERTBIND_STEP_CERTIFICATE,    \
      "the certificate has a critical extension that is not known here")                           \
    X(CERTBIND_E_CERT_EXTENSION_DUPLICATE, "cert-extension-duplicate", CERTBIND_STEP_CERTIFICATE,  \
      "an extension stands twice in the certificate")                                              \
    X(CERTBIND_E_CERT_EVIDENCE, "cert-evidence", CERTBIND_STEP_CERTIFICATE,                        \
      "the evidence in the certificate is incomplete or cannot be read")                           \
    X(CERTBIND_E_CERT_EVIDENCE_MISSING, "cert-evidence-missing", CERTBIND_STEP_CERTIFICATE,        \
      "the policy relies on evidence in the certificate and there is none")                        \
    X(CERTBIND_E_CERT_EVIDENCE_GZIP, "cert-evidence-gzip", CERTBIND_STEP_CERTIFICATE,              \
      "the event log in the certificate is compressed, which is not supported")                    \
    X(CERTBIND_E_CERT_EVIDENCE_PLATFORM, "cert-evidence-platform", CERTBIND_STEP_CERTIFICATE,      \
      "the evidence in the certificate is of a kind that is not judged here")                      \
    X(CERTBIND_E_CERT_EVIDENCE_DICE, "cert-evidence-dice", CERTBIND_STEP_CERTIFICATE,              \
      "the certificate carries DICE evidence, which does not say which app holds the key")         \
    X(CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, "cert-evidence-report-data",                           \
      CERTBIND_STEP_CERTIFICATE, "the quote in the certificate was made for another key")          \
    X(CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "cert-evidence-event-log", CERTBIND_STEP_CERTIFICATE,    \
      "the event log in the certificate does not replay to its quote")                             \
    X(CERTBIND_E_CERT_EVIDENCE_QUOTE, "cert-evidence-quote", CERTBIND_STEP_CERTIFICATE,            \
      "the quote in the certificate does not verify")                                              \
    X(CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE, "cert-evidence-other-machine",                       \
      CERTBIND_STEP_CERTIFICATE, "certificate and statement were quoted by different machines")    \
    X(CERTBIND_E_KMS_CHAIN, "kms-chain", CERTBIND_STEP_CERTIFICATE,                                \
      "the chain from the certificate to a KMS root does not hold")                                \
    X(CERTBIND_E_KMS_CHAIN_APP, "kms-chain-app", CERTBIND_STEP_CERTIFICATE,                        \
      "the chain above the certificate is of another app, or for another use")

#define CERTBIND_STATUS_HTTP_LIST(X)                                                               \
    X(CERTBIND_E_HTTP_SYNTAX, "http-syntax", CERTBIND_STEP_EVIDENCE,                               \
      "the reply to an evidence request is not well-formed HTTP")                                  \
    X(CERTBIND_E_HTTP_FRAMING, "http-framing", CERTBIND_STEP_EVIDENCE,                             \
      "the length of the reply is not stated in a form that is accepted")                          \
    X(CERTBIND_E_HTTP_SIZE, "http-size", CERTBIND_STEP_EVIDENCE,                                   \
      "the reply is longer than its limit")                                                        \
    X(CERTBIND_E_HTTP_TIMEOUT, "http-timeout", CERTBIND_STEP_EVIDENCE,                             \
      "the evidence did not arrive in time")                                                       \
    X(CERTBIND_E_HTTP_TRUNCATED, "http-truncated", CERTBIND_STEP_EVIDENCE,                         \
      "the connection ended inside a reply")                                                       \
    X(CERTBIND_E_HTTP_UNSOLICITED, "http-unsolicited", CERTBIND_STEP_EVIDENCE,                     \
      "the server sent bytes that nobody asked for")                                               \
    X(CERTBIND_E_EVIDENCE_HTTP_STATUS, "evidence-http-status", CERTBIND_STEP_EVIDENCE,             \
      "the server answered an evidence request with another status than 200")                      \
    X(CERTBIND_E_EVIDENCE_CONTENT_TYPE, "evidence-content-type", CERTBIND_STEP_EVIDENCE,           \
      "the evidence is not plain application/json")                                                \
    X(CERTBIND_E_EVIDENCE_JSON, "evidence-json", CERTBIND_STEP_EVIDENCE,                           \
      "the reply is not the documented JSON")                                                      \
    X(CERTBIND_E_EVIDENCE_VERSION, "evidence-version", CERTBIND_STEP_EVIDENCE,                     \
      "the reply has a version that is not known here")

#define CERTBIND_STATUS_STATEMENT_LIST(X)                                                          \
    X(CERTBIND_E_STATEMENT_ENCODING, "statement-encoding", CERTBIND_STEP_EVIDENCE,                 \
      "the statement is not strict base64 of UTF-8 text")                                          \
    X(CERTBIND_E_STATEMENT_SIZE, "statement-size", CERTBIND_STEP_EVIDENCE,                         \
      "the statement is longer than 64 KiB")                                                       \
    X(CERTBIND_E_STATEMENT_SYNTAX, "statement-syntax", CERTBIND_STEP_EVIDENCE,                     \
      "the statement is not the documented JSON")                                                  \
    X(CERTBIND_E_STATEMENT_VERSION, "statement-version", CERTBIND_STEP_EVIDENCE,                   \
      "the statement has a version that is not known here")                                        \
    X(CERTBIND_E_SESSION_KEY_WEAK, "session-key-weak", CERTBIND_STEP_EVIDENCE,                     \
      "the session key is a point of small order, not canonical or no point at all")               \
    X(CERTBIND_E_STATEMENT_IDENTITY, "statement-identity", CERTBIND_STEP_IDENTITY,                 \
      "the statement names another app, compose hash or instance than the event log")              \
    X(CERTBIND_E_TLS_KEY_NOT_IN_STATEMENT, "tls-key-not-in-statement", CERTBIND_STEP_IDENTITY,     \
      "the presented TLS key is not one of the statement's")                                       \
    X(CERTBIND_E_TLS_KEY_OTHER_NAME, "tls-key-other-name", CERTBIND_STEP_IDENTITY,                 \
      "the presented TLS key belongs to another server name")                                      \
    X(CERTBIND_E_TLS_KEY_NOT_CURRENT, "tls-key-not-current", CERTBIND_STEP_IDENTITY,               \
      "the presented TLS key is not current in the statement")                                     \
    X(CERTBIND_E_STATEMENT_EXPIRED, "statement-expired", CERTBIND_STEP_FRESHNESS,                  \
      "the statement is no longer valid")                                                          \
    X(CERTBIND_E_STATEMENT_NOT_YET_VALID, "statement-not-yet-valid", CERTBIND_STEP_FRESHNESS,      \
      "the statement was issued in the future of this clock")                                      \
    X(CERTBIND_E_STATEMENT_LIFETIME, "statement-lifetime", CERTBIND_STEP_FRESHNESS,                \
      "the statement's lifetime is reversed or longer than a day")

#define CERTBIND_STATUS_LOG_LIST(X)                                                                \
    X(CERTBIND_E_REPORT_DATA_MISMATCH, "report-data-mismatch", CERTBIND_STEP_REPORT_DATA,          \
      "the quote was made for something else")                                                     \
    X(CERTBIND_E_EVENT_LOG_SYNTAX, "event-log-syntax", CERTBIND_STEP_EVENT_LOG,                    \
      "the event log is not a short array of well-formed events")                                  \
    X(CERTBIND_E_EVENT_LOG_VERSION, "event-log-version", CERTBIND_STEP_EVENT_LOG,                  \
      "the event log holds an event of a version that is not supported")                           \
    X(CERTBIND_E_EVENT_LOG_RTMR3, "event-log-rtmr3", CERTBIND_STEP_EVENT_LOG,                      \
      "the event log does not replay to RTMR3 of the quote")                                       \
    X(CERTBIND_E_EVENT_LOG_IDENTITY, "event-log-identity", CERTBIND_STEP_EVENT_LOG,                \
      "an identity event is missing, repeated, late or malformed")                                 \
    X(CERTBIND_E_MR_CONFIG_ID, "mr-config-id", CERTBIND_STEP_IDENTITY,                             \
      "MR_CONFIG_ID of the quote does not commit to the app of the event log")                     \
    X(CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED, "mr-config-id-unsupported", CERTBIND_STEP_IDENTITY,     \
      "MR_CONFIG_ID has a version that is not supported")

#define CERTBIND_STATUS_IDENTITY_LIST(X)                                                           \
    X(CERTBIND_E_IDENTITY_NOT_PINNED, "identity-not-pinned", CERTBIND_STEP_IDENTITY,               \
      "no policy says who is expected")                                                            \
    X(CERTBIND_E_POLICY_INCOMPLETE, "policy-incomplete", CERTBIND_STEP_IDENTITY,                   \
      "the policy has no demand for a link and does not waive it")                                 \
    X(CERTBIND_E_OS_NOT_LISTED, "os-not-listed", CERTBIND_STEP_IDENTITY,                           \
      "the operating system is none of the policy's")                                              \
    X(CERTBIND_E_APP_ID, "app-id", CERTBIND_STEP_IDENTITY, "the app is not the policy's")          \
    X(CERTBIND_E_KMS_ROOT, "kms-root", CERTBIND_STEP_IDENTITY,                                     \
      "the keys do not come from the policy's KMS")                                                \
    X(CERTBIND_E_COMPOSE_HASH, "compose-hash", CERTBIND_STEP_IDENTITY,                             \
      "the compose hash is none of the policy's, or the compose text has another hash")            \
    X(CERTBIND_E_CONFIG_NOT_PINNED, "config-not-pinned", CERTBIND_STEP_IDENTITY,                   \
      "the gateway's configuration is none of the policy's")                                       \
    X(CERTBIND_E_GATEWAY_IMAGE, "gateway-image", CERTBIND_STEP_IDENTITY,                           \
      "the gateway's image is none of the policy's, or not pinned by its digest")                  \
    X(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, "compose-not-understood", CERTBIND_STEP_IDENTITY,         \
      "the compose text is missing, or holds what is not understood for certain")                  \
    X(CERTBIND_E_AGENT_SOCKET_SHARED, "agent-socket-shared", CERTBIND_STEP_IDENTITY,               \
      "not exactly one service of the compose text can reach the guest agent")                     \
    X(CERTBIND_E_INSTANCE_NOT_LISTED, "instance-not-listed", CERTBIND_STEP_IDENTITY,               \
      "the instance is none of the policy's")                                                      \
    X(CERTBIND_E_PLATFORM_NOT_LISTED, "platform-not-listed", CERTBIND_STEP_IDENTITY,               \
      "the machine is none of the policy's")                                                       \
    X(CERTBIND_E_APP_KEY_CHAIN, "app-key-chain", CERTBIND_STEP_IDENTITY,                           \
      "a signature chain of the KMS cannot be read")                                               \
    X(CERTBIND_E_APP_KEY_ROOT, "app-key-root", CERTBIND_STEP_IDENTITY,                             \
      "a signature chain leads to another KMS root")

#define CERTBIND_STATUS_SESSION_LIST(X)                                                            \
    X(CERTBIND_E_EVIDENCE_TOO_OLD, "evidence-too-old", CERTBIND_STEP_FRESHNESS,                    \
      "the evidence is older than the policy allows")                                              \
    X(CERTBIND_E_BINDING_NONCE, "binding-nonce", CERTBIND_STEP_FRESHNESS,                          \
      "the reply answers a nonce that was not asked, or not the one that was")                     \
    X(CERTBIND_E_SESSION_NONCE, "session-nonce", CERTBIND_STEP_SESSION,                            \
      "the session proof answers another nonce")                                                   \
    X(CERTBIND_E_SESSION_KIND, "session-kind", CERTBIND_STEP_SESSION,                              \
      "the session proof has another form than the one asked for")                                 \
    X(CERTBIND_E_SESSION_STATEMENT_UNKNOWN, "session-statement-unknown", CERTBIND_STEP_SESSION,    \
      "the session proof rests on a statement that was not verified")                              \
    X(CERTBIND_E_SESSION_SIGNATURE, "session-signature", CERTBIND_STEP_SESSION,                    \
      "the session signature does not verify for this connection")                                 \
    X(CERTBIND_E_SESSION_PATH, "session-path", CERTBIND_STEP_SESSION,                              \
      "the tree path does not lead to the quoted root")                                            \
    X(CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE, "session-quote-other-machine",                       \
      CERTBIND_STEP_SESSION, "session and statement were quoted by different machines")            \
    X(CERTBIND_E_SESSION_EXPORTER, "session-exporter", CERTBIND_STEP_SESSION,                      \
      "the TLS exporter of this connection is not available")

#define CERTBIND_STATUS_POLICY_LIST(X)                                                             \
    X(CERTBIND_E_POLICY_SYNTAX, "policy-syntax", CERTBIND_STEP_NONE, "the policy has problems")    \
    X(CERTBIND_E_POLICY_UNSUPPORTED, "policy-unsupported", CERTBIND_STEP_NONE,                     \
      "the policy demands something that this version does not support")

#define CERTBIND_STATUS_BINDING_LIST(X)                                                            \
    CERTBIND_STATUS_TRANSPORT_LIST(X)                                                              \
    CERTBIND_STATUS_CERTIFICATE_LIST(X)                                                            \
    CERTBIND_STATUS_HTTP_LIST(X)                                                                   \
    CERTBIND_STATUS_STATEMENT_LIST(X)                                                              \
    CERTBIND_STATUS_LOG_LIST(X)                                                                    \
    CERTBIND_STATUS_IDENTITY_LIST(X)                                                               \
    CERTBIND_STATUS_SESSION_LIST(X)                                                                \
    CERTBIND_STATUS_POLICY_LIST(X)

#endif
