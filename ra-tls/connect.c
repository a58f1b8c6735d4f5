#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "ra-tls/context.h"
#include "ra-tls/dial.h"
#include "ra-tls/request.h"

enum {
    DEFAULT_TIMEOUT_MS = 30000,
    DEFAULT_REQUEST_TIMEOUT_MS = 10000,
    IO_TIMEOUT_MS = 60000,
    READ_SIZE = 16 * 1024
};

struct ratls_conn {
    int fd;
    SSL_CTX *ssl_ctx;
    SSL *ssl;
    struct ratls_session *session;
    int64_t deadline_ms;         /* to the verdict */
    int64_t request_deadline_ms; /* of the request under way; never after deadline_ms */
};

static uint64_t unix_now(void)
{
    time_t now = time(NULL);

    return now < 0 ? 0 : (uint64_t)now;
}

/* Write all. Returns: false on an error or at the deadline. */
static bool write_all(struct ratls_conn *c, const uint8_t *data, size_t len, int64_t deadline_ms)
{
    while (len > 0) {
        size_t n = 0;
        int rc;

        ERR_clear_error();
        rc = SSL_write_ex(c->ssl, data, len, &n);
        if (rc == 1) {
            data += n;
            len -= n;
            continue;
        }
        rc = SSL_get_error(c->ssl, rc);
        if ((rc != SSL_ERROR_WANT_READ && rc != SSL_ERROR_WANT_WRITE) ||
            !ratls_wait_for(c->fd, rc, deadline_ms))
            return false;
    }
    return true;
}

/* Returns: bytes read, 0 at close_notify, -1 on an error, -2 at the deadline. */
static long read_some(struct ratls_conn *c, void *data, size_t len, int64_t deadline_ms)
{
    for (;;) {
        size_t n = 0;
        int rc;

        ERR_clear_error();
        if (SSL_read_ex(c->ssl, data, len, &n) == 1)
            return (long)n;
        rc = SSL_get_error(c->ssl, 0);
        if (rc == SSL_ERROR_ZERO_RETURN)
            return 0;
        if (rc != SSL_ERROR_WANT_READ && rc != SSL_ERROR_WANT_WRITE)
            return -1;
        if (!ratls_wait_for(c->fd, rc, deadline_ms))
            return -2;
    }
}

static void find_collateral(struct ratls_ctx *ctx, struct ratls_conn *c,
                            const struct ratls_target *target)
{
    static const struct ratls_sources none;
    struct ratls_tried tried;
    char *bundle = NULL;
    size_t len = 0;
    int64_t left = c->deadline_ms - ratls_now_ms();
    const struct ratls_search search = {
        .sources = target->sources == NULL ? &none : target->sources,
        .quote = ratls_session_quote(c->session),
        .now = unix_now(),
        .timeout_ms = left > 0 ? (long)left : 0,
    };

    if (ratls_collateral_find(ctx, &search, &bundle, &len, &tried, NULL) != CERTBIND_OK)
        len = 0; /* the session then refuses for want of collateral */
    ratls_session_tell_tried(c->session, &tried);
    ratls_session_give_collateral(c->session, certbind_bytes(bundle, len));
    free(bundle);
}

/* Reading failed: the connection broke, or the server has said that it does not take us. */
static void fail_read(struct ratls_conn *c)
{
    if (ratls_is_certificate_alert(ERR_peek_last_error()))
        ratls_session_fail(c->session, CERTBIND_E_TRANSPORT_CLIENT_CERTIFICATE,
                           ERR_reason_error_string(ERR_peek_last_error()));
    else
        ratls_session_fail(c->session, CERTBIND_E_HTTP_TRUNCATED,
                           "the server closed before the evidence was complete");
}

/* Read what the peer sends next; what goes wrong ends the session. */
static size_t next_bytes(struct ratls_conn *c, uint8_t *data, size_t room)
{
    long n = read_some(c, data, room, c->request_deadline_ms);

    if (n > 0)
        return (size_t)n;
    if (n == -2)
        ratls_session_fail(c->session, CERTBIND_E_HTTP_TIMEOUT,
                           "the evidence did not come in time");
    else
        fail_read(c);
    return 0;
}

/* Before a request and before the application's bytes nothing may have come. Otherwise the session
 * ends. */
static bool is_quiet(struct ratls_conn *c)
{
    uint8_t byte;
    size_t n = 0;

    ERR_clear_error();
    if (SSL_peek_ex(c->ssl, &byte, 1, &n) == 1) {
        ratls_session_fail(c->session, CERTBIND_E_HTTP_UNSOLICITED,
                           "bytes came that nobody asked for");
        return false;
    }
    if (SSL_get_error(c->ssl, 0) == SSL_ERROR_WANT_READ)
        return true;
    fail_read(c);
    return false;
}

/* Returns: whether the reply may be read; what went wrong has ended the session. */
static bool send_request(struct ratls_conn *c, const struct ratls_target *target,
                         const struct ratls_output *out)
{
    const unsigned ms = target->request_timeout_ms;
    const int64_t until = ratls_now_ms() + (ms == 0 ? DEFAULT_REQUEST_TIMEOUT_MS : ms);

    c->request_deadline_ms = until < c->deadline_ms ? until : c->deadline_ms;
    if (!is_quiet(c))
        return false;
    if (write_all(c, out->send, out->send_len, c->request_deadline_ms))
        return true;
    ratls_session_fail(c->session, CERTBIND_E_HTTP_TRUNCATED, "the request could not be sent");
    return false;
}

