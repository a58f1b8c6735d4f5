#include "gateway/sandbox/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITY_WORDS = _LINUX_CAPABILITY_U32S_3, CAPABILITY_NUMBERS = 64 };

/* Who is wanted. Without a name there are no groups beside gid. */
struct identity {
    const char *name;
    uid_t uid;
    gid_t gid;
};

/* Returns: where the number ends, NULL when it is no id. (uid_t)-1 means "no change" to the kernel.
 */
static const char *id_parse(const char *text, uint32_t *out)
{
    uint64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
        if (value >= UINT32_MAX)
            return NULL;
    }
    *out = (uint32_t)value;
    return at == text ? NULL : at;
}

bool sandbox_user_parse(const char *text, uid_t *uid, gid_t *gid)
{
    const char *at = id_parse(text, uid);

    if (at == NULL || *at != ':')
        return false;
    at = id_parse(at + 1, gid);
    return at != NULL && *at == '\0';
}

static bool look_up(const char *user, struct identity *out)
{
    const struct passwd *found;

    *out = (struct identity){.name = NULL};
    if (sandbox_user_parse(user, &out->uid, &out->gid))
        return true;
    found = getpwnam(user);
    if (found == NULL)
        return false;
    *out = (struct identity){user, found->pw_uid, found->pw_gid};
    return true;
}

static bool is(const struct identity *who)
{
    uid_t uid[3];
    gid_t gid[3];

    return getresuid(&uid[0], &uid[1], &uid[2]) == 0 && getresgid(&gid[0], &gid[1], &gid[2]) == 0 &&
           uid[0] == who->uid && uid[1] == who->uid && uid[2] == who->uid && gid[0] == who->gid &&
           gid[1] == who->gid && gid[2] == who->gid;
}

/* Groups first: they cannot be changed once the user is another. */
static bool become(const struct identity *who)
{
    const int groups = who->name != NULL ? initgroups(who->name, who->gid) : setgroups(0, NULL);

    return groups == 0 && setresgid(who->gid, who->gid, who->gid) == 0 &&
           setresuid(who->uid, who->uid, who->uid) == 0 && is(who) &&
           (who->uid == 0 || setuid(0) != 0) &&
           /* The kernel may have taken it back with the change. */
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static void tell(struct sandbox_result *out)
{
    if (geteuid() == 0) {
        out->state = SANDBOX_OFF;
        (void)snprintf(out->detail, sizeof out->detail, "runs as root; --user names another");
        return;
    }
    out->state = SANDBOX_ON;
    (void)snprintf(out->detail, sizeof out->detail, "uid %lu, gid %lu", (unsigned long)getuid(),
                   (unsigned long)getgid());
}

bool sandbox_user_change(const char *user, struct sandbox_result *out, char *err, size_t err_len)
{
    struct identity who;

    if (user != NULL && !look_up(user, &who)) {
        (void)snprintf(err, err_len, "no user '%.64s': --user takes a name or UID:GID", user);
        return false;
    }
    errno = 0;
    if (user != NULL && !(geteuid() != 0 && is(&who)) && !become(&who)) {
        (void)snprintf(err, err_len, "cannot become user '%.64s': %s", user,
                       errno != 0 ? strerror(errno) : "the ids are not what was set");
        return false;
    }
    tell(out);
    return true;
}

/* Returns: whether the set that bounds what a program file may give is empty. */
static bool empty_bounds(void)
{
    bool empty = true;

    for (unsigned long i = 0; i < CAPABILITY_NUMBERS; i++)
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
            empty = false;
    return empty;
}

static bool has_none(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[CAPABILITY_WORDS] = {{0}};

    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    for (size_t i = 0; i < CAPABILITY_WORDS; i++)
        if (sets[i].effective != 0 || sets[i].permitted != 0 || sets[i].inheritable != 0)
            return false;
    return true;
}

void sandbox_capabilities_drop(struct sandbox_result *out)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[CAPABILITY_WORDS] = {{0}};
    const bool bounds = empty_bounds(); /* needs a capability: first */

    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &header, none) != 0 || !has_none()) {
        (void)snprintf(out->detail, sizeof out->detail, "capset: %s", strerror(errno));
        return;
    }
    out->state = SANDBOX_ON;
    if (!bounds)
        (void)snprintf(out->detail, sizeof out->detail,
                       "the bounding set stays: there was no right to empty it");
}
