"""What the tests of the engine share: certificates, scripted backends, raw TLS clients."""
import os
import socket
import ssl
import subprocess
import threading

import devproof_testing as dt

PROXY = "tests/bench/core_proxy"
TIMEOUT_S = dt.DEADLINE_S
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def make_cert(folder, name):
    """A self-signed P-256 certificate for localhost; returns the paths of certificate and key."""
    cert, key = os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days",
                    "30", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"],
                   check=True, capture_output=True)
    return cert, key


def read_until(read, mark, limit=1 << 20):
    """Read until mark is there; returns what came before and with it, and the rest."""
    data = b""
    while mark not in data:
        more = read(65536)
        if not more or len(data) > limit:
            raise AssertionError(f"ended before {mark!r}: {data[:300]!r}")
        data += more
    at = data.index(mark) + len(mark)
    return data[:at], data[at:]


class Peer:
    """A connection with a buffer: heads, lengths and chunks are read from it."""

    def __init__(self, sock):
        self.sock, self.data = sock, b""
        sock.settimeout(TIMEOUT_S)

    def fill(self):
        try:
            more = self.sock.recv(65536)
        except ssl.SSLZeroReturnError:
            return False
        self.data += more
        return bool(more)

    def head(self):
        """The next head as bytes; None when the peer has ended its side."""
        while b"\r\n\r\n" not in self.data:
            if not self.fill():
                if self.data:
                    raise AssertionError(f"half a head: {self.data[:300]!r}")
                return None
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def exactly(self, n):
        parts, have = [self.data[:n]], min(n, len(self.data))
        self.data = self.data[n:]
        while have < n:
            more = self.sock.recv(min(1 << 20, n - have))
            if not more:
                raise AssertionError(f"ended after {have} of {n} bytes")
            parts.append(more)
            have += len(more)
        return b"".join(parts)

    def line(self):
        while b"\r\n" not in self.data:
            if not self.fill():
                raise AssertionError(f"ended in a line: {self.data[:100]!r}")
        line, _, self.data = self.data.partition(b"\r\n")
        return line

    def chunked(self):
        """A whole chunked body and its trailer lines."""
        body = b""
        while True:
            size = int(self.line(), 16)
            if size == 0:
                break
            body += self.exactly(size)
            assert self.line() == b""
        trailers = []
        while True:
            line = self.line()
            if not line:
                return body, trailers
            trailers.append(line)

    def body(self, head):
        if b"transfer-encoding: chunked" in head.lower():
            return self.chunked()[0]
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                return self.exactly(int(line.split(b":")[1]))
        return b""

    def rest(self):
        """Everything up to the end of the stream."""
        while self.fill():
            pass
        data, self.data = self.data, b""
        return data

    def send(self, data):
        self.sock.sendall(data)

    def half_close(self, reader=False):
        """End this side only: close_notify over TLS, else the end of the stream. reader: another thread reads.

        unwrap() reads, too, and an answer that has come would be lost; so, if nobody else reads, the other end
        of the connection is here for this moment, and says nothing."""
        if not isinstance(self.sock, ssl.SSLSocket):
            self.sock.shutdown(socket.SHUT_WR)
        elif reader:
            self.send_close_notify()
        else:
            here, there = socket.socketpair()
            fd, real = self.sock.fileno(), os.dup(self.sock.fileno())
            with here, there:
                os.dup2(there.fileno(), fd)
                self.send_close_notify()
                os.dup2(real, fd)
                os.close(real)
                self.sock.settimeout(TIMEOUT_S)
                os.write(fd, here.recv(4096))

    def send_close_notify(self):
        self.sock.settimeout(0)
        try:
            self.sock.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.sock.settimeout(TIMEOUT_S)

    def close(self):
        self.sock.close()


class Backend:
    """Calls script(peer, number) for each connection, on a thread of its own. What it raises is
    kept and fails the test."""

    def __init__(self, test, script=None, unix=None, context=None, host="127.0.0.1", port=0):
        self.script = script or answer_all
        self.errors, self.heads, self.context = [], [], context
        self.count = self.open = 0
        self.lock = threading.Lock()
        if unix:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(unix)
            self.server = f"unix:{unix}"
        else:
            self.sock = socket.socket()
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((host, port))
            self.port = self.sock.getsockname()[1]
            self.server = f"{host}:{self.port}"
        self.sock.listen(128)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        test.addCleanup(self.stop)

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            if sock.family != socket.AF_UNIX:
                dt.at_once(sock)
            self.count += 1
            with self.lock:
                self.open += 1
            threading.Thread(target=self.serve, args=(sock, self.count), daemon=True).start()

    def serve(self, sock, number):
        try:
            with sock:
                if self.context:
                    sock = self.context.wrap_socket(sock, server_side=True)
                peer = Peer(sock)
                peer.backend = self
                self.script(peer, number)
        except (OSError, ssl.SSLError):
            pass
        except Exception as e:  # pylint: disable=broad-except
            self.errors.append(e)
        with self.lock:
            self.open -= 1

    def stop(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        if self.errors:
            raise self.errors[0]


def answer_all(peer, number, answer=OK):
    """Answer every request of a connection."""
    del number
    while True:
        head = peer.head()
        if head is None:
            return
        peer.backend.heads.append(head)
        peer.body(head)
        peer.send(answer)


def client_context(alpn=("http/1.1",)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class CoreTest(dt.TestCase):
    def proxy(self, server, *options, tls=True, **kwargs):
        """The engine in front of a server, or a list of them; attributes port, cert, key."""
        argv = [dt.built(PROXY), "--listen", "127.0.0.1:0", "--log"]
        for one in [server] if isinstance(server, str) else server:
            argv += ["--upstream", one]
        cert = key = None
        if tls:
            cert, key = make_cert(self.folder, "gateway")
            argv += ["--cert", cert, "--key", key]
        program = self.start(argv + [str(o) for o in options], **kwargs)
        program.port, program.cert, program.key = program.ready["port"], cert, key
        program.tls = tls
        return program

    def connect(self, proxy, context=None, sni="localhost", session=None):
        sock = dt.tcp_connect("127.0.0.1", proxy.port)
        self.addCleanup(sock.close)
        if proxy.tls:
            sock = (context or client_context()).wrap_socket(sock, server_hostname=sni,
                                                             session=session)
            self.addCleanup(sock.close)
        return Peer(sock)

    def is_refused(self, proxy):
        try:
            socket.create_connection(("127.0.0.1", proxy.port), TIMEOUT_S).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # closed while this one was in its queue
        return False

    def get(self, proxy, path="/", **kwargs):
        """One request on a connection of its own; returns head and body."""
        peer = self.connect(proxy, **kwargs)
        peer.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head = peer.head()
        body = peer.body(head)
        peer.close()
        return head, body

    def stats(self, proxy):
        import json
        return json.loads(self.get(proxy, "/_stats")[1])

    def events(self, proxy, kind):
        import json
        lines = proxy.output().split("\n")
        return [e for e in (json.loads(line) for line in lines[:-1]) if e["event"] == kind]

    def wait_event(self, proxy, kind, **members):
        """Wait for a log event with these members, and return it."""
        def look():
            for e in self.events(proxy, kind):
                if all(e.get(k) == v for k, v in members.items()):
                    return e
            return None
        return dt.wait_for(look, f"event {kind} {members}")

    def assert_status(self, head, status):
        self.assertIsNotNone(head, "no answer")
        self.assertEqual(status, int(head.split(b" ", 2)[1]), head)
