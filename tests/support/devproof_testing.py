"""Helpers of the integration tests: programs under test, sockets, relays.

A test derives from TestCase, which owns a folder, stops what it started, and prints the logs of
every program when it fails. Nothing here sleeps blindly: every wait polls a condition under a
deadline. Programs come from the build folder named by DEVPROOF_BUILD_DIR.
"""
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

DEADLINE_S = 60  # of patience: no test is about it, and a busy machine needs some
POLL_S = 0.01
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
                   "runtime error:")
PLACES = {
    "dstack-simulator": "tests/simulator/dstack-simulator",
    "devproof-gateway": "gateway/devproof-gateway",
    "devproof": "ra-tls/cli/devproof",
}


def source_dir():
    return os.environ.get("DEVPROOF_SOURCE_DIR") or os.path.dirname(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def built(name):
    """The path of a built program; fails when it was not built."""
    root = os.environ.get("DEVPROOF_BUILD_DIR") or os.path.join(source_dir(), "build", "asan")
    path = os.path.join(root, PLACES.get(name, name))
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"program '{name}' is not built: {path}")
    return path


def wait_for(condition, what, deadline_s=DEADLINE_S):
    """Poll until condition() gives something true, and return it."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s for {what}")
        time.sleep(POLL_S)


class Program:
    """A program under test. Its output goes to files in folder, never to a pipe that can fill,
    unless the test gives another stdout."""

    def __init__(self, argv, folder, name=None, ready_file=None, expect_exit=0, env=None,
                 stdout=None):
        self.argv = [str(a) for a in argv]
        self.name = name or os.path.basename(self.argv[0])
        self.ready_file = ready_file
        self.expect_exit = expect_exit
        self.log_path = os.path.join(folder, f"{self.name}.log")
        self.out_path = os.path.join(folder, f"{self.name}.out")
        self.ready = None
        with open(self.log_path, "ab") as err, open(self.out_path, "ab") as out:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                                            stdout=stdout or out, stderr=err, env=env,
                                            start_new_session=True)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def output(self):
        with open(self.out_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_ready(self, deadline_s=DEADLINE_S):
        """Wait for the ready file, which is written atomically; returns its JSON."""
        def look():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode} "
                                     f"before it was ready:\n{self.log()}")
            if not os.path.exists(self.ready_file):
                return None
            with open(self.ready_file, encoding="utf-8") as f:
                return json.load(f)
        self.ready = wait_for(look, f"{self.name} to be ready", deadline_s)
        return self.ready

    def wait_exit(self, deadline_s=DEADLINE_S):
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not end within {deadline_s} s") from None

    def stop(self, how=signal.SIGTERM, deadline_s=DEADLINE_S):
        """End the program and check how it ended: exit code and sanitizer reports."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.wait_exit(deadline_s)
        log = self.log()
        for mark in SANITIZER_MARKS:
            if mark in log:
                raise AssertionError(f"{self.name}: sanitizer report:\n{log}")
        if self.expect_exit is not None and code != self.expect_exit:
            raise AssertionError(f"{self.name} exited with {code}, expected {self.expect_exit}")
        return code


class TestCase(unittest.TestCase):
    """unittest with a folder, programs that are stopped, and their logs when a test fails."""

    def run(self, result=None):
        if result is None:
            result = self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        # Short: the path of a unix socket has about 100 characters.
        self.folder = tempfile.mkdtemp(prefix="dp-")
        self.programs = []
        try:
            super().run(result)
            if len(result.failures) + len(result.errors) > before:
                self.print_logs()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        return result

    def print_logs(self):
        for program in self.programs:
            print(f"--- {program.name}: {' '.join(program.argv)}\n{program.log()}{program.output()}",
                  file=sys.stderr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def env(self):
        """The environment of programs under test: nothing of a user's caches."""
        return {**os.environ, "XDG_CACHE_HOME": self.path("cache")}

    def write(self, name, text):
        with open(self.path(name), "wb") as f:
            f.write(text.encode() if isinstance(text, str) else text)
        return self.path(name)

    def closed_port(self):
        """A port of 127.0.0.1 where nobody listens until the test ends, unless a program that cannot
        bind port 0 is given it: it is bound here, so that the kernel gives it to nobody else."""
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]

    def start(self, argv, name=None, ready=True, expect_exit=0, env=None, stdout=None):
        """Start a program, wait until it is ready, stop and check it when the test ends.

        With ready, `--ready-file FILE` is added; ready=False starts without waiting.
        """
        name = name or f"{os.path.basename(str(argv[0]))}-{len(self.programs)}"
        ready_file = self.path(f"{name}.ready") if ready else None
        if ready and os.path.exists(ready_file):
            os.unlink(ready_file)  # of an earlier program with this name
        argv = list(argv) + (["--ready-file", ready_file] if ready else [])
        program = Program(argv, self.folder, name, ready_file, expect_exit, env or self.env(),
                          stdout)
        self.programs.append(program)
        self.addCleanup(program.stop)
        if ready:
            program.wait_ready()
        return program

    def start_simulator(self, *options, name=None, env=None):
        """A simulator with a socket of its own and a collateral service on a free port.

        Its ready data hold `socket` and `pccs`; the files `<name>.root.pem` and
        `<name>.kms.json` in the folder (attributes root_file, kms_file) hold its roots.
        """
        name = name or f"simulator-{len(self.programs)}"
        root, kms = self.path(f"{name}.root.pem"), self.path(f"{name}.kms.json")
        program = self.start([built("dstack-simulator"), "--socket", self.path(f"{name}.sock"),
                              "--pccs", "127.0.0.1:0", "--write-root", root,
                              "--write-kms-root", kms, *options], name=name, env=env)
        program.root_file, program.kms_file = root, kms
        program.socket, program.pccs = program.ready["socket"], program.ready["pccs"]
        return program

    def start_sample_app(self, name=None, port=0, expect_exit=0):
        """The sample app, on a free port unless it is told one; its ready data hold `url`, `host` and
        `port`."""
        app = os.path.join(source_dir(), "tests", "support", "sample_app.py")
        program = self.start([sys.executable, app, "--port", str(port)], name=name or "sample-app",
                             expect_exit=expect_exit)
        program.url, program.port = program.ready["url"], program.ready["port"]
        return program

    def run_program(self, argv, stdin=None, timeout=60, env=None):
        """Run to the end; returns the CompletedProcess with text output."""
        done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True,
                              timeout=timeout, env=env or self.env(), check=False)
        for mark in SANITIZER_MARKS:
            self.assertNotIn(mark, done.stderr)
        return done


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout=DEADLINE_S):
        super().__init__("localhost", timeout=timeout)
        self.unix_path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.unix_path)


