"""An HTTP/1.1 origin that reads strictly and keeps what it received.

The grammar here is RFC 9112 without its tolerances, written apart from the program under test:
whatever a proxy forwards must have exactly one reading. A violation fails the test.
"""
import re
import socket
import threading

from devproof_testing import DEADLINE_S, at_once

REQUEST_LINE = re.compile(rb"([A-Z]+) ([!-~]+) (HTTP/1\.[01])")
STATUS_LINE = re.compile(rb"(HTTP/1\.1) ([1-5][0-9][0-9]) ([\t -~\x80-\xff]*)")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)")
CHUNK = re.compile(rb"([0-9a-fA-F]{1,16})")
TIMEOUT_S = DEADLINE_S


class Malformed(Exception):
    """What came is not what a strict reader takes."""


class Message:
    """A request or an answer: first-line parts, fields in order, body, trailers."""

    def __init__(self, start, fields):
        self.start, self.fields = start, fields
        self.body, self.trailers = b"", []
        self.interim, self.framing = [], None

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower().encode()]

    def get(self, name):
        values = self.all(name)
        if len(values) > 1:
            raise Malformed(f"{name} is repeated: {values}")
        return values[0].decode("latin-1") if values else None

    @property
    def method(self):
        return self.start[0].decode()

    @property
    def target(self):
        return self.start[1].decode()

    @property
    def status(self):
        return int(self.start[1])

    def __repr__(self):
        return f"{self.start} {self.fields} {self.body[:200]!r} {self.trailers}"


class Reader:
    """Strict messages out of a socket."""

    def __init__(self, sock):
        self.sock, self.data, self.raw = sock, b"", b""
        sock.settimeout(TIMEOUT_S)

    def fill(self):
        more = self.sock.recv(65536)
        self.data += more
        self.raw += more
        return bool(more)

    def line(self):
        while b"\n" not in self.data:
            if not self.fill():
                raise EOFError(self.data)
        line, _, self.data = self.data.partition(b"\n")
        if not line.endswith(b"\r") or b"\r" in line[:-1]:
            raise Malformed(f"line end: {line!r}")
        return line[:-1]

    def exactly(self, n):
        while len(self.data) < n:
            if not self.fill():
                raise EOFError(self.data)
        out, self.data = self.data[:n], self.data[n:]
        return out

    def rest(self):
        while self.fill():
            pass
        out, self.data = self.data, b""
        return out

    def fields(self):
        out = []
        while line := self.line():
            m = FIELD.fullmatch(line)
            if not m:
                raise Malformed(f"field line: {line!r}")
            out.append((m[1], m[2].strip(b" \t")))
        return out

    def head(self, first):
        """The next head; None at the end of the stream before its first byte."""
        if not self.data and not self.fill():
            return None
        line = self.line()
        m = first.fullmatch(line)
        if not m:
            raise Malformed(f"first line: {line!r}")
        return Message(m.groups(), self.fields())

    def chunked(self, message):
        while True:
            line = self.line()
            if not CHUNK.fullmatch(line):
                raise Malformed(f"chunk line: {line!r}")
            size = int(line, 16)
            if size == 0:
                message.trailers = self.fields()
                return
            message.body += self.exactly(size)
            if self.line():
                raise Malformed("no line end after a chunk")

    def body(self, message):
        """The body as the framing fields say; both of them together are an error."""
        coding, length = message.get("Transfer-Encoding"), message.get("Content-Length")
        if coding is not None and length is not None:
            raise Malformed("two framings")
        if coding is not None:
            if coding != "chunked":
                raise Malformed(f"coding {coding}")
            message.framing = "chunked"
            self.chunked(message)
        elif length is not None:
            if not re.fullmatch("[0-9]+", length):
                raise Malformed(f"length {length}")
            message.framing = "length"
            message.body = self.exactly(int(length))
        return message

    def request(self):
        message = self.head(REQUEST_LINE)
        if message is not None and len(message.all("Host")) != 1:
            raise Malformed(f"Host: {message}")
        return message

    def answer(self, method="GET"):
        """The next answer, interim ones kept in it; framing "close" reads to the end."""
        interim = []
        while True:
            m = self.head(STATUS_LINE)
            if m is None:
                return None
            if m.status >= 200:
                break
            interim.append(m)
        m.interim = interim
        if method == "HEAD" or m.status in (204, 304):
            return m
        self.body(m)
        if m.framing is None:
            m.framing, m.body = "close", self.rest()
        return m


class Connection(Reader):
    """One connection of the backend, as an answer sees it."""

    def __init__(self, backend, sock):
        super().__init__(sock)
        self.backend = backend
        self.ended = False  # the other side ended it before it was closed here

    def send(self, data):
        self.sock.sendall(data)


class RecordingBackend:
    """Answers by target; `requests` are the complete ones, `cut` those that ended early.

    An entry of `answers` is bytes, sent when the request is complete, or a function of
    (connection, request), called when its head is: the connection closes unless it returns True.
    """
    OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self, test, answers=None):
        self.answers = answers or {}
        self.requests, self.cut, self.errors, self.connections = [], [], [], []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.server = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self.stop)

    def seen(self, target):
        with self.lock:
            return [r for r in self.requests if r.target == target]

    def begun(self, target):
        """How many requests began with this target, complete or not."""
        with self.lock:
            return sum(c.raw.count(b" " + target.encode() + b" HTTP/") for c in self.connections)

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            at_once(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        connection = Connection(self, sock)
        with self.lock:
            self.connections.append(connection)
        try:
            with sock:
                while self._one(connection):
                    pass
        except OSError:
            pass
        except Exception as e:  # pylint: disable=broad-except
            self.errors.append(e)

    def _one(self, connection):
        message = None
        try:
            message = connection.request()
            if message is None:
                connection.ended = True
                return False
            answer = self.answers.get(message.target.partition("?")[0], self.OK)
            if callable(answer):
                return answer(connection, message)
            self.complete(connection, message)
            if message.method == "HEAD" and answer is self.OK:
                answer = answer[:-2]
            connection.send(answer)
            return True
        except EOFError:
            connection.ended = True
            with self.lock:
                self.cut.append(message)
            return False

    def complete(self, connection, message):
        """Read the body of a request and keep it."""
        connection.body(message)
        with self.lock:
            self.requests.append(message)

    def stop(self):
        # Closing alone would leave the thread in accept, which answers once more.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        if self.errors:
            raise self.errors[0]
