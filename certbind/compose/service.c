#include "certbind/compose/service.h"

#include <string.h>
#include <strings.h>

#include "certbind/compose/mount.h"

/* Keys that say nothing about the agent's socket, beside those that are looked at below. */
static const char *const known[] = {
    "annotations",
    "attach",
    "build",
    "cap_add",
    "cap_drop",
    "command",
    "container_name",
    "cpu_count",
    "cpu_shares",
    "cpus",
    "cpuset",
    "depends_on",
    "deploy",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extra_hosts",
    "gpus",
    "group_add",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "ipc",
    "labels",
    "logging",
    "mac_address",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "privileged",
    "profiles",
    "pull_policy",
    "read_only",
    "restart",
    "scale",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "user",
    "userns_mode",
    "volumes",
    "working_dir",
};

/* What a container may do by default, and a few more that open no other container. */
static const char *const harmless_capabilities[] = {
    "AUDIT_WRITE", "CHOWN",   "DAC_OVERRIDE",     "FOWNER",     "FSETID",
    "IPC_LOCK",    "KILL",    "NET_BIND_SERVICE", "NET_RAW",    "SETFCAP",
    "SETGID",      "SETPCAP", "SETUID",           "SYS_CHROOT", "SYS_NICE",
};

static bool is_known(const char *key)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(key, known[i]) == 0)
            return true;
    return strncmp(key, "x-", 2) == 0;
}

certbind_status certbind_service_check(const struct certbind_yaml_node *service,
                                       struct certbind_error *err)
{
    if (service->kind != CERTBIND_YAML_MAPPING)
        return certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                             "line %zu: a service that is no mapping", service->line);
    for (const struct certbind_yaml_node *m = service->child; m != NULL; m = m->next)
        if (!is_known(m->key))
            return certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                                 "line %zu: a key whose meaning is not known here", m->line);
    return CERTBIND_OK;
}

static bool is_harmless_capability(const char *name)
{
    if (strncasecmp(name, "CAP_", 4) == 0)
        name += 4;
    for (size_t i = 0; i < sizeof harmless_capabilities / sizeof harmless_capabilities[0]; i++)
        if (strcasecmp(name, harmless_capabilities[i]) == 0)
            return true;
    return false;
}

/* Not confined: it could look into other containers, or at the machine's devices. */
static bool is_unconfined(const struct certbind_yaml_node *service)
{
    const char *privileged = certbind_yaml_text(certbind_yaml_get(service, "privileged"));
    const char *ipc = certbind_yaml_text(certbind_yaml_get(service, "ipc"));
    const struct certbind_yaml_node *caps = certbind_yaml_get(service, "cap_add");

    if (certbind_yaml_get(service, "privileged") != NULL &&
        (privileged == NULL || strcmp(privileged, "false") != 0))
        return true;
    if (certbind_yaml_get(service, "ipc") != NULL &&
        (ipc == NULL || (strcmp(ipc, "private") != 0 && strcmp(ipc, "none") != 0)))
        return true;
    if (certbind_yaml_get(service, "pid") != NULL ||
        certbind_yaml_get(service, "userns_mode") != NULL ||
        certbind_yaml_get(service, "devices") != NULL)
        return true;
    if (caps != NULL && caps->kind != CERTBIND_YAML_SEQUENCE)
        return true;
    for (const struct certbind_yaml_node *c = caps == NULL ? NULL : caps->child; c != NULL;
         c = c->next)
        if (certbind_yaml_text(c) == NULL || !is_harmless_capability(c->text))
            return true;
    return false;
}

certbind_status certbind_service_reaches_agent(const struct certbind_yaml_node *service,
                                               bool *reaches, struct certbind_error *err)
{
    const struct certbind_yaml_node *volumes = certbind_yaml_get(service, "volumes");

    *reaches = is_unconfined(service);
    if (volumes != NULL && volumes->kind != CERTBIND_YAML_SEQUENCE)
        return certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                             "line %zu: volumes that are no list", volumes->line);
    for (const struct certbind_yaml_node *v = volumes == NULL ? NULL : volumes->child; v != NULL;
         v = v->next) {
        enum certbind_mount mount;
        const certbind_status status = certbind_mount_read(v, &mount, err);

        if (status != CERTBIND_OK)
            return status;
        if (mount != CERTBIND_MOUNT_OWN)
            *reaches = true;
    }
    return CERTBIND_OK;
}

static bool has_dollar(const struct certbind_yaml_node *node)
{
    const char *text = certbind_yaml_text(node);

    if (text != NULL)
        return strchr(text, '$') != NULL;
    for (const struct certbind_yaml_node *m = node->child; m != NULL; m = m->next)
        if (has_dollar(m)) /* as deep as the tree: bounded */
            return true;
    return false;
}

/* Whether an argument is that option, alone or with its value behind '='. */
static bool is_option(const char *argument, const char *option)
{
    const size_t n = strlen(option);

    return strncmp(argument, option, n) == 0 && (argument[n] == '\0' || argument[n] == '=');
}

static const char *command_problem(const struct certbind_yaml_node *command)
{
    unsigned literals = 0;

    if (command == NULL)
        return "its command holds no configuration";
    if (command->kind != CERTBIND_YAML_SEQUENCE)
        return "its command is not a list of arguments";
    for (const struct certbind_yaml_node *a = command->child; a != NULL; a = a->next) {
        const char *text = certbind_yaml_text(a);

        if (text == NULL)
            return "its command is not a list of arguments";
        if (is_option(text, "--config"))
            return "its configuration is a file";
        if (is_option(text, "--config-json") || is_option(text, "--upstream"))
            literals++;
    }
    return literals == 1 ? NULL : "its command holds no configuration";
}

const char *certbind_service_config_problem(const struct certbind_yaml_node *service)
{
    const struct certbind_yaml_node *volumes = certbind_yaml_get(service, "volumes");

    if (has_dollar(service))
        return "the operator's values reach it";
    if (certbind_yaml_get(service, "entrypoint") != NULL)
        return "it replaces the image's entrypoint";
    if (certbind_yaml_get(service, "environment") != NULL ||
        certbind_yaml_get(service, "env_file") != NULL)
        return "it has environment values";
    for (const struct certbind_yaml_node *v = volumes == NULL ? NULL : volumes->child; v != NULL;
         v = v->next) {
        enum certbind_mount mount;

        if (certbind_mount_read(v, &mount, NULL) != CERTBIND_OK || mount != CERTBIND_MOUNT_AGENT)
            return "something else than the agent's socket is mounted into it";
    }
    return command_problem(certbind_yaml_get(service, "command"));
}
