#include "gateway/sandbox/syscalls.h"

#include <assert.h>
#include <asm/termbits.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/sandbox/syscall_list.h"

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "the filter has to be written for this processor: names and numbers of its system calls"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the filter expects the low half of an argument first"
#endif

enum { MAX_INSTRUCTIONS = 512, MAX_CONDITIONS = 3, SOCK_TYPE = 0xf };

/* (half & mask) == value; the filter's machine has 32 bits. */
struct condition {
    unsigned half; /* of the arguments, counted from 0: low and high one of the first, ... */
    uint32_t mask, value;
};

/* A call that is allowed when every condition holds; several rules of one call are alternatives. */
struct rule {
    uint32_t number;
    unsigned count;
    struct condition conditions[MAX_CONDITIONS];
};

struct program {
    struct sock_filter code[MAX_INSTRUCTIONS];
    unsigned short len;
};

/* What the kernel takes as int or as flags has all that counts in the low half. */
#define LOW(argument) (2 * (argument))
#define HIGH(argument) (2 * (argument) + 1)
#define EQUALS(half, value)                                                                        \
    {                                                                                              \
        (half), UINT32_MAX, (uint32_t)(value)                                                      \
    }
#define SOCKET(family, type)                                                                       \
    {                                                                                              \
        SYS_socket, 2,                                                                             \
        {                                                                                          \
            EQUALS(LOW(0), family),                                                                \
            {                                                                                      \
                LOW(1), SOCK_TYPE, (uint32_t)(type)                                                \
            }                                                                                      \
        }                                                                                          \
    }

static const struct rule rules[] = {
    SOCKET(AF_INET, SOCK_STREAM),
    SOCKET(AF_INET6, SOCK_STREAM),
    SOCKET(AF_UNIX, SOCK_STREAM),
    SOCKET(AF_UNIX, SOCK_DGRAM),
    /* The resolver: DNS, and which addresses this machine has. */
    SOCKET(AF_INET, SOCK_DGRAM),
    SOCKET(AF_INET6, SOCK_DGRAM),
    {SYS_socket, 2, {EQUALS(LOW(0), AF_NETLINK), EQUALS(LOW(2), NETLINK_ROUTE)}},
    {SYS_socketpair, 1, {EQUALS(LOW(0), AF_UNIX)}},
    {SYS_ioctl, 1, {EQUALS(LOW(1), FIONBIO)}},
    {SYS_ioctl, 1, {EQUALS(LOW(1), FIOCLEX)}},
    {SYS_ioctl, 1, {EQUALS(LOW(1), FIONREAD)}},
    {SYS_ioctl, 1, {EQUALS(LOW(1), TCGETS)}},
    /* Memory that can be written is never run. */
    {SYS_mmap, 1, {{LOW(2), PROT_EXEC, 0}}},
    {SYS_mprotect, 1, {{LOW(2), PROT_EXEC, 0}}},
    /* Threads, no processes. */
    {SYS_clone, 1, {{LOW(0), CLONE_THREAD, CLONE_THREAD}}},
    {SYS_prctl, 1, {EQUALS(LOW(0), PR_SET_NAME)}},
    /* One's own limits may be read. */
    {SYS_prlimit64, 3, {EQUALS(LOW(0), 0), EQUALS(LOW(2), 0), EQUALS(HIGH(2), 0)}},
};

static const uint32_t absent[] = {SYS_clone3, SYS_io_uring_setup};

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    assert(p->len < MAX_INSTRUCTIONS);
    p->code[p->len++] = (struct sock_filter){code, yes, no, k};
}

static void load(struct program *p, size_t offset)
{
    emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void give(struct program *p, uint32_t verdict)
{
    emit(p, BPF_RET | BPF_K, verdict, 0, 0);
}

/* One call gets one verdict. The number is loaded. */
static void decide(struct program *p, uint32_t number, uint32_t verdict)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
    give(p, verdict);
}

static void begin(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0);
    give(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
}

/* What does not fit jumps to the end of the rule: three instructions for each condition, and one.
 */
static void add_rule(struct program *p, const struct rule *r)
{
    load(p, offsetof(struct seccomp_data, nr));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, r->number, 0, (uint8_t)(3 * r->count + 1));
    for (unsigned i = 0; i < r->count; i++) {
        const struct condition *c = &r->conditions[i];

        load(p, offsetof(struct seccomp_data, args) + c->half * sizeof(uint32_t));
        emit(p, BPF_ALU | BPF_AND | BPF_K, c->mask, 0, 0);
        emit(p, BPF_JMP | BPF_JEQ | BPF_K, c->value, 0, (uint8_t)(3 * (r->count - i - 1) + 1));
    }
    give(p, SECCOMP_RET_ALLOW);
}

static void build(struct program *p)
{
    const uint32_t self = (uint32_t)getpid();
    const struct rule abort_self = {SYS_tgkill, 1, {EQUALS(LOW(0), self)}};

    begin(p);
    for (size_t i = 0; i < sandbox_syscalls_count; i++)
        decide(p, sandbox_syscalls[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        decide(p, absent[i], SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        add_rule(p, &rules[i]);
    add_rule(p, &abort_self);
    give(p, SECCOMP_RET_ERRNO | EPERM);
}

/* Returns: 0; a thread that could not be given the filter; or -1 with errno. */
static long install(const struct program *p)
{
    struct sock_fprog filter = {p->len, (struct sock_filter *)p->code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
}

void sandbox_syscalls_restrict(struct sandbox_result *out)
{
    struct program p = {.len = 0};
    long result;

    build(&p);
    result = install(&p);
    if (result == 0) {
        out->state = SANDBOX_ON;
        (void)snprintf(out->detail, sizeof out->detail, "%u instructions", (unsigned)p.len);
    } else if (result > 0) {
        (void)snprintf(out->detail, sizeof out->detail, "seccomp: thread %ld has another filter",
                       result);
    } else {
        (void)snprintf(out->detail, sizeof out->detail, "seccomp: %s", strerror(errno));
    }
}
