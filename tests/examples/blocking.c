/*
 * blocking: fetch a page over a connection whose far side has proven what it runs.
 *
 *   blocking POLICY ROOT COLLATERAL_URL HOST PORT
 *
 * Exit codes: 0 the page was printed, 10 refused, 1 own failure, 2 usage, 30 a file is malformed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "ra-tls/policy_file.h"
#include "ra-tls/ratls.h"

static int fetch(struct ratls_ctx *ctx, const struct ratls_target *target)
{
    struct certbind_error err = {0};
    struct ratls_conn *conn;
    char data[4096];
    int len = snprintf(data, sizeof data, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                       target->host);
    long n;

    if (ratls_connect(ctx, target, &conn, NULL, &err) != CERTBIND_OK) {
        (void)fprintf(stderr, "refused %s: %s\n", certbind_status_name(err.status), err.detail);
        return 10;
    }
    /* From here on the bytes are the application's, and only the proven code can read them. */
    n = ratls_write(conn, data, (size_t)len);
    while (n > 0 && (n = ratls_read(conn, data, sizeof data)) > 0)
        (void)fwrite(data, 1, (size_t)n, stdout);
    ratls_close(conn);
    return n == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct ratls_options options = {0};
    struct ratls_sources sources = {.url_count = 1};
    struct certbind_problems *problems = calloc(1, sizeof *problems);
    struct certbind_policy policy = {0};
    struct certbind_error err = {0};
    struct ratls_ctx *ctx = NULL;
    uint8_t *root = NULL;
    size_t root_len = 0;
    int code = 30;

    if (argc != 6 || problems == NULL)
        return 2;
    (void)signal(SIGPIPE, SIG_IGN); /* a far side that hangs up is an error code, not a signal */
    if (ratls_policy_load(argv[1], &policy, problems, &err) != CERTBIND_OK ||
        ratls_root_load(argv[2], &root, &root_len, &err) != CERTBIND_OK) {
        (void)fprintf(stderr, "%s\n", err.detail);
    } else {
        options.policy = &policy;
        options.root_der = certbind_bytes(root, root_len); /* leave it empty to trust Intel's */
        code = 1;
        sources.urls[0] = argv[3];
        if (ratls_ctx_new(&options, &ctx, &err) == CERTBIND_OK)
            code = fetch(ctx, &(struct ratls_target){
                                  .host = argv[4],
                                  .port = (uint16_t)strtoul(argv[5], NULL, 10),
                                  .sources = &sources,
                              });
    }
    ratls_ctx_free(ctx);
    free(root);
    certbind_policy_cleanup(&policy);
    free(problems);
    return code;
}
