#include "gateway/acme/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

enum { REQUEST_S = 30, RETRY_AFTER_MAX_S = 86400 };

struct acme_transport {
    CURL *curl;
    struct curl_slist *fields;
    const char *ca_file;
    const atomic_bool *stop;
    struct acme_reply *reply; /* of the request under way */
    size_t len;
    char body[ACME_REPLY_MAX + 1];
};

struct acme_transport *acme_transport_new(const char *ca_file, const atomic_bool *stop)
{
    struct acme_transport *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->curl = curl_easy_init();
    t->fields = curl_slist_append(NULL, "Content-Type: application/jose+json");
    t->ca_file = ca_file;
    t->stop = stop;
    if (t->curl == NULL || t->fields == NULL) {
        acme_transport_free(t);
        return NULL;
    }
    return t;
}

void acme_transport_free(struct acme_transport *t)
{
    if (t == NULL)
        return;
    curl_easy_cleanup(t->curl);
    curl_slist_free_all(t->fields);
    free(t);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct acme_transport *t = user;
    size_t len = size * count;

    if (len > ACME_REPLY_MAX - t->len)
        return 0;
    memcpy(t->body + t->len, data, len);
    t->len += len;
    return len;
}

/* The value of a field line, if it is this field's and fits. */
static bool take_field(const char *line, size_t len, const char *name, char *out, size_t room)
{
    size_t skip = strlen(name);

    if (len <= skip || strncasecmp(line, name, skip) != 0 || line[skip] != ':')
        return false;
    for (skip++; skip < len && (line[skip] == ' ' || line[skip] == '\t'); skip++)
        continue;
    while (len > skip && strchr(" \t\r\n", line[len - 1]) != NULL)
        len--;
    if (len - skip >= room)
        return false;
    memcpy(out, line + skip, len - skip);
    out[len - skip] = '\0';
    return true;
}

static size_t on_field(char *line, size_t size, size_t count, void *user)
{
    struct acme_transport *t = user;
    struct acme_reply *r = t->reply;
    size_t len = size * count;
    char text[16];

    if (take_field(line, len, "Replay-Nonce", r->nonce, sizeof r->nonce) &&
        !acme_base64url_ok(r->nonce, sizeof r->nonce))
        r->nonce[0] = '\0';
    if (take_field(line, len, "Location", r->location, sizeof r->location) &&
        !acme_url_ok(r->location))
        r->location[0] = '\0';
    if (take_field(line, len, "Retry-After", text, sizeof text)) {
        unsigned long s = strtoul(text, NULL, 10); /* a date counts as none */

        r->retry_after_s = s < RETRY_AFTER_MAX_S ? (unsigned)s : RETRY_AFTER_MAX_S;
    }
    return len;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct acme_transport *t = user;

    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return atomic_load(t->stop) ? 1 : 0;
}

static void prepare(struct acme_transport *t, const char *url, const char *body, char *error)
{
    CURL *c = t->curl;

    curl_easy_reset(c);
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)REQUEST_S);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_field);
    (void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    (void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "devproof-gateway");
    if (t->ca_file[0] != '\0')
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
    if (body == NULL)
        return;
    if (body[0] == '\0') {
        (void)curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
        return;
    }
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->fields);
    (void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
}

bool acme_transport_send(struct acme_transport *t, const char *url, const char *body,
                         struct acme_reply *out, char why[ACME_TEXT_ROOM])
{
    char error[CURL_ERROR_SIZE] = "";
    CURLcode code;

    *out = (struct acme_reply){0};
    t->reply = out;
    t->len = 0;
    prepare(t, url, body, error);
    code = curl_easy_perform(t->curl);
    (void)curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, NULL);
    if (code != CURLE_OK) {
        (void)snprintf(why, ACME_TEXT_ROOM, "%.60s: %.90s", url,
                       error[0] != '\0' ? error : curl_easy_strerror(code));
        return false;
    }
    (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &out->status);
    t->body[t->len] = '\0';
    out->body = t->body;
    out->body_len = t->len;
    return true;
}
