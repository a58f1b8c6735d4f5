#include "ra-tls/shim/answer.h"

#include <stdio.h>
#include <string.h>

/* The inside of a JSON string; what is not printable ASCII becomes '?'. */
static void escape(const char *text, char *out, size_t room)
{
    size_t n = 0;

    for (; *text != '\0' && n + 3 < room; text++) {
        if (*text == '"' || *text == '\\')
            out[n++] = '\\';
        out[n] = '?';
        if (*text >= ' ' && *text <= '~')
            out[n] = *text;
        n++;
    }
    out[n] = '\0';
}

void shim_answer_error(struct gw_exchange *x, unsigned status, const char *code,
                       const char *message, const char *proxy_status)
{
    struct gw_response_field fields[3] = {{"Content-Type", "application/json"},
                                          {"Cache-Control", "no-store"}};
    char body[1200];
    char escaped[1000];
    char details[200];
    int n;

    escape(message, escaped, sizeof escaped);
    n = snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n", code,
                 escaped);
    if (proxy_status != NULL) {
        (void)snprintf(details, sizeof details, "devproof; error=%s; details=\"%s\"", proxy_status,
                       code);
        fields[2] = (struct gw_response_field){"Proxy-Status", details};
    }
    gw_exchange_respond(x, &(struct gw_response){
                               .status = status,
                               .fields = fields,
                               .fields_count = proxy_status == NULL ? 2 : 3,
                               .body = (const uint8_t *)body,
                               .body_len = (size_t)n,
                               .reason = code,
                           });
}
