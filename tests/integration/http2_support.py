"""What the tests of HTTP/2 share: a client of raw frames, and how its answers are judged."""
import contextlib
import ssl
import struct

import h2_frames as h2
from core_support import TIMEOUT_S, CoreTest, client_context
from recording_backend import RecordingBackend

GET = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/")]


def request(path="/", method="GET", *fields, authority="localhost", scheme="https"):
    return [(":method", method), (":scheme", scheme), (":authority", authority),
            (":path", path)] + list(fields)


class Answer:
    """What one stream has given so far."""

    def __init__(self):
        self.heads, self.body, self.ended, self.reset = [], b"", False, None

    @property
    def final(self):
        return next((h for h in self.heads if dict(h).get(":status", "0") >= "200"), None)

    @property
    def status(self):
        return int(dict(self.final)[":status"]) if self.final else None

    @property
    def trailers(self):
        at = self.heads.index(self.final)
        return self.heads[at + 1] if len(self.heads) > at + 1 else None

    @property
    def over(self):
        return self.ended or self.reset is not None

    def get(self, name):
        values = [v for n, v in self.final if n == name]
        assert len(values) < 2, f"{name} is repeated: {values}"
        return values[0] if values else None

    def __repr__(self):
        return f"{self.heads} {self.body[:200]!r} ended={self.ended} reset={self.reset}"


