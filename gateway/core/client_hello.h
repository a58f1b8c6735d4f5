/*
 * client_hello: the first message of a TLS client, read without ending TLS: which server name and
 * application protocols it asks for. For names that are passed through. Pure.
 *
 * The message may be split over TLS records, and records over reads; each byte is looked at once
 * until it is complete. The name is lowered; a hello with another name than one plain host name is
 * refused, so that whoever reads it behind us reads the same. With an encrypted hello inside (ECH)
 * the outer name is the name.
 */
#ifndef GW_CORE_CLIENT_HELLO_H
#define GW_CORE_CLIENT_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GW_HELLO_MAX = 64 * 1024,      /* bytes of the records that hold it */
    GW_HELLO_RECORD_MAX = 1 << 14, /* of one record (RFC 8446 section 5.1) */
    GW_HELLO_NAME_ROOM = 254,
    GW_HELLO_ALPN_MAX = 32 /* names that are told; a hello with more is refused */
};

/* Zero means refused. */
enum gw_hello_result { GW_HELLO_REFUSED = 0, GW_HELLO_MORE, GW_HELLO_COMPLETE };

/* How far the records have been followed; zeroed at first. Private to the parser. */
struct gw_hello_scan {
    size_t at;          /* bytes looked at */
    size_t record_left; /* of the record that at lies in */
    size_t joined;      /* bytes of the message among them */
    uint8_t head[4];    /* the message's own */
};

struct gw_hello_alpn {
    const uint8_t *at; /* borrowed from the joined message */
    size_t len;
};

struct gw_client_hello {
    char name[GW_HELLO_NAME_ROOM]; /* "": none was sent */
    struct gw_hello_alpn alpn[GW_HELLO_ALPN_MAX];
    size_t alpn_count;
};

/**
 * Read a hello from the first bytes of a connection.
 *
 * Returns: MORE: ask again with the same scan when more has come; COMPLETE; REFUSED with a code:
 *          client-hello (no handshake record of TLS, an empty or too long one, another message,
 *          lengths that do not fit exactly, an extension that comes twice, more ALPN names than
 *          are told), client-hello-size (more than GW_HELLO_MAX bytes) or server-name (not one
 *          plain host name)
 * In:      data     all bytes so far, from the first on
 *          message  room for GW_HELLO_MAX bytes, where the records' contents are joined
 * In/out:  scan     as the last call with fewer bytes left it
 * Out:     out      alpn points into message
 *          code     of a refusal: static; else NULL
 */
enum gw_hello_result gw_client_hello_read(struct gw_hello_scan *scan, const uint8_t *data,
                                          size_t len, uint8_t *message, struct gw_client_hello *out,
                                          const char **code);

/** Returns: whether a name is among the protocols asked for. */
bool gw_client_hello_asks(const struct gw_client_hello *hello, const char *alpn);

#endif
