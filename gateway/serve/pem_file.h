/*
 * pem_file: the bytes of a file that holds a PEM text of bounded size.
 */
#ifndef GATEWAY_SERVE_PEM_FILE_H
#define GATEWAY_SERVE_PEM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Read a file.
 *
 * Returns: false with a text in err: it cannot be read, or is longer than max_bytes
 * Out:     out  len bytes, to be freed; untouched after a failure
 */
bool gateway_pem_file_read(const char *file, size_t max_bytes, uint8_t **out, size_t *len,
                           char *err, size_t err_len);

#endif
