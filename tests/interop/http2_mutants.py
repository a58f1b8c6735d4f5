"""Random requests of HTTP/2, valid ones and mutants of them. One seed makes one sequence."""
import random
import re

import h2_frames as h2
from http_mutants import METHODS

PATHS = ("/{}", "/{}?a=b&c=%20d", "/{}/x%41y", "/{}/a/b;c=d", "/{}?", "/{}/%e2%82%ac")
HOSTS = ("app.test", "app.test", "APP.test", "app.test:443", "[::1]:8080", "127.0.0.1")
FIELDS = (("x-a", "1"), ("x-a", "2"), ("x-b", ""), ("accept", "*/*"), ("cookie", "a=b; c=d"), ("cookie", "e=f"),
          ("user-agent", "mutant/1 (x)"), ("x-quoted", "\"a, b\""), ("x-long", "v" * 300), ("te", "trailers"))
WRONG = (("connection", "close"), ("transfer-encoding", "chunked"), ("te", "gzip"), ("upgrade", "h2c"),
         ("content-length", "3"), ("content-length", "+0"), ("host", "app.test"), ("host", "b.test"), ("", "x"),
         ("keep-alive", "1"), (":status", "200"), (":path", "/b"), (":protocol", "websocket"), ("x_a", "1"),
         ("expect", "100-continue"), ("expect", "x"), ("http2-settings", "AAMAAABkAAQAAP__"), (":x", "y"))
SPECIAL = (b"\r", b"\n", b"\r\n", b"\r\n\r\nGET /s HTTP/1.1\r\nHost: a\r\n\r\n", b" ", b"\t", b"\x00", b":", b",",
           b";", b"\x7f", b"\x80", b"_", b"A", b"0", b"%00", b"#", b"\\", b"?", b"/", b"@")

