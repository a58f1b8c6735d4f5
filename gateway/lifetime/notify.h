/*
 * notify: tells a service manager how far the gateway is, in the protocol of sd_notify(3): one
 * datagram a message to a unix socket, whose path is an option since no environment is read.
 *
 * One that takes over from another says nothing before it serves: until then the other one speaks
 * for both. Then it says that it is the main process. The other one repeats that, since a manager
 * may listen to its main process alone, and says nothing more: not that it is stopping, which would
 * be taken for the end of the service.
 *
 * The control loop waits half a second at most for a manager that does not read.
 */
#ifndef GATEWAY_LIFETIME_NOTIFY_H
#define GATEWAY_LIFETIME_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct gateway_notify {
    int fd;      /* -1: nobody is told */
    bool silent; /* another one speaks */
};

/**
 * Connect, before files and system calls are restricted.
 *
 * Returns: false with a text in err
 * In:      path  absolute, or "@" and an abstract name; NULL or empty: nobody is told
 */
bool gateway_notify_open(struct gateway_notify *notify, const char *path, char *err,
                         size_t err_len);

/** Clients are served: again, too, when a reload has ended. */
void gateway_notify_ready(const struct gateway_notify *notify);
/** The same of a successor: from now on this is the main process, and speaks. */
void gateway_notify_succeed(struct gateway_notify *notify);
/** A successor has said so: pass it on, and say nothing more. */
void gateway_notify_hand_over(struct gateway_notify *notify, pid_t successor);
/** In: now_us  of the monotonic clock */
void gateway_notify_reloading(const struct gateway_notify *notify, uint64_t now_us);
void gateway_notify_stopping(const struct gateway_notify *notify);
void gateway_notify_alive(const struct gateway_notify *notify);
/** What people read in the status. In: text  one line, without secrets */
void gateway_notify_status(const struct gateway_notify *notify, const char *text);

void gateway_notify_close(struct gateway_notify *notify);

#endif
