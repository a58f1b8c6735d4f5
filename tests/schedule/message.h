/*
 * message: HTTP/1.1 as the scripted peers know it, independent of the code under test: bodies whose
 * every byte follows from the request's number, so that a byte of another request is noticed.
 */
#ifndef TESTS_SCHEDULE_MESSAGE_H
#define TESTS_SCHEDULE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

enum message_state { MESSAGE_HEAD, MESSAGE_BODY, MESSAGE_DONE, MESSAGE_BAD };

enum message_framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

struct message {
    enum message_state state;
    enum message_framing framing;
    bool response, head_only; /* head_only: an answer to HEAD */
    bool wrong_byte;          /* a body byte is not of this request */
    bool close;               /* Connection: close */
    unsigned status;
    unsigned id; /* X-Id; 0: none */
    size_t told; /* X-Len */
    size_t left; /* of the length or the chunk */
    size_t got;  /* body bytes */
    int chunk;   /* where in the chunked coding */
    char head[32768];
    size_t head_len;
};

unsigned char message_byte(unsigned id, size_t at);

void message_begin(struct message *m, bool response);

/** Returns: bytes used, less than len only when the message is done or bad. */
size_t message_feed(struct message *m, const char *data, size_t len);

/** The stream has ended. Returns: whether the message is complete by that. */
bool message_end(struct message *m);

#endif
