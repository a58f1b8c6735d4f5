"""Many connections that do one thing slowly, and the app behind them; each a process of its own."""
import asyncio
import multiprocessing
import resource
import select
import socket
import ssl
import time

import devproof_testing as dt

TICK_S = 0.25
SLICES = 20      # one byte for each connection every SLICES ticks
BATCH = 100      # connections that are opened in one tick
BIG = 1 << 20
KINDS = ("handshake", "head", "body", "read")


def raise_open_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Pool:
    """count connections of one kind to a port; those that the gateway ends are opened again."""

    BEGIN = {"head": b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
             "body": b"POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n",
             "read": b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n"}

    def __init__(self, kind, count, port):
        self.kind, self.count, self.port = kind, count, port
        self.context, self.hello = dt.insecure_context(), dt.client_hello()
        self.open, self.turn = {}, 0  # by descriptor
        self.dialed = 0
        self.ends = select.epoll()

    def dial(self):
        sock = socket.socket()
        if self.kind == "read":
            # As far away, or the kernel would take megabytes for each over loopback.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(dt.DEADLINE_S)
        sock.connect(("127.0.0.1", self.port))
        if self.kind == "handshake":
            sock.send(self.hello[:len(self.hello) // 2])
        else:
            sock = self.context.wrap_socket(sock)
            sock.send(self.BEGIN[self.kind])
        sock.setblocking(False)
        return sock

    def step(self, sock):
        """One byte. Returns: whether the connection is still there."""
        try:
            if self.kind == "read":
                return bool(sock.recv(1))
            sock.send(b"x")
            if self.kind == "handshake":
                return bool(sock.recv(1))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False
        return True

    def drop(self, fd):
        self.ends.unregister(fd)
        self.open.pop(fd).close()

    def tick(self):
        self.turn = (self.turn + 1) % SLICES
        for fd, _ in self.ends.poll(0):
            self.drop(fd)
        for fd in [fd for fd in self.open if fd % SLICES == self.turn]:
            if not self.step(self.open[fd]):
                self.drop(fd)
        for _ in range(min(BATCH, self.count - len(self.open))):
            try:
                sock = self.dial()
            except OSError:
                break
            self.open[sock.fileno()] = sock
            self.dialed += 1
            self.ends.register(sock.fileno(), select.EPOLLRDHUP)

    def run(self, reached, stop):
        raise_open_files()
        while not stop.is_set():
            begin = time.monotonic()
            self.tick()
            if self.dialed >= self.count:
                reached.set()
            stop.wait(max(0, TICK_S - (time.monotonic() - begin)))


class Slow:
    """A pool in a process of its own, as long as the `with` lasts; it begins when all have been."""

    def __init__(self, kind, count, port, deadline_s=120):
        self.reached, self.stop = multiprocessing.Event(), multiprocessing.Event()
        self.deadline_s = deadline_s
        self.process = multiprocessing.Process(
            target=Pool(kind, count, port).run, args=(self.reached, self.stop), daemon=True)

    def __enter__(self):
        self.process.start()
        if not self.reached.wait(self.deadline_s):
            raise AssertionError("the slow connections could not all be opened")
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.process.join(dt.DEADLINE_S)
        if self.process.is_alive():
            self.process.kill()


async def answer(reader, writer):
    """An app that reads and writes as the other side lets it."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST"):
                left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                while left > 0:
                    left -= len(await reader.readexactly(1))
            body = b"x" * BIG if b" /big " in head else b"ok"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


def serve_app(port):
    raise_open_files()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()
    asyncio.run(main())


def start_app(test):
    """An app for many connections; returns its port."""
    port = multiprocessing.Value("i", 0)
    process = multiprocessing.Process(target=serve_app, args=(port,), daemon=True)
    process.start()
    test.addCleanup(process.join)
    test.addCleanup(process.terminate)
    return dt.wait_for(lambda: port.value, "the app")
