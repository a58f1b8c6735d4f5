/*
 * sandbox_probe LAYER[,LAYER...]|none [--user U] [--read P] [--replace P] WHAT[=ARGUMENT] ...
 * enters layers as a release has them, then tries things: one line each, 0 or the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/sandbox/files.h"
#include "gateway/sandbox/privileges.h"
#include "gateway/sandbox/sandbox.h"
#include "gateway/sandbox/syscalls.h"

enum { PATHS = 8, PAGE = 4096 };

static int result(long value)
{
    return value < 0 ? errno : 0;
}

static int read_opened(const char *path)
{
    return result(open(path, O_RDONLY | O_CLOEXEC));
}

static int unlinked(const char *path)
{
    return result(unlink(path));
}

static int made_executable(const char *argument)
{
    void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)argument;
    return at == MAP_FAILED ? -1 : result(mprotect(at, PAGE, PROT_READ | PROT_EXEC));
}

static int limited(const char *argument)
{
    struct rlimit limit;

    (void)argument;
    return getrlimit(RLIMIT_NOFILE, &limit) != 0 ? -1 : result(setrlimit(RLIMIT_NOFILE, &limit));
}

static int bound(const char *argument)
{
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)argument;
    return fd < 0 ? -1 : result(bind(fd, (const struct sockaddr *)&any, sizeof any));
}

static void *idle(void *arg)
{
    return arg;
}

static int threaded(const char *argument)
{
    pthread_t thread;
    const int code = pthread_create(&thread, NULL, idle, NULL);

    (void)argument;
    return code != 0 ? code : pthread_join(thread, NULL);
}

static int resolved(const char *name)
{
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    const int code = getaddrinfo(name, "80", &hints, &list);

    if (code == 0)
        freeaddrinfo(list);
    return code == 0 ? 0 : -1;
}

static int replaced(const char *path)
{
    char part[256];
    int fd;

    (void)snprintf(part, sizeof part, "%s.part", path);
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0)
        return errno;
    return result(rename(part, path));
}

static int ran(const char *path)
{
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        (void)execl(path, path, (char *)NULL);
        _exit(errno);
    }
    if (child < 0)
        return errno;
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_in_place(const char *path)
{
    return result(execl(path, path, (char *)NULL));
}

/* A call by the 32-bit gate, of which x86-64 kernels have one: getpid there. */
static int foreign(const char *argument)
{
    (void)argument;
#if defined(__x86_64__)
    long number = 20;

    __asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
    return number > 0 || number == -ENOSYS ? 0 : -1;
#else
    return -1;
#endif
}

/* Calls without an argument of the command line. */
static const struct call {
    const char *what;
    long number;
    long arguments[6];
} calls[] = {
    {"ptrace", SYS_ptrace, {PTRACE_SEIZE}}, /* of nobody */
    {"mount", SYS_mount, {0}},
    {"keyctl", SYS_keyctl, {0, -3}}, /* the id of one's session keyring */
    {"unshare", SYS_unshare, {CLONE_FS}},
    {"bpf", SYS_bpf, {0}},
    {"io_uring", SYS_io_uring_setup, {1}},
    {"clone3", SYS_clone3, {0}},
    {"process_vm", SYS_process_vm_readv, {0}},
    {"setuid", SYS_setuid, {0}},
    {"kill", SYS_kill, {1}},
    {"tgkill", SYS_tgkill, {1, 1}},
    {"seccomp", SYS_seccomp, {SECCOMP_SET_MODE_STRICT, 1}},
    {"dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}},
    {"push", SYS_ioctl, {0, TIOCSTI}},
    {"packet", SYS_socket, {AF_PACKET, SOCK_RAW}},
    {"raw", SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}},
    {"uevent", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT}},
    {"route", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}},
    {"inet", SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC}},
    {"map", SYS_mmap, {0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1}},
    {"map-exec", SYS_mmap, {0, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1}},
};

static const struct function {
    const char *what;
    int (*attempt)(const char *argument);
} functions[] = {
    {"open", read_opened},  {"replace", replaced},          {"unlink", unlinked},
    {"exec", run_in_place}, {"foreign", foreign},           {"fork", ran},
    {"thread", threaded},   {"resolve", resolved},          {"bind", bound},
    {"limit", limited},     {"make-exec", made_executable},
};

static int attempt(const char *what, const char *argument)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const long *a = calls[i].arguments;

        if (strcmp(calls[i].what, what) == 0)
            return result(syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]));
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].what, what) == 0)
            return functions[i].attempt(argument);
    return -1;
}

static int enter(const char *layers, const char *user, const struct sandbox_path *paths,
                 size_t count)
{
    struct sandbox_result results[SANDBOX_LAYERS] = {{0}};
    char err[200] = "";

    if (strstr(layers, "user") != NULL &&
        !sandbox_user_change(user, &results[SANDBOX_USER], err, sizeof err)) {
        (void)fprintf(stderr, "%s\n", err);
        return 1;
    }
    if (strstr(layers, "capabilities") != NULL)
        sandbox_capabilities_drop(&results[SANDBOX_CAPABILITIES]);
    if (strstr(layers, "late-files") == NULL && strstr(layers, "files") != NULL)
        sandbox_files_restrict(paths, count, &results[SANDBOX_FILES]);
    if (strstr(layers, "syscalls") != NULL)
        sandbox_syscalls_restrict(&results[SANDBOX_SYSCALLS]);
    if (strstr(layers, "late-files") != NULL)
        sandbox_files_restrict(paths, count, &results[SANDBOX_FILES]);
    for (int i = 0; i < SANDBOX_LAYERS; i++)
        (void)printf("%s %s %s\n", sandbox_layer_name((enum sandbox_layer)i),
                     sandbox_state_name(results[i].state), results[i].detail);
    return 0;
}

int main(int argc, char **argv)
{
    struct sandbox_path paths[PATHS];
    size_t count = 0;
    const char *user = NULL;
    int at = 2;

    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0 && count < PATHS; at += 2) {
        if (strcmp(argv[at], "--user") == 0)
            user = argv[at + 1];
        else
            paths[count++] = (struct sandbox_path){
                argv[at + 1], strcmp(argv[at], "--replace") == 0 ? SANDBOX_REPLACE : SANDBOX_READ};
    }
    if (argc < 2 || enter(argv[1], user, paths, count) != 0)
        return 1;
    (void)fflush(stdout);
    for (; at < argc; at++) {
        char *equals = strchr(argv[at], '=');

        if (equals != NULL)
            *equals = '\0';
        (void)printf("%s %d\n", argv[at], attempt(argv[at], equals != NULL ? equals + 1 : ""));
        (void)fflush(stdout);
    }
    return 0;
}