PSEUDO = [b":authority", b":method", b":path", b":scheme"]
CONNECTION = {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
NAME, VALUE = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+"), re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
METHOD, PATH = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(rb"/[!-\"$-~]*")
HOST = re.compile(rb"[!$&'()*+,;=:\[\]%._~0-9A-Za-z-]+")


class Stream:
    """The parts of a request: fields, pieces of its body, trailers."""

    def __init__(self, fields, pieces, trailers):
        self.fields, self.pieces, self.trailers = fields, pieces, trailers
        self.broken = False  # the frames are not those of this request

    def frames(self, random_):
        """(kind, flags, payload) of each."""
        out = [[h2.HEADERS, h2.END_HEADERS, h2.encode(self.fields)]]
        for piece in self.pieces:
            pad = random_.choice((0, 0, 0, 3))
            out.append([h2.DATA, h2.PADDED if pad else 0, bytes([pad])[:pad] + piece + bytes(pad)])
        if self.trailers:
            out.append([h2.HEADERS, h2.END_HEADERS, h2.encode(self.trailers)])
        out[-1][1] |= h2.END_STREAM
        return out

    def body(self):
        return b"".join(self.pieces)

    def __repr__(self):
        return f"{self.fields} {self.pieces} {self.trailers}"

    def fault(self):
        """A rule of RFC 9113 section 8 that it breaks, None when none is known."""
        pseudo = [name for name, _ in self.fields if name.startswith(b":")]
        plain = [(name, value) for name, value in self.fields if not name.startswith(b":")]
        names, values = dict(self.fields), [v for n, v in self.fields if n != b":path"]
        lengths = [value for name, value in plain if name == b"content-length"]
        trailers = [h2.as_bytes(name) for name, _ in self.trailers or ()]
        without = b"host" in names and b":authority" not in names
        if sorted(pseudo) != PSEUDO[without:] or any(name.startswith(b":") for name in trailers):
            return "pseudo-field"
        if [name.startswith(b":") for name, _ in self.fields] != [True] * len(pseudo) + [False] * len(plain):
            return "pseudo-field"
        if not all(NAME.fullmatch(name) for name in [n for n, _ in plain] + trailers):
            return "field-name"
        if any(VALUE.search(value) or value != value.strip(b" \t") for value in values):
            return "field-value"
        if names.keys() & CONNECTION or any(n == b"te" and v.lower() != b"trailers" for n, v in plain):
            return "connection-field"
        if lengths and (len(lengths) > 1 or not lengths[0].isdigit() or int(lengths[0]) != len(self.body())):
            return "content-length"
        if not METHOD.fullmatch(names[b":method"]):
            return "method"
        if not PATH.fullmatch(names[b":path"]):
            return "target"
        if not all(HOST.fullmatch(names.get(name, b"a")) for name in (b":authority", b"host")):
            return "host"
        return None


class Streams:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def valid(self, name):
        r = self.random
        fields = [(":method", r.choice(METHODS)), (":scheme", "https"), (":authority", r.choice(HOSTS)),
                  (":path", r.choice(PATHS).format(name))]
        r.shuffle(fields)
        fields += r.sample(FIELDS, r.randrange(0, 4))
        pieces = [bytes(r.choice(b"abc\r\n0") for _ in range(r.randrange(0, 8))) for _ in range(r.randrange(0, 3))]
        if pieces and r.random() < 0.5:
            fields.append(("content-length", str(sum(map(len, pieces)))))
        trailers = [("x-t", "t")] if pieces and r.random() < 0.05 else None
        return Stream([(h2.as_bytes(n), h2.as_bytes(v)) for n, v in fields], pieces, trailers)

    def spoil(self, data):
        """Another byte string, or the same one when it is empty."""
        r = self.random
        at, kind = r.randrange(len(data) + 1), r.randrange(4)
        if kind == 0 or not data:
            return data[:at] + r.choice(SPECIAL) + data[at:]
        at = min(at, len(data) - 1)
        if kind == 1:
            return data[:at] + data[at + 1:]
        if kind == 2:
            return data[:at] + bytes([data[at] ^ 1 << r.randrange(8)]) + data[at + 1:]
        return data[:at] + r.choice(SPECIAL) + data[at + 1:]

    def mutate(self, stream):
        r = self.random
        kind, fields = r.randrange(8), stream.fields
        at = r.randrange(len(fields)) if fields else 0
        if kind == 6:
            name, value = r.choice(WRONG)
            fields.insert(r.choice((at, len(fields))), (h2.as_bytes(name), h2.as_bytes(value)))
        elif kind == 7:
            where = r.choice((stream.pieces, stream.trailers or stream.pieces))
            if where is stream.pieces:
                stream.pieces.insert(0, b"more")
            else:
                where.append(r.choice(((b":path", b"/t"), (b"content-length", b"1"), (b"X-T", b"t"))))
        elif not fields:
            return
        elif kind in (0, 1):
            fields[at] = (fields[at][0], self.spoil(fields[at][1]))
        elif kind == 2:
            fields[at] = (self.spoil(fields[at][0]), fields[at][1])
        elif kind == 3:
            fields.insert(r.randrange(len(fields)), fields[at])
        elif kind == 4:
            del fields[at]
        else:
            fields.append(fields.pop(at))

    def break_frames(self, frames):
        r = self.random
        at = r.randrange(len(frames))
        kind, flags, payload = frames[at]
        what = r.randrange(5)
        if what == 0:
            frames[at] = [kind, flags ^ 1 << r.randrange(6), payload]
        elif what == 1:
            del frames[at]
        elif what == 2:
            frames.insert(at, list(frames[at]))
        elif what == 3:
            frames[at] = [r.randrange(11), flags, payload]
        else:
            frames[at] = [kind, flags, payload[:r.randrange(len(payload) + 1)]]

    def one(self, name):
        """A third is valid, the others have one to three mutations, a few in their frames.

        Returns: what it is, and (kind, flags, payload) of each frame."""
        r = self.random
        stream = self.valid(name)
        for _ in range(r.choice((0, 1, 1, 1, 2, 3))):
            self.mutate(stream)
        frames = stream.frames(r)
        if r.random() < 0.1:
            self.break_frames(frames)
            stream.broken = True
        return stream, frames
