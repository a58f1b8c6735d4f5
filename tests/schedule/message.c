#include "tests/schedule/message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum chunk_part { CHUNK_SIZE, CHUNK_DATA, CHUNK_CRLF, CHUNK_TRAILER };

unsigned char message_byte(unsigned id, size_t at)
{
    return (unsigned char)((size_t)id * 37 + at * 7 + (at >> 8));
}

void message_begin(struct message *m, bool response)
{
    bool head_only = m->head_only;

    memset(m, 0, offsetof(struct message, head));
    m->head_len = 0;
    m->response = response;
    m->head_only = head_only && response;
}

static const char *field(const struct message *m, const char *name)
{
    size_t len = strlen(name);
    const char *line = m->head;

    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 1 + strspn(line + len + 1, " ");
    }
    return NULL;
}

static unsigned long number(const char *text)
{
    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

static void head_over(struct message *m)
{
    const char *length = field(m, "Content-Length");
    const char *connection = field(m, "Connection");
    bool interim;

    m->id = (unsigned)number(field(m, "X-Id"));
    m->told = number(field(m, "X-Len"));
    m->close = connection != NULL && strncasecmp(connection, "close", 5) == 0;
    m->status = m->response ? (unsigned)number(m->head + 9) : 0;
    interim = m->response && (m->status < 200 || m->status == 204 || m->status == 304);
    if (m->head_only || interim)
        m->framing = FRAMING_NONE;
    else if (field(m, "Transfer-Encoding") != NULL)
        m->framing = FRAMING_CHUNKED;
    else if (length != NULL)
        m->framing = FRAMING_LENGTH;
    else
        m->framing = m->response ? FRAMING_CLOSE : FRAMING_NONE;
    m->left = m->framing == FRAMING_LENGTH ? number(length) : 0;
    m->chunk = CHUNK_SIZE;
    m->head_len = 0;
    m->state = m->framing == FRAMING_NONE || (m->framing == FRAMING_LENGTH && m->left == 0)
                   ? MESSAGE_DONE
                   : MESSAGE_BODY;
}

static void take_head(struct message *m, char byte)
{
    if (m->head_len + 2 > sizeof m->head) {
        m->state = MESSAGE_BAD;
        return;
    }
    m->head[m->head_len++] = byte;
    m->head[m->head_len] = '\0';
    if (m->head_len >= 4 && memcmp(m->head + m->head_len - 4, "\r\n\r\n", 4) == 0)
        head_over(m);
}

static void take_body(struct message *m, char byte)
{
    if (m->id != 0 && (unsigned char)byte != message_byte(m->id, m->got))
        m->wrong_byte = true;
    m->got++;
}

static void line_over(struct message *m)
{
    if (m->chunk == CHUNK_CRLF) {
        m->chunk = CHUNK_SIZE;
    } else if (m->chunk == CHUNK_SIZE) {
        m->left = strtoul(m->head, NULL, 16);
        m->chunk = m->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
    } else if (m->head_len == 2) {
        m->state = MESSAGE_DONE;
    }
    m->head_len = 0;
}

static void take_chunked(struct message *m, char byte)
{
    if (m->chunk == CHUNK_DATA) {
        take_body(m, byte);
        if (--m->left == 0)
            m->chunk = CHUNK_CRLF;
        return;
    }
    if (m->head_len + 2 > sizeof m->head) {
        m->state = MESSAGE_BAD;
        return;
    }
    m->head[m->head_len++] = byte;
    m->head[m->head_len] = '\0';
    if (byte == '\n')
        line_over(m);
}

size_t message_feed(struct message *m, const char *data, size_t len)
{
    size_t i = 0;

    while (i < len && m->state != MESSAGE_DONE && m->state != MESSAGE_BAD) {
        char byte = data[i++];

        if (m->state == MESSAGE_HEAD)
            take_head(m, byte);
        else if (m->framing == FRAMING_CHUNKED)
            take_chunked(m, byte);
        else {
            take_body(m, byte);
            if (m->framing == FRAMING_LENGTH && --m->left == 0)
                m->state = MESSAGE_DONE;
        }
    }
    return i;
}

bool message_end(struct message *m)
{
    if (m->state == MESSAGE_BODY && m->framing == FRAMING_CLOSE)
        m->state = MESSAGE_DONE;
    return m->state == MESSAGE_DONE;
}
