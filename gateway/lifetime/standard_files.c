#include "gateway/lifetime/standard_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 32 };

bool gateway_standard_files_open(void)
{
    /* open() takes the lowest number that is free. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && (errno != EBADF || open("/dev/null", O_RDWR) != fd))
            return false;
    return true;
}

/* Returns: whether fd is now an open file of this process's own, which does not wait. */
static bool open_anew(int fd)
{
    char path[PATH_ROOM];
    int own;
    bool ok;

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    ok = own >= 0 && dup2(own, fd) == fd;
    if (own >= 0)
        (void)close(own);
    return ok;
}

void gateway_standard_file_never_waits(int fd)
{
    struct stat st;
    int flags;

    if (fstat(fd, &st) != 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
        return;
    if (S_ISFIFO(st.st_mode) && open_anew(fd))
        return;
    flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}
