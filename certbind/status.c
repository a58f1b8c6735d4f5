#include "certbind/status.h"

#include <stdarg.h>
#include <stdio.h>

#include <openssl/err.h>

static const struct {
    const char *name;
    const char *text;
    enum certbind_step step;
} statuses[] = {
#define X(symbol, name, step, text) {name, text, step},
    CERTBIND_STATUS_LIST(X)
#undef X
};

static const char *const steps[] = {
#define X(symbol, name) name,
    CERTBIND_STEP_LIST(X)
#undef X
};

static int is_status(certbind_status status)
{
    return (size_t)status < sizeof statuses / sizeof statuses[0];
}

const char *certbind_status_name(certbind_status status)
{
    return is_status(status) ? statuses[status].name : "unknown";
}

const char *certbind_status_text(certbind_status status)
{
    return is_status(status) ? statuses[status].text : "unknown status";
}

enum certbind_step certbind_status_step(certbind_status status)
{
    return is_status(status) ? statuses[status].step : CERTBIND_STEP_NONE;
}

const char *certbind_step_name(enum certbind_step step)
{
    return (size_t)step < sizeof steps / sizeof steps[0] ? steps[step] : "unknown";
}

certbind_status certbind_fail(struct certbind_error *err, certbind_status status, const char *fmt,
                              ...)
{
    va_list args;

    if (err == NULL)
        return status;
    err->status = status;
    va_start(args, fmt);
    (void)vsnprintf(err->detail, sizeof err->detail, fmt, args);
    va_end(args);
    return status;
}

certbind_status certbind_fail_crypto(struct certbind_error *err, certbind_status status,
                                     const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    ERR_clear_error();
    return certbind_fail(err, status, "%s: %s", what, reason != NULL ? reason : "no reason given");
}
