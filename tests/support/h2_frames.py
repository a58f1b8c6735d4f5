"""HTTP/2 by hand: raw frames over a socket, and as much HPACK as their fields need.

A polite library refuses to send what the tests send. Nothing here judges: frames go out as they are
given, and come back as (type, flags, stream, payload).
"""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, \
    FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, \
    ENHANCE_YOUR_CALM = range(12)
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, \
    MAX_HEADER_LIST_SIZE = range(1, 7)
ENABLE_CONNECT_PROTOCOL = 8

# Lengths of the Huffman codes of RFC 7541 appendix B, by symbol; the codes are canonical.
LENGTHS = (
    [13, 23] + [28] * 7 + [24, 30, 28, 28, 30] + [28] * 8 + [30] + [28] * 9 +
    [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5] + [6] * 7 +
    [7, 8, 15, 6, 12, 10, 13, 6] + [7] * 22 + [8, 7, 8, 13, 19, 13, 14, 6] +
    [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
     15, 11, 14, 13, 28,
     20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
     24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
     22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
     21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
     26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
     19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
     20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
     26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30])

STATIC = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
    (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
    (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate")] + [(n, "") for n in (
        "accept-language accept-ranges accept access-control-allow-origin age allow authorization "
        "cache-control content-disposition content-encoding content-language content-length "
        "content-location content-range content-type cookie date etag expect expires from host "
        "if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link "
        "location max-forwards proxy-authenticate proxy-authorization range referer refresh "
        "retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary "
        "via www-authenticate").split()]


def canonical(lengths):
    codes, code, last = {}, 0, 0
    for length, symbol in sorted((n, s) for s, n in enumerate(lengths)):
        code <<= length - last
        codes[(length, code)] = symbol
        code, last = code + 1, length
    return codes


CODES = canonical(LENGTHS)


def huffman_decode(data):
    out, code, length = bytearray(), 0, 0
    for byte in data:
        for bit in range(7, -1, -1):
            code, length = code << 1 | byte >> bit & 1, length + 1
            symbol = CODES.get((length, code))
            if symbol is not None:
                out.append(symbol)
                code, length = 0, 0
    assert length < 8 and code == (1 << length) - 1, "padding"
    return bytes(out)


def integer(value, bits, first=0):
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out, value = bytearray([first | limit]), value - limit
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def literal(name, value, first=0x00):
    """One field as a literal without indexing: whatever bytes they are."""
    name, value = as_bytes(name), as_bytes(value)
    return bytes([first]) + integer(len(name), 7) + name + integer(len(value), 7) + value


def encode(fields):
    return b"".join(literal(n, v) for n, v in fields)


class Table:
    """The dynamic table of one direction of a connection."""

    def __init__(self, limit=4096):
        self.entries, self.limit = [], limit

    def shrink(self):
        while sum(len(n) + len(v) + 32 for n, v in self.entries) > self.limit:
            self.entries.pop()

    def add(self, entry):
        self.entries.insert(0, entry)
        self.shrink()
        return entry

    def get(self, index):
        at = index - 1 - len(STATIC)
        return STATIC[index - 1] if at < 0 else self.entries[at]


class Decoder:
    """One header block of a peer."""

    def __init__(self, data, table=None):
        self.data, self.at, self.table = data, 0, table or Table()

    def integer(self, bits):
        value, limit = self.data[self.at] & (1 << bits) - 1, (1 << bits) - 1
        self.at += 1
        shift = 0
        while value >= limit and (shift == 0 or self.data[self.at - 1] & 128):
            value += (self.data[self.at] & 127) << shift
            shift, self.at = shift + 7, self.at + 1
        return value

    def string(self):
        huffman = self.data[self.at] & 128
        n = self.integer(7)
        text = self.data[self.at:self.at + n]
        self.at += n
        return (huffman_decode(text) if huffman else text).decode("latin-1")

    def fields(self):
        out = []
        while self.at < len(self.data):
            first = self.data[self.at]
            if first & 128:
                out.append(self.table.get(self.integer(7)))
            elif first & 0xe0 == 0x20:
                self.table.limit = self.integer(5)
                self.table.shrink()
            else:
                index = self.integer(6 if first & 64 else 4)
                name = self.table.get(index)[0] if index else self.string()
                entry = (name, self.string())
                out.append(self.table.add(entry) if first & 64 else entry)
        return out


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + \
        struct.pack(">I", stream) + payload


def settings(values=()):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", k, v) for k, v in dict(values).items()))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def rst_stream(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))