def exchange(connection, method, path, body=None, headers=None):
    """One request on an open http.client connection, which stays open."""
    connection.request(method, path, body=body, headers=headers or {})
    reply = connection.getresponse()
    return Response(reply.status, reply.headers, reply.read())


def unix_request(socket_path, method, path, body=None, headers=None, timeout=DEADLINE_S):
    """One request over a unix socket; a dict as body is sent as JSON."""
    headers = dict(headers or {})
    if isinstance(body, dict):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    connection = UnixConnection(socket_path, timeout)
    try:
        return exchange(connection, method, path, body, headers)
    finally:
        connection.close()


def http_request(url, method="GET", body=None, headers=None, timeout=DEADLINE_S, context=None):
    """One request to http://host:port/path or https://…; TLS is not verified without context."""
    scheme, rest = url.split("://", 1)
    host, _, path = rest.partition("/")
    if scheme == "https":
        connection = http.client.HTTPSConnection(host, timeout=timeout,
                                                 context=context or insecure_context())
    else:
        connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        return exchange(connection, method, "/" + path, body, headers)
    finally:
        connection.close()


def insecure_context(alpn=None):
    """A TLS context that accepts every certificate: for tests that look at the bytes only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def at_once(sock):
    """The TCP socket, which from now on sends what is written without waiting for an ACK of what was
    before: 40 ms each time, as the other side has nothing to say yet."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def tcp_connect(host, port, timeout=DEADLINE_S):
    return at_once(socket.create_connection((host, port), timeout))


def tls_connect(host, port, server_name=None, alpn=None, timeout=DEADLINE_S, context=None):
    """A TLS socket after its handshake; server_name None sends no SNI."""
    raw = tcp_connect(host, port, timeout)
    try:
        return (context or insecure_context(alpn)).wrap_socket(raw, server_hostname=server_name)
    except BaseException:
        raw.close()
        raise


def client_hello(server_name=None, alpn=None):
    """The first message of a TLS client, as Python's OpenSSL makes it, without a socket."""
    out = ssl.MemoryBIO()
    tls = insecure_context(alpn).wrap_bio(ssl.MemoryBIO(), out, server_hostname=server_name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def receive_all(sock):
    """Everything until the other side ends; a reset ends too."""
    parts = []
    try:
        while True:
            part = sock.recv(65536)
            if not part:
                break
            parts.append(part)
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    return b"".join(parts)


def split_address(text):
    """'127.0.0.1:80' or '[::1]:80' as (host, port)."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class TcpRelay:
    """A TCP relay that counts the bytes of both directions: the untrusted network of a test.

    With mutate, a function (direction, bytes) -> bytes, it is the attacker; directions are
    "up" (from the client) and "down".
    """

    def __init__(self, target, mutate=None):
        self.target = target
        self.mutate = mutate
        self.connections = self.attempts = 0
        self.up = self.down = 0
        self.seen_up = bytearray()
        self.lock = threading.Lock()
        self.closed = False
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.attempts += 1
            try:
                server = tcp_connect(*self.target)
            except OSError:
                client.close()
                continue
            at_once(client)
            server.settimeout(None)
            with self.lock:
                self.connections += 1
                self.open |= {client, server}
            threading.Thread(target=self._pump, args=("up", client, server), daemon=True).start()
            threading.Thread(target=self._pump, args=("down", server, client), daemon=True).start()

    def _pump(self, direction, source, sink):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                with self.lock:
                    if direction == "up":
                        self.up += len(data)
                        self.seen_up += data[:max(0, (1 << 20) - len(self.seen_up))]
                    else:
                        self.down += len(data)
                sink.sendall(self.mutate(direction, data) if self.mutate else data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for s in (source, sink):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for s in self.open:
                s.close()
