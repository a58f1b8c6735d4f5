#include "certbind/compose/gateway_service.h"

#include <stdio.h>
#include <string.h>

#include "certbind/compose/service.h"
#include "certbind/json.h"

enum { MANIFEST_MAX_BYTES = 4 << 20, DIGEST_HEX = 64 };

static certbind_status refuse(struct certbind_error *err, size_t line, const char *why)
{
    return certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, "line %zu: %s", line, why);
}

static bool is_set(const cJSON *manifest, const char *name)
{
    const cJSON *member = certbind_json_get(manifest, name);

    return member != NULL && !cJSON_IsNull(member) &&
           !(cJSON_IsString(member) && member->valuestring[0] == '\0');
}

/* Only keys at the top whose meaning is known: `include` would bring in another file. */
static certbind_status check_top(const struct certbind_yaml_node *root, struct certbind_error *err)
{
    static const char *const known[] = {"services", "volumes", "networks", "version", "name"};

    for (const struct certbind_yaml_node *m = root->child; m != NULL; m = m->next) {
        bool found = strncmp(m->key, "x-", 2) == 0;

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || strcmp(m->key, known[i]) == 0;
        if (!found)
            return refuse(err, m->line, "a key whose meaning is not known here");
    }
    return CERTBIND_OK;
}

/* A named volume can be a folder of the machine under another name. */
static certbind_status check_volumes(const struct certbind_yaml_node *volumes,
                                     struct certbind_error *err)
{
    static const char *const known[] = {"name", "labels"};

    if (volumes == NULL || (certbind_yaml_text(volumes) != NULL && volumes->text[0] == '\0'))
        return CERTBIND_OK;
    if (volumes->kind != CERTBIND_YAML_MAPPING)
        return refuse(err, volumes->line, "volumes that are no mapping");
    for (const struct certbind_yaml_node *v = volumes->child; v != NULL; v = v->next) {
        const char *text = certbind_yaml_text(v);

        if (v->kind == CERTBIND_YAML_SEQUENCE || (text != NULL && text[0] != '\0'))
            return refuse(err, v->line, "a volume that is no mapping");
        for (const struct certbind_yaml_node *m = v->child; m != NULL; m = m->next)
            if (strcmp(m->key, known[0]) != 0 && strcmp(m->key, known[1]) != 0)
                return refuse(err, m->line, "a volume with a driver, or of somebody else");
    }
    return CERTBIND_OK;
}

static bool is_pinned(const char *image)
{
    const char *at = strstr(image, "@sha256:");
    const char *digest = at == NULL ? "" : at + strlen("@sha256:");

    return strlen(digest) == DIGEST_HEX && strspn(digest, "0123456789abcdef") == DIGEST_HEX &&
           strpbrk(image, "$ \t\r\n") == NULL;
}

static certbind_status describe(const struct certbind_yaml_node *service,
                                struct certbind_gateway_service *out, struct certbind_error *err)
{
    const char *image = certbind_yaml_text(certbind_yaml_get(service, "image"));
    const char *problem = certbind_service_config_problem(service);

    if (image == NULL || strlen(image) >= sizeof out->image || !is_pinned(image) ||
        certbind_yaml_get(service, "build") != NULL)
        return certbind_fail(err, CERTBIND_E_GATEWAY_IMAGE,
                             "line %zu: the gateway's image is not pinned by its digest",
                             service->line);
    if (strlen(service->key) >= sizeof out->name)
        return refuse(err, service->line, "a service name that is too long");
    (void)snprintf(out->name, sizeof out->name, "%s", service->key);
    (void)snprintf(out->image, sizeof out->image, "%s", image);
    (void)snprintf(out->config_problem, sizeof out->config_problem, "%s",
                   problem == NULL ? "" : problem);
    out->config_is_literal = problem == NULL;
    return CERTBIND_OK;
}

static certbind_status find_holder(const struct certbind_yaml_node *services,
                                   const struct certbind_yaml_node **holder,
                                   struct certbind_error *err)
{
    *holder = NULL;
    if (services == NULL || services->kind != CERTBIND_YAML_MAPPING)
        return refuse(err, services == NULL ? 1 : services->line, "there are no services");
    for (const struct certbind_yaml_node *s = services->child; s != NULL; s = s->next) {
        bool reaches = false;
        certbind_status status = certbind_service_check(s, err);

        if (status == CERTBIND_OK)
            status = certbind_service_reaches_agent(s, &reaches, err);
        if (status != CERTBIND_OK)
            return status;
        if (reaches && *holder != NULL)
            return certbind_fail(err, CERTBIND_E_AGENT_SOCKET_SHARED,
                                 "lines %zu and %zu: two services can reach the guest agent",
                                 (*holder)->line, s->line);
        if (reaches)
            *holder = s;
    }
    return *holder != NULL ? CERTBIND_OK
                           : certbind_fail(err, CERTBIND_E_AGENT_SOCKET_SHARED,
                                           "no service holds the guest agent's socket");
}

static certbind_status read_compose(const char *text, struct certbind_gateway_service *out,
                                    struct certbind_error *err)
{
    struct certbind_yaml_tree tree;
    const struct certbind_yaml_node *holder = NULL;
    certbind_status status = certbind_yaml_read(certbind_text(text), &tree, err);

    if (status != CERTBIND_OK)
        return status;
    status = check_top(tree.root, err);
    if (status == CERTBIND_OK)
        status = check_volumes(certbind_yaml_get(tree.root, "volumes"), err);
    if (status == CERTBIND_OK)
        status = find_holder(certbind_yaml_get(tree.root, "services"), &holder, err);
    if (status == CERTBIND_OK && holder != NULL)
        status = describe(holder, out, err);
    certbind_yaml_cleanup(&tree);
    return status;
}

certbind_status certbind_gateway_service_read(struct certbind_bytes app_compose,
                                              struct certbind_gateway_service *out,
                                              struct certbind_error *err)
{
    static const struct certbind_json_rules rules = {
        MANIFEST_MAX_BYTES, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
        CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, false};
    struct certbind_json json;
    const char *runner;
    const char *text;
    certbind_status status;

    *out = (struct certbind_gateway_service){.config_is_literal = false};
    status = certbind_json_parse(app_compose, &rules, &json, err);
    if (status != CERTBIND_OK)
        return status;
    runner = certbind_json_string(json.root, "runner");
    text = certbind_json_string(json.root, "docker_compose_file");
    if (runner == NULL || strcmp(runner, "docker-compose") != 0 || text == NULL)
        status = certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                               "the manifest does not run a compose file");
    else
        status = read_compose(text, out, err);
    if (status == CERTBIND_OK)
        out->has_scripts =
            is_set(json.root, "pre_launch_script") || is_set(json.root, "init_script");
    else
        *out = (struct certbind_gateway_service){.config_is_literal = false};
    certbind_json_cleanup(&json);
    return status;
}