class Client:
    """One connection. Frames are sent as given; windows are opened when asked for."""

    def __init__(self, sock, settings=(), preface=True):
        self.sock, self.data, self.answers, self.next_id = sock, b"", {}, 1
        self.goaway, self.settings, self.pongs, self.closed = None, {}, [], False
        self.block, self.credit, self.updates, self.held = b"", True, {}, None
        self.sent = {}
        self.table = h2.Table()
        sock.settimeout(TIMEOUT_S)
        if preface:
            self.send(h2.PREFACE + h2.settings({h2.HEADER_TABLE_SIZE: 0, **dict(settings)}))

    @contextlib.contextmanager
    def together(self):
        """What is sent meanwhile leaves in one piece, so that no answer comes in between."""
        self.held = b""
        yield
        frames, self.held = self.held, None
        self.send(frames)

    def send(self, *frames):
        """Returns: whether all could be written."""
        if self.held is not None:
            self.held += b"".join(frames)
            return True
        try:
            self.sock.sendall(b"".join(frames))
        except (OSError, ssl.SSLError):
            return False
        return True

    def open(self, fields, end=True, stream=None):
        """Begin a stream; returns its number."""
        if stream is None:
            stream, self.next_id = self.next_id, self.next_id + 2
        block = h2.encode(fields)
        pieces = [block[i:i + 16384] for i in range(0, len(block), 16384)]
        for i, piece in enumerate(pieces):
            flags = h2.END_HEADERS if i == len(pieces) - 1 else 0
            flags |= h2.END_STREAM if end and i == 0 else 0
            self.send(h2.frame(h2.CONTINUATION if i else h2.HEADERS, flags, stream, piece))
        return stream

    def body(self, stream, data=b"", end=True):
        pieces = [data[i:i + 16384] for i in range(0, len(data), 16384)] or [b""]
        for i, piece in enumerate(pieces):
            last = end and i == len(pieces) - 1
            for of in (0, stream):
                self.sent[of] = self.sent.get(of, 0) + len(piece)
            self.send(h2.frame(h2.DATA, h2.END_STREAM if last else 0, stream, piece))

    def room(self, stream):
        """How much the windows of a stream and of the connection let it send now."""
        first = {0: 65535, stream: self.settings.get(h2.INITIAL_WINDOW_SIZE, 65535)}
        return min(n + self.updates.get(of, 0) - self.sent.get(of, 0) for of, n in first.items())

    def upload(self, stream, data):
        """A whole body, as fast as the windows open; the rest of it stays here when the answer comes first."""
        while len(data) > self.room(stream) and not self.answer(stream).over:
            n = min(16384, self.room(stream))
            if n > 0:
                self.body(stream, data[:n], False)
                data = data[n:]
            elif self.read_frame() is None:
                return
        if not self.answer(stream).over:
            self.body(stream, data)

    def ask(self, fields, body=None):
        """A whole request; returns its answer."""
        stream = self.open(fields, body is None)
        if body is not None:
            self.upload(stream, body)
        return self.finish(stream)

    def answer(self, stream):
        return self.answers.setdefault(stream, Answer())

    def read_frame(self):
        """Take one frame in. Returns: it, or None at the end of the connection."""
        while len(self.data) < 9 or len(self.data) < 9 + int.from_bytes(self.data[:3], "big"):
            try:
                more = self.sock.recv(65536)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                more = b""
            if not more:
                self.closed = True
                return None
            self.data += more
        n = int.from_bytes(self.data[:3], "big")
        kind, flags = self.data[3], self.data[4]
        stream = int.from_bytes(self.data[5:9], "big")
        payload, self.data = self.data[9:9 + n], self.data[9 + n:]
        self.take(kind, flags, stream, payload)
        return kind, flags, stream, payload

    def take(self, kind, flags, stream, payload):
        if kind in (h2.HEADERS, h2.CONTINUATION):
            self.block += payload
            if flags & h2.END_HEADERS:
                self.answer(stream).heads.append(h2.Decoder(self.block, self.table).fields())
                self.block = b""
            self.answer(stream).ended |= kind == h2.HEADERS and bool(flags & h2.END_STREAM)
        elif kind == h2.DATA:
            self.answer(stream).body += payload
            self.answer(stream).ended = bool(flags & h2.END_STREAM)
            if self.credit and payload:
                self.send(h2.window_update(0, len(payload)), h2.window_update(stream, len(payload)))
        elif kind == h2.RST_STREAM:
            self.answer(stream).reset = int.from_bytes(payload, "big")
        elif kind == h2.SETTINGS and not flags & h2.ACK:
            self.settings = dict(struct.iter_unpack(">HI", payload))
            self.send(h2.frame(h2.SETTINGS, h2.ACK))
        elif kind == h2.PING:
            if flags & h2.ACK:
                self.pongs.append(payload)
            else:
                self.send(h2.frame(h2.PING, h2.ACK, 0, payload))
        elif kind == h2.GOAWAY:
            self.goaway = struct.unpack(">II", payload[:8])
        elif kind == h2.WINDOW_UPDATE:
            self.updates[stream] = self.updates.get(stream, 0) + int.from_bytes(payload, "big")

    def until(self, condition, what):
        while not condition():
            if self.read_frame() is None:
                raise AssertionError(f"the connection ended before {what}: goaway {self.goaway}, "
                                     f"{self.answers}")
        return self

    def finish(self, stream):
        answer = self.answer(stream)
        self.until(lambda: answer.over, f"the end of stream {stream}")
        return answer

    def head(self, stream):
        answer = self.answer(stream)
        self.until(lambda: answer.final or answer.over, f"the head of stream {stream}")
        return answer

    def sync(self, mark=b"syncsync"):
        """What was sent before has been looked at."""
        self.send(h2.frame(h2.PING, 0, 0, mark))
        return self.until(lambda: mark in self.pongs, "a PING's answer")

    def end(self):
        """Read to the end of the connection, and end this side, which is waited for. Returns: the code of
        its GOAWAY, None without."""
        while self.read_frame() is not None:
            pass
        self.sock.close()
        return self.goaway[1] if self.goaway else None


class Http2Test(CoreTest):
    def start_proxy(self, *options, answers=None):
        """The engine in front of a recording backend."""
        self.backend = RecordingBackend(self, answers)
        self.gateway = self.proxy(self.backend.server, "--h2", *options)

    def open(self, gateway=None, **kwargs):
        peer = self.connect(gateway or self.gateway, client_context(("h2",)))
        self.assertEqual("h2", peer.sock.selected_alpn_protocol())
        return Client(peer.sock, **kwargs)

    def assert_next_works(self, client=None):
        client = client or self.open()
        answer = client.ask(request("/next"))
        self.assertEqual((200, b"ok"), (answer.status, answer.body), answer)

    def assert_nothing_reached(self, target):
        self.assertEqual(0, self.backend.begun(target), f"{target} was forwarded")
