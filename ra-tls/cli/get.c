#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <llhttp.h>

#include "ra-tls/cli/client.h"
#include "ra-tls/cli/commands.h"
#include "ra-tls/request.h"

/* The answer of the application, written as it comes. */
struct download {
    llhttp_t parser;
    FILE *out;
    bool complete;
    bool write_failed;
};

static bool is_interim(const llhttp_t *parser)
{
    return parser->status_code >= 100 && parser->status_code < 200;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct download *d = parser->data;

    d->write_failed = d->write_failed || fwrite(at, 1, len, d->out) != len;
    return d->write_failed ? -1 : 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct download *d = parser->data;

    if (is_interim(parser))
        return 0;
    d->complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static enum exit_code fail(const struct arguments *args, const char *what)
{
    (void)fprintf(stderr, "devproof %s: %s\n", args->command, what);
    return EXIT_FAILED;
}

static bool send_request(struct ratls_conn *conn, const struct url *url)
{
    char head[9000];
    char authority[300];
    int n;

    if (!ratls_request_authority(url->host, url->port, authority, sizeof authority))
        return false;
    n = snprintf(head, sizeof head,
                 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: devproof/" DEVPROOF_VERSION
                 "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                 url->target, authority);
    return n > 0 && (size_t)n < sizeof head && ratls_write(conn, head, (size_t)n) == n;
}

static const char *why_it_ended(const struct ratls_conn *conn)
{
    return ratls_session_usable(ratls_conn_session(conn), (uint64_t)time(NULL))
               ? "the connection failed before the answer was complete"
               : "what the far side proved ran out before the answer was complete";
}

static enum exit_code receive(struct ratls_conn *conn, struct download *d,
                              const struct arguments *args)
{
    char data[16384];

    llhttp_init(&d->parser, HTTP_RESPONSE, &settings);
    d->parser.data = d;
    while (!d->complete) {
        long n = ratls_read(conn, data, sizeof data);
        llhttp_errno_t rc;

        if (n < 0)
            return fail(args, why_it_ended(conn));
        rc = n == 0 ? llhttp_finish(&d->parser) : llhttp_execute(&d->parser, data, (size_t)n);
        if (d->write_failed)
            return fail(args, "cannot write the body");
        if (!d->complete && (rc != HPE_OK || n == 0))
            return fail(args, "the answer of the application is incomplete or no HTTP/1.1");
    }
    if (d->parser.status_code >= 400)
        (void)fprintf(stderr, "devproof %s: the application answered with status %u\n",
                      args->command, (unsigned)d->parser.status_code);
    return EXIT_ACCEPTED;
}

static enum exit_code fetch(struct client *client, struct ratls_conn *conn,
                            const struct arguments *args)
{
    const char *path = args->value[ARG_OUTPUT];
    bool to_file = path != NULL && strcmp(path, "-") != 0;
    struct download d = {.out = to_file ? fopen(path, "wb") : stdout};
    enum exit_code code;

    if (d.out == NULL) {
        (void)fprintf(stderr, "devproof %s: cannot open '%s': %s\n", args->command, path,
                      strerror(errno));
        return EXIT_FAILED;
    }
    code = send_request(conn, &client->url) ? receive(conn, &d, args)
                                            : fail(args, "the request could not be sent");
    if ((to_file ? fclose(d.out) : fflush(d.out)) != 0 && code == EXIT_ACCEPTED)
        code = fail(args, "cannot write the body");
    return code;
}

enum exit_code command_get(const struct arguments *args)
{
    struct client client;
    struct certbind_report report;
    struct ratls_conn *conn = NULL;
    enum exit_code code;

    if (args->value[ARG_POLICY] == NULL) {
        (void)fprintf(stderr, "devproof get: --policy FILE is needed\n");
        return EXIT_USAGE;
    }
    code = client_open(&client, args, args->word[0], false);
    if (code == EXIT_ACCEPTED) {
        if (ratls_connect(client.ctx, &client.target, &conn, &report, NULL) == CERTBIND_OK) {
            code = fetch(&client, conn, args);
        } else {
            (void)fprintf(stderr, "devproof get: refused %s: %s\n",
                          certbind_status_name(report.code), report.detail);
            if (args->value[ARG_JSON] != NULL || args->value[ARG_EXPLAIN] != NULL)
                client_print_report(&report, args);
            report.accepted = false;
            code = client_exit_code(&report);
        }
        ratls_close(conn);
    }
    client_close(&client);
    return code;
}
