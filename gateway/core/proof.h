/*
 * proof: the exchange that must succeed on a new upstream TLS connection before the first byte of
 * an application is written to it.
 *
 * The core drives it: after the handshake it calls begin, then step with whatever the peer sends,
 * and writes what step asks for. Only after GW_PROOF_READY the connection carries requests, and it
 * goes back to a pool of proven connections. Everything runs on the connection's loop thread.
 */
#ifndef GW_CORE_PROOF_H
#define GW_CORE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct gw_loop;
struct gw_proof; /* the core's side of one exchange */

/* Zero means refused. */
enum gw_proof_state {
    GW_PROOF_REFUSED = 0,
    GW_PROOF_NEED_MORE, /* step is called again with the peer's next bytes */
    GW_PROOF_WAITING,   /* step is called again (without bytes) after gw_proof_resume() */
    GW_PROOF_READY,     /* proven: the connection may carry application bytes */
};

struct gw_proof_result {
    enum gw_proof_state state;
    const uint8_t *send; /* bytes to write to the peer now (borrowed until step returns to its
                            caller's next call); ignored when refused */
    size_t send_len;
    const char *code;    /* of a refusal: stable kebab-case code (borrowed until end) */
    const char *message; /* of a refusal: a sentence for people (borrowed until end) */
    const uint8_t *rest; /* with GW_PROOF_READY, at the end of the bytes that step was given: they
                            follow the proof and are the first of the tunnel; refused without one */
    size_t rest_len;
};

struct gw_proof_begin {
    struct gw_loop *loop;
    struct gw_proof *handle; /* for gw_proof_resume(); valid until end */
    SSL *ssl;                /* handshake completed; borrowed until end */
    size_t upstream;         /* index of the upstream */
    bool tunnel;             /* an exchange waits for it that is a tunnel */
};

struct gw_proof_ops {
    /** Returns: the state of the exchange for this connection; NULL refuses it. */
    void *(*begin)(void *user, const struct gw_proof_begin *begin);

    /**
     * Take the peer's next bytes. Called first with len 0, so that it can send first.
     * Bytes that arrive while waiting are kept back and passed after the resume; bytes that
     * came before what step sends refuse the connection.
     *
     * In:  data  received plaintext (borrowed for the call); all of it is consumed
     * Out: out   zeroed by the caller
     */
    void (*step)(void *proof, const uint8_t *data, size_t len, struct gw_proof_result *out);

    /** Returns: whether a proven, idle connection may carry one more request. May be NULL: yes. */
    bool (*usable)(void *proof);

    /** The connection is gone; free the state. The handle is dead. */
    void (*end)(void *proof);

    /** Returns: milliseconds for which a proven connection may go on carrying bytes; it is asked
     * again before an exchange that lasts longer is cut. May be NULL: no limit. */
    uint64_t (*left_ms)(void *proof);

    /**
     * Prove an idle connection that is not usable once more: step is called next, with len 0, and
     * no request goes out before GW_PROOF_READY. May be NULL: it is closed, another one is made.
     *
     * With it, another connection is made and proven in time before the proof of a busy one runs
     * out: what that one finds may be counted by left_ms.
     *
     * Returns: false when it cannot be
     */
    bool (*renew)(void *proof);
};

/** Go on with an exchange that is WAITING. Loop thread only; use gw_loop_post() from elsewhere. */
void gw_proof_resume(struct gw_proof *handle);

#endif
