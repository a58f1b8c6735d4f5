#include "certbind/compose/mount.h"

#include <stdbool.h>
#include <string.h>

enum { PATH_ROOM = 256 };

/* Where the platform puts the agent's sockets; /var/run is /run. */
static const char *const agent_paths[] = {
    "/var/run/dstack.sock", "/run/dstack.sock", "/var/run/tappd.sock", "/run/tappd.sock",
    "/var/run/dstack",      "/run/dstack",      "/var/run/tappd",      "/run/tappd",
};

/* Files of the machine that people mount and that lead nowhere. */
static const char *const harmless_files[] = {"/etc/localtime", "/etc/timezone", "/etc/hostname"};

static certbind_status refuse(const struct certbind_yaml_node *entry, const char *why,
                              struct certbind_error *err)
{
    return certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, "line %zu: %s", entry->line, why);
}

static bool is_name(const char *text, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    if (len == 0 || strchr(letters, text[0]) == NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        if (strchr(letters, text[i]) == NULL && strchr("_.-", text[i]) == NULL)
            return false;
    return true;
}

/* An absolute path without doubled slashes, dots or an end slash. Returns: false for any other. */
static bool is_plain_path(const char *path)
{
    const size_t len = strlen(path);

    return path[0] == '/' && len < PATH_ROOM && strstr(path, "//") == NULL &&
           strstr(path, "/./") == NULL && strstr(path, "/../") == NULL &&
           (len == 1 || path[len - 1] != '/') && (len < 2 || strcmp(path + len - 2, "/.") != 0) &&
           (len < 3 || strcmp(path + len - 3, "/..") != 0);
}

static bool is_inside(const char *path, const char *folder)
{
    const size_t n = strlen(folder);

    return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool is_agent(const char *path)
{
    for (size_t i = 0; i < sizeof agent_paths / sizeof agent_paths[0]; i++)
        if (is_inside(path, agent_paths[i]))
            return true;
    return false;
}

/* A path of the machine. One component below the app's folder cannot lie in another mount. */
static enum certbind_mount judge_source(const char *source)
{
    if (strncmp(source, "./", 2) == 0 && is_name(source + 2, strlen(source + 2)))
        return CERTBIND_MOUNT_OWN;
    if (!is_plain_path(source))
        return CERTBIND_MOUNT_HOST;
    if (is_agent(source))
        return CERTBIND_MOUNT_AGENT;
    for (size_t i = 0; i < sizeof harmless_files / sizeof harmless_files[0]; i++)
        if (strcmp(source, harmless_files[i]) == 0)
            return CERTBIND_MOUNT_OWN;
    return CERTBIND_MOUNT_HOST;
}

/* A volume that is mounted where the agent's socket is looked for hands that socket around. */
static enum certbind_mount judge_target(const char *target)
{
    return is_plain_path(target) && is_agent(target) ? CERTBIND_MOUNT_AGENT : CERTBIND_MOUNT_OWN;
}

static certbind_status read_short(const struct certbind_yaml_node *entry, enum certbind_mount *out,
                                  struct certbind_error *err)
{
    const char *colon = strchr(entry->text, ':');
    const size_t len = colon == NULL ? 0 : (size_t)(colon - entry->text);
    const char *target = colon == NULL ? entry->text : colon + 1;
    char source[PATH_ROOM];
    char path[PATH_ROOM];
    const size_t target_len = strcspn(target, ":");

    if (len >= sizeof source || target_len >= sizeof path || target[0] != '/' ||
        strchr(entry->text, '$') != NULL)
        return refuse(entry, "a volume that is not SOURCE:TARGET, or an interpolated one", err);
    memcpy(source, entry->text, len);
    source[len] = '\0';
    memcpy(path, target, target_len);
    path[target_len] = '\0';
    if (colon == NULL || is_name(source, len))
        *out = judge_target(path);
    else if (source[0] == '/' || source[0] == '.')
        *out = judge_source(source);
    else
        return refuse(entry, "a volume whose source is neither a name nor a path", err);
    return CERTBIND_OK;
}

static certbind_status read_long(const struct certbind_yaml_node *entry, enum certbind_mount *out,
                                 struct certbind_error *err)
{
    const char *type = certbind_yaml_text(certbind_yaml_get(entry, "type"));
    const char *source = certbind_yaml_text(certbind_yaml_get(entry, "source"));
    const char *target = certbind_yaml_text(certbind_yaml_get(entry, "target"));

    if (type == NULL || target == NULL || target[0] != '/' || strchr(target, '$') != NULL ||
        (source != NULL && strchr(source, '$') != NULL))
        return refuse(entry, "a volume without type or target, or an interpolated one", err);
    if (strcmp(type, "bind") == 0 && source != NULL)
        *out = judge_source(source);
    else if (strcmp(type, "tmpfs") == 0 ||
             (strcmp(type, "volume") == 0 && (source == NULL || is_name(source, strlen(source)))))
        *out = judge_target(target);
    else
        return refuse(entry, "a volume of a type that is not known here", err);
    return CERTBIND_OK;
}

certbind_status certbind_mount_read(const struct certbind_yaml_node *entry,
                                    enum certbind_mount *out, struct certbind_error *err)
{
    *out = CERTBIND_MOUNT_HOST;
    if (entry->kind == CERTBIND_YAML_SCALAR)
        return read_short(entry, out, err);
    if (entry->kind == CERTBIND_YAML_MAPPING)
        return read_long(entry, out, err);
    return refuse(entry, "a volume that is neither text nor mapping", err);
}
