/*
 * standard_files: what stands open as standard input, output and error.
 */
#ifndef GATEWAY_LIFETIME_STANDARD_FILES_H
#define GATEWAY_LIFETIME_STANDARD_FILES_H

#include <stdbool.h>

/**
 * Open /dev/null for those of the three that whoever started the process has closed: the next
 * socket would take the number, and get the lines of a log.
 *
 * Returns: false with errno when that fails
 */
bool gateway_standard_files_open(void);

/**
 * A pipe or socket that is full takes nothing from now on (EAGAIN) in place of stopping the thread
 * that writes. A pipe is opened anew for that, so that others who write to it wait as before; where
 * that is refused, and for a socket, they share the mode. Files and terminals stay as they are.
 */
void gateway_standard_file_never_waits(int fd);

#endif
