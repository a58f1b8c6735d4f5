#include "gateway/config/acme.h"

#include <stdio.h>
#include <string.h>

#include "certbind/server_name.h"
#include "gateway/acme/jws.h"
#include "gateway/config/upstream.h"
#include "gateway/config/problem.h"

struct check {
    const struct certbind_shape_document *document;
    struct certbind_problems *problems;
};

static void problem(const struct check *c, const cJSON *item, const char *path, const char *text)
{
    gateway_config_problem(c->problems, c->document, item, path, text);
}

/* Does a list of objects or texts have this text? In: member  of the objects; NULL: texts */
static bool has(const cJSON *list, const char *member, const char *text)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, list)
    {
        const char *value =
            member == NULL ? cJSON_GetStringValue(one) : certbind_json_string(one, member);

        if (value != NULL && strcmp(value, text) == 0)
            return true;
    }
    return false;
}

static bool is_served(const cJSON *listeners, const char *name)
{
    const cJSON *l;

    cJSON_ArrayForEach(l, listeners)
    {
        const cJSON *names = certbind_json_get(l, "names");

        if (has(names, NULL, name) || has(names, NULL, "*"))
            return true;
    }
    return false;
}

static bool is_passed_through(const cJSON *routes, const char *name)
{
    const cJSON *r;

    cJSON_ArrayForEach(r, routes)
    {
        if (strcmp(certbind_json_string(r, "mode"), "passthrough") == 0 &&
            strcmp(certbind_json_string(r, "host"), name) == 0)
            return true;
    }
    return false;
}

static void check_names(const struct check *c, const cJSON *root, const cJSON *names)
{
    const cJSON *certificates = certbind_json_get(certbind_json_get(root, "tls"), "certificates");
    const cJSON *one;
    int i = 0;

    cJSON_ArrayForEach(one, names)
    {
        char at[32];

        (void)snprintf(at, sizeof at, "acme.names[%d]", i++);
        if (!certbind_server_name_ok(certbind_text(one->valuestring)))
            problem(c, one, at, "is no lowercase host name");
        else if (!is_served(certbind_json_get(root, "listeners"), one->valuestring))
            problem(c, one, at, "is served by no listener");
        else if (is_passed_through(certbind_json_get(root, "routes"), one->valuestring))
            problem(c, one, at, "is passed through, so no certificate of it is shown here");
        else if (!has(certificates, "name", one->valuestring))
            problem(c, one, at,
                    "has no entry in tls.certificates, which says where its chain goes");
        for (const cJSON *o = names->child; o != one; o = o->next)
            if (strcmp(o->valuestring, one->valuestring) == 0)
                problem(c, one, at, "is repeated");
    }
}

void gateway_config_check_acme(const struct certbind_shape_document *document,
                               struct certbind_problems *problems)
{
    const struct check c = {document, problems};
    const cJSON *root = document->json.root;
    const cJSON *acme = certbind_json_get(root, "acme");
    const cJSON *directory = certbind_json_get(acme, "directory");
    const cJSON *contact = certbind_json_get(acme, "contact");
    const cJSON *clear = certbind_json_get(acme, "http_listener");

    if (acme == NULL)
        return;
    check_names(&c, root, certbind_json_get(acme, "names"));
    if (!acme_url_ok(directory->valuestring))
        problem(&c, directory, "acme.directory", "is no https:// URL");
    if (contact->valuestring[0] != '\0' && (strncmp(contact->valuestring, "mailto:", 7) != 0 ||
                                            strpbrk(contact->valuestring, "\"\\ ,?") != NULL))
        problem(&c, contact, "acme.contact", "is no mailto: address");
    if (clear->valuestring[0] != '\0' && !gateway_address_is_numeric(clear->valuestring))
        problem(&c, clear, "acme.http_listener", "is no numeric address with a port");
    if (strcmp(certbind_json_string(acme, "challenge"), "http-01") == 0 &&
        clear->valuestring[0] == '\0')
        problem(&c, clear, "acme.http_listener", "is needed for http-01, which comes in clear");
    if (!cJSON_IsTrue(certbind_json_get(acme, "terms_agreed")))
        certbind_problem_add(problems, document, acme, "acme.terms_agreed",
                             "must be true: it says that you agree to the authority's terms");
}

bool gateway_config_load_acme(struct gateway_config *config, const cJSON *acme)
{
    struct gateway_acme_config *out = &config->acme;
    int64_t retry = 0;

    if (acme == NULL)
        return true;
    out->directory = certbind_json_string(acme, "directory");
    out->contact = certbind_json_string(acme, "contact");
    out->challenge = certbind_json_string(acme, "challenge");
    out->ca_file = certbind_json_string(acme, "ca_file");
    (void)certbind_json_integer(certbind_json_get(acme, "retry_s"), 1, 86400, &retry);
    out->retry_s = (uint32_t)retry;
    if (certbind_json_string(acme, "http_listener")[0] != '\0')
        config->listeners[config->listeners_count++] = (struct gateway_listener){
            .address = certbind_json_string(acme, "http_listener"),
            .mode = GATEWAY_MODE_CHALLENGE,
        };
    return gateway_config_strings(certbind_json_get(acme, "names"), &out->names, &out->names_count);
}
