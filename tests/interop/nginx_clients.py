"""Clients over TLS for what is compared with nginx: bytes of HTTP/1.1, and streams of HTTP/2."""
import re
import ssl

import devproof_testing as dt
import h2_frames as h2
from nginx_side import TIMEOUT_S, meaning
from http2_support import Client as Http2Client
from http2_support import request

STREAMS_MAX = 100  # of a connection: no budget for faults runs out
BEHIND = request("/behind", authority="app.test")

LAST = ("GET", "/behind", b"", [("host", b"app.test")])


class Client:
    """TLS over memory: its end can be told before anything is read."""

    def __init__(self, sock, context, session):
        self.sock, self.data, self.cut = sock, b"", False  # cut: it ended without saying so
        sock.settimeout(TIMEOUT_S)
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.into, self.out, session=session)
        while not self.step(self.tls.do_handshake):
            self.fill()

    def step(self, what):
        """Returns: whether it got as far as it wanted, without more to read."""
        try:
            what()
            done = True
        except ssl.SSLWantReadError:
            done = False
        if self.out.pending:
            self.sock.sendall(self.out.read())
        return done

    def fill(self):
        more = self.sock.recv(65536)
        self.into.write(more)
        if not more:
            self.into.write_eof()

    def send(self, data):
        self.step(lambda: self.tls.write(data))

    def half_close(self):
        self.step(self.tls.unwrap)

    def take(self):
        while more := self.tls.read(65536):
            self.data += more

    def rest(self):
        try:
            while not self.step(self.take):
                self.fill()
        except ssl.SSLZeroReturnError:
            pass
        except ssl.SSLEOFError:
            self.cut = True
        return self.data

    def close(self):
        self.sock.close()


class Clients:
    """Makes them, each with the ticket of the first one."""

    def __init__(self, dial, *alpn):
        self.dial, self.context, self.session = dial, dt.insecure_context(list(alpn)), None

    def __call__(self):
        client = Client(self.dial(), self.context, self.session)
        self.session = self.session or client.tls.session
        return client


class StreamSide:
    """A proxy, its origin, connections of HTTP/2 to it, and how it says why it refused."""

    def __init__(self, origin, dial, why):
        self.origin, self.dial, self.why = origin, dial, why
        self.context, self.client = dt.insecure_context(["h2"]), None
        self.late = "/none"  # of a connection that ended: whether it arrives, and when, is chance

    def open(self):
        if self.client and (self.client.closed or self.client.next_id > 2 * STREAMS_MAX):
            self.close()
        if not self.client:
            self.client = Http2Client(self.context.wrap_socket(self.dial()))
        return self.client

    def close(self):
        if self.client:
            self.client.sock.close()
        self.client = None

    def ask(self, frames, path):
        """In: path  that of this stream alone begins so. Returns: what the origin got, and why no more."""
        before, client = len(self.origin.requests), self.open()
        stream, client.next_id = client.next_id, client.next_id + 2
        mark, answer = b"%08d" % stream, client.answer(stream)
        data = b"".join(h2.frame(kind, flags, stream, payload) for kind, flags, payload in frames)
        kinds = [kind for kind, _, _ in frames]
        whole = kinds[:1] == [h2.HEADERS] and h2.RST_STREAM not in kinds and any(
            kind in (h2.HEADERS, h2.DATA) and flags & h2.END_STREAM for kind, flags, _ in frames)
        client.send(data, b"" if whole else h2.rst_stream(stream), h2.frame(h2.PING, 0, 0, mark))
        try:
            while not (answer.over if whole else mark in client.pongs) and client.read_frame():
                pass
        except TimeoutError as e:
            raise AssertionError(f"stalled: {frames} {answer} {client.pongs[-1:]}") from e
        why = self.why(client, answer)
        if not client.closed:
            behind = client.open(BEHIND)
            while not client.answer(behind).over and client.read_frame():
                pass
        seen = [meaning(r) for r in self.origin.requests[before:] if not r.target.startswith(self.late)]
        if client.closed:
            self.late = path
        if seen and seen[-1] == LAST:
            seen.pop()
        elif not client.closed:
            raise AssertionError(f"what came behind it is not {LAST}: {seen}")
        return seen, why


def refusal(client, answer):
    """Why our program refused a stream."""
    if answer.final and answer.status >= 400:
        found = re.match(rb"(?:[45]\d\d [A-Za-z ]+: |\{\"error\":\{\"code\":\")([a-z0-9-]+)", answer.body)
        return found[1].decode() if found else f"status {answer.status}"
    if client.goaway and client.goaway[1]:
        return f"GOAWAY {client.goaway[1]}"
    return f"RST_STREAM {answer.reset}" if answer.reset else "no answer"