/* Wait as long as the server asked to; what goes wrong ends the session. */
static void pause_for(struct ratls_conn *c, unsigned ms)
{
    const int64_t until = ratls_now_ms() + ms;

    if (until > c->deadline_ms) {
        ratls_session_fail(c->session, CERTBIND_E_EVIDENCE_HTTP_STATUS,
                           "the server is busy (429) for longer than there is time");
        return;
    }
    /* What comes may be of TLS alone; then the wait goes on. */
    while (ratls_wait_for(c->fd, SSL_ERROR_WANT_READ, until))
        if (!is_quiet(c))
            return;
}

static enum ratls_want exchange(struct ratls_ctx *ctx, struct ratls_conn *c,
                                const struct ratls_target *target)
{
    uint8_t data[READ_SIZE];
    size_t len = 0;

    for (;;) {
        struct ratls_output out = {0};
        enum ratls_want want = ratls_session_step(c->session, data, len, unix_now(), &out);

        len = 0;
        if (want == RATLS_REFUSED || want == RATLS_ACCEPTED)
            return want;
        if (want == RATLS_WANT_COLLATERAL) {
            find_collateral(ctx, c, target);
            continue;
        }
        if (want == RATLS_WANT_TIME) {
            pause_for(c, out.wait_ms);
            continue;
        }
        if (out.send_len == 0 || send_request(c, target, &out))
            len = next_bytes(c, data, sizeof data);
    }
}

static certbind_status open_tls(struct ratls_ctx *ctx, const struct ratls_target *target,
                                struct ratls_conn *c, struct certbind_error *err)
{
    const char *host = target->address != NULL ? target->address : target->host;
    uint16_t port = target->address_port != 0 ? target->address_port : target->port;
    const size_t len = strlen(target->host);
    certbind_status status;

    if (len == 0 || len > TLSEXT_MAXLEN_host_name)
        return certbind_fail(err, CERTBIND_E_NAME_SYNTAX, "a server name of %zu bytes", len);
    status = ratls_dial(host, port, c->deadline_ms, &c->fd, err);
    if (status != CERTBIND_OK)
        return status;
    c->ssl_ctx = ratls_ssl_ctx_new(ctx, NULL);
    c->ssl = c->ssl_ctx == NULL ? NULL : SSL_new(c->ssl_ctx);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
        !ratls_ssl_set_name(c->ssl, target->host))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot set up TLS");
    status = ratls_handshake(c->ssl, c->deadline_ms, err);
    if (status != CERTBIND_OK)
        return status;
    c->session = ratls_session_new(ctx, c->ssl, target->host, target->port);
    return c->session != NULL ? CERTBIND_OK
                              : certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
}

static certbind_status prove(struct ratls_ctx *ctx, struct ratls_conn *c,
                             const struct ratls_target *target, struct certbind_error *err)
{
    const struct certbind_report *report = ratls_session_report(c->session);
    enum ratls_want want = exchange(ctx, c, target);

    if (want == RATLS_ACCEPTED && is_quiet(c) && report->accepted)
        return CERTBIND_OK;
    return certbind_fail(err, report->code, "%s", report->detail);
}

certbind_status ratls_connect(struct ratls_ctx *ctx, const struct ratls_target *target,
                              struct ratls_conn **out, struct certbind_report *report,
                              struct certbind_error *err)
{
    struct certbind_error own = {0};
    struct ratls_conn *c = calloc(1, sizeof *c);
    certbind_status status;

    *out = NULL;
    if (report != NULL)
        memset(report, 0, sizeof *report);
    if (c == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    c->fd = -1;
    c->deadline_ms =
        ratls_now_ms() + (target->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : target->timeout_ms);
    status = open_tls(ctx, target, c, &own);
    if (status == CERTBIND_OK)
        status = prove(ctx, c, target, &own);
    if (c->session != NULL && target->on_verdict != NULL)
        target->on_verdict(target->user, c->session);
    if (report != NULL && c->session != NULL) {
        *report = *ratls_session_report(c->session);
    } else if (report != NULL) {
        (void)ratls_request_authority(target->host, target->port, report->target,
                                      sizeof report->target);
        certbind_report_fail(report, CERTBIND_STEP_TRANSPORT, &own);
        status = certbind_report_conclude(report);
    }
    if (status == CERTBIND_OK) {
        *out = c;
        return CERTBIND_OK;
    }
    if (err != NULL)
        *err = own;
    ratls_close(c);
    return status;
}

/* What was proven ends with its verdict, unless another connection has met what carries it on. */
static bool is_proven(struct ratls_conn *c)
{
    return ratls_session_extend(c->session, unix_now());
}

long ratls_read(struct ratls_conn *conn, void *data, size_t len)
{
    long n = read_some(conn, data, len, ratls_now_ms() + IO_TIMEOUT_MS);

    return n < 0 || !is_proven(conn) ? -1 : n;
}

long ratls_write(struct ratls_conn *conn, const void *data, size_t len)
{
    return is_proven(conn) && write_all(conn, data, len, ratls_now_ms() + IO_TIMEOUT_MS) ? (long)len
                                                                                         : -1;
}

SSL *ratls_conn_ssl(const struct ratls_conn *conn)
{
    return conn->ssl;
}

const struct ratls_session *ratls_conn_session(const struct ratls_conn *conn)
{
    return conn->session;
}

void ratls_close(struct ratls_conn *conn)
{
    if (conn == NULL)
        return;
    ratls_session_free(conn->session);
    if (conn->ssl != NULL && SSL_is_init_finished(conn->ssl))
        (void)SSL_shutdown(conn->ssl);
    SSL_free(conn->ssl);
    SSL_CTX_free(conn->ssl_ctx);
    if (conn->fd >= 0)
        (void)close(conn->fd);
    free(conn);
}
