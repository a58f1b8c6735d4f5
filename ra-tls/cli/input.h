/*
 * input: files named on the command line.
 */
#ifndef DEVPROOF_INPUT_H
#define DEVPROOF_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "ra-tls/cli/exit_code.h"

/**
 * Read a file; says on stderr why it cannot.
 *
 * Returns: EXIT_ACCEPTED or EXIT_MALFORMED
 * In:      command  the name for the message
 * Out:     data     to be given to free()
 */
enum exit_code input_read(const char *command, const char *path, uint8_t **data, size_t *len);

/** Hex text, with blanks at its end, becomes the bytes it stands for; anything else stays. */
void input_decode_hex(uint8_t *data, size_t *len);

#endif
