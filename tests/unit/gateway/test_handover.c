#include "gateway/handover/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

enum { HERE, THERE };

static struct handover_received received;

static int setup(void **state)
{
    static int pair[2];

    *state = pair;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
}

static int teardown(void **state)
{
    const int *pair = *state;

    (void)close(pair[HERE]);
    (void)close(pair[THERE]);
    return 0;
}

/* Returns: the number that the next descriptor gets: more when one has leaked. */
static int next_fd(void)
{
    const int fd = dup(0);

    (void)close(fd);
    return fd;
}

static void a_packet_arrives_as_it_was_sent(void **state)
{
    const int *pair = *state;
    int fds[2] = {pair[HERE], pair[THERE]};
    const struct handover_packet packet = {HANDOVER_GIVE, "threads 2\n", fds, 2};
    const int before = next_fd();

    assert_true(handover_send(pair[HERE], &packet));
    assert_true(handover_receive(pair[THERE], &received));
    assert_int_equal(HANDOVER_GIVE, received.kind);
    assert_false(received.ended);
    assert_string_equal("threads 2\n", received.text);
    assert_int_equal(2, received.fds_count);
    assert_int_equal(FD_CLOEXEC, fcntl(received.fds[1], F_GETFD));
    handover_close_fds(received.fds, received.fds_count);
    assert_int_equal(before, next_fd());
}

static void the_limits_are_exact(void **state)
{
    const int *pair = *state;
    char *text = malloc(HANDOVER_MAX_TEXT + 2);
    int fds[HANDOVER_MAX_FDS];
    struct handover_packet packet = {HANDOVER_TAKE, text, fds, HANDOVER_MAX_FDS};
    const int before = next_fd();

    assert_non_null(text);
    memset(text, 'x', HANDOVER_MAX_TEXT + 1);
    text[HANDOVER_MAX_TEXT] = '\0';
    for (size_t i = 0; i < HANDOVER_MAX_FDS; i++)
        fds[i] = pair[HERE];
    assert_true(handover_send(pair[HERE], &packet));
    assert_true(handover_receive(pair[THERE], &received));
    assert_int_equal(HANDOVER_TAKE, received.kind);
    assert_int_equal(HANDOVER_MAX_TEXT, strlen(received.text));
    assert_int_equal(HANDOVER_MAX_FDS, received.fds_count);
    handover_close_fds(received.fds, received.fds_count);
    text[HANDOVER_MAX_TEXT] = 'x';
    text[HANDOVER_MAX_TEXT + 1] = '\0';
    assert_true(handover_send(pair[HERE], &packet));
    assert_true(handover_receive(pair[THERE], &received));
    assert_int_equal(HANDOVER_NONE, received.kind);
    assert_int_equal(0, received.fds_count);
    assert_int_equal(before, next_fd());
    free(text);
}

/* More descriptors than fit are no packet, and none of them stays. */
static void too_many_descriptors_are_closed(void **state)
{
    enum { MANY = HANDOVER_MAX_FDS + 1 };
    const int *pair = *state;
    unsigned char kind = HANDOVER_GIVE;
    struct iovec part = {&kind, 1};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(MANY * sizeof(int))];
    } control = {.room = {0}};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    const int before = next_fd();

    *rights = (struct cmsghdr){CMSG_LEN(MANY * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    for (size_t i = 0; i < MANY; i++)
        memcpy(CMSG_DATA(rights) + i * sizeof(int), &pair[HERE], sizeof(int));
    assert_int_equal(1, sendmsg(pair[HERE], &message, 0));
    assert_true(handover_receive(pair[THERE], &received));
    assert_int_equal(HANDOVER_NONE, received.kind);
    assert_int_equal(0, received.fds_count);
    assert_int_equal(before, next_fd());
}

static void unknown_kinds_are_none(void **state)
{
    const int *pair = *state;
    static const unsigned char kinds[] = {0, HANDOVER_KINDS, 255};

    for (size_t i = 0; i < sizeof kinds; i++) {
        assert_int_equal(1, send(pair[HERE], &kinds[i], 1, 0));
        assert_true(handover_receive(pair[THERE], &received));
        assert_int_equal(HANDOVER_NONE, received.kind);
        assert_false(received.ended);
    }
}

static void the_end_is_told_from_silence(void **state)
{
    const int *pair = *state;
    const struct handover_packet packet = {.kind = HANDOVER_READY, .text = ""};

    assert_false(handover_receive(pair[THERE], &received));
    assert_int_equal(EAGAIN, errno);
    assert_int_equal(0, shutdown(pair[HERE], SHUT_RDWR));
    assert_true(handover_receive(pair[THERE], &received));
    assert_int_equal(HANDOVER_NONE, received.kind);
    assert_true(received.ended);
    assert_false(handover_send(pair[THERE], &packet));
}

static void a_peer_is_who_the_kernel_says(void **state)
{
    const int *pair = *state;

    assert_true(handover_peer_is(pair[HERE], geteuid()));
    assert_false(handover_peer_is(pair[HERE], geteuid() + 1));
    assert_false(handover_peer_is(-1, (uid_t)-1));
    assert_int_equal(getpid(), handover_peer_pid(pair[HERE]));
    assert_int_equal(0, handover_peer_pid(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_packet_arrives_as_it_was_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limits_are_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_descriptors_are_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_kinds_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_is_told_from_silence, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_is_who_the_kernel_says, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
