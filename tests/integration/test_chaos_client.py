"""Clients that vanish: in every state of a connection, at every byte of a request, ten thousand of them.
The gateway is afterwards what it was before."""
import socket
import ssl
import struct
import unittest

import devproof_testing as dt
from chaos_side import ChaosCase
from recording_backend import RecordingBackend

GET = b"GET /get HTTP/1.1\r\nHost: a\r\nX-Field: value\r\n\r\n"
POST = (b"POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\nX-Trailer: t\r\n\r\n")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
CONNECTIONS = 10_000
HANDSHAKES = 200
KEPT_BLOCKS = 256  # what each of two workers keeps for reuse


def reset(sock):
    """Close with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def client_hello():
    """The bytes of a real one."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = dt.insecure_context().wrap_bio(incoming, outgoing)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Client(ChaosCase):
    def setUp(self):
        self.backend = RecordingBackend(self, {"/stream": self.stream, "/wait": self.wait})
        self.start_chaos([self.backend.server])
        self.port = self.gateway.port

    def stream(self, connection, message):
        """An answer without end: until the gateway hangs up because its client did."""
        self.backend.complete(connection, message)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            connection.send(b"x" * 20_000)

    def wait(self, connection, message):
        """No answer: waits for the end of the stream."""
        self.backend.complete(connection, message)
        connection.sock.recv(1)
        return False

    def connect(self, alpn=None):
        return dt.tls_connect("127.0.0.1", self.port, alpn=alpn)

    def test_a_reset_at_every_byte_of_the_handshake(self):
        hello = client_hello()

        def action():
            for n in range(0, len(hello) + 1, 7):
                with dt.tcp_connect("127.0.0.1", self.port) as raw:
                    raw.sendall(hello[:n])
                    if n == len(hello):
                        raw.recv(100)  # the server's first flight is on its way
                    reset(raw)
        self.after_each_time(action)
        self.assertEqual(200, self.request("/after?"))

    def test_a_reset_at_every_byte_of_a_request(self):
        def action():
            for request in (GET, POST):
                for n in range(0, len(request), 3):
                    sock = self.connect()
                    sock.sendall(request[:n])
                    reset(sock)
            for n in range(0, len(PREFACE) + 1, 4):
                sock = self.connect(["h2"])
                sock.sendall(PREFACE[:n])
                reset(sock)
        self.after_each_time(action)
        # Nothing that was cut came through as if it were whole.
        dt.wait_for(lambda: not self.clients(), "the connections to end")
        self.assertEqual([], self.backend.seen("/get"))
        self.assertEqual([], self.backend.seen("/post"))

    def test_a_reset_while_the_answer_is_awaited(self):
        def action():
            begun = self.backend.begun("/wait")
            socks = [self.connect() for _ in range(10)]
            for sock in socks:
                sock.sendall(GET.replace(b"/get", b"/wait"))
            dt.wait_for(lambda: self.backend.begun("/wait") == begun + 10, "the requests")
            for sock in socks:
                reset(sock)
            dt.wait_for(lambda: all(c.sock.fileno() < 0 for c in self.backend.connections),
                        "the gateway to hang up at the server")
        self.after_each_time(action)

    def test_a_reset_in_the_middle_of_an_answer(self):
        def action():
            socks = [self.connect() for _ in range(6)]
            for sock in socks:
                sock.sendall(GET.replace(b"/get", b"/stream"))
                self.assertTrue(sock.recv(1000).startswith(b"HTTP/1.1 200 "))
            for sock in socks:
                reset(sock)
            dt.wait_for(lambda: all(c.sock.fileno() < 0 for c in self.backend.connections),
                        "the gateway to hang up at the server")
        # How many of the blocks that workers keep were in use at once depends on the race.
        self.after_each_time(action, room=2 * KEPT_BLOCKS * 16 * 1024)

    def test_ten_thousand_connections_opened_and_dropped(self):
        def action():
            for n in range(CONNECTIONS // 4):
                with dt.tcp_connect("127.0.0.1", self.port) as raw:
                    if n % 2:
                        reset(raw)
        self.after_each_time(action, times=3, warm=1)
        self.assertEqual(200, self.request("/after?"))

    def test_handshakes_without_a_request(self):
        def action():
            for n in range(HANDSHAKES):
                sock = self.connect(["h2"] if n % 3 == 0 else None)
                if n % 2:
                    reset(sock)
                else:
                    sock.close()
        self.after_each_time(action, times=2, warm=1)
        self.assertEqual(200, self.request("/after?"))


if __name__ == "__main__":
    unittest.main()
