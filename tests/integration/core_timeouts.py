#!/usr/bin/env python3
"""Every wait of the engine has an end, with its own reason."""
import socket
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def answer_and_read(peer, answer):
    peer.head()
    peer.send(answer)
    peer.rest()


class Timeouts(CoreTest):
    def backend(self, answer=OK):
        return Backend(self, lambda peer, n: answer_and_read(peer, answer)).server

    def test_handshake(self):
        proxy = self.proxy(self.backend(), "--set", "handshake=200")
        sock = socket.create_connection(("127.0.0.1", proxy.port))
        self.addCleanup(sock.close)
        sock.settimeout(dt.DEADLINE_S)
        self.assertEqual(b"", sock.recv(10))
        self.wait_event(proxy, "connection", state="handshake", reason="handshake-timeout")

    def test_half_a_head_is_408(self):
        peer = self.connect(self.proxy(self.backend(), "--set", "head=200"))
        peer.send(b"GET / HTTP/1.1\r\nHost")
        self.assert_status(peer.head(), 408)
        self.assertIn(b"head-timeout", peer.rest())

    def test_idle_connections_end_with_close_notify(self):
        proxy = self.proxy(self.backend(), "--set", "idle=200")
        peer = self.connect(proxy)
        self.assertEqual(b"", peer.rest())
        self.wait_event(proxy, "connection", reason="idle-timeout", requests=0)
        peer = dt.wait_for(lambda: self.served(proxy), "an answer to who asked in time")
        self.assertEqual(b"", peer.rest())
        self.wait_event(proxy, "connection", reason="idle-timeout", requests=1)

    def served(self, proxy):
        """A connection that was answered; None when this machine let the wait end first."""
        peer = self.connect(proxy)
        try:
            peer.send(GET)
            head = peer.head()
        except OSError:
            return None
        return peer if head and peer.body(head) == b"ok" else None

    def test_a_body_that_stops_is_408(self):
        peer = self.connect(self.proxy(self.backend(b""), "--set", "body=200"))
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        self.assert_status(peer.head(), 408)
        self.assertIn(b"body-timeout", peer.rest())

    def test_no_first_byte_is_504(self):
        proxy = self.proxy(self.backend(b""), "--set", "first_byte=200")
        peer = self.connect(proxy)
        peer.send(GET)
        head = peer.head()
        self.assert_status(head, 504)
        self.assertIn(b"connection_read_timeout", head)

    def test_a_stalled_answer_is_cut(self):
        stalled = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
        proxy = self.proxy(self.backend(stalled), "--set", "between_bytes=200")
        peer = self.connect(proxy)
        peer.send(GET)
        self.assert_status(peer.head(), 200)
        with self.assertRaises((OSError, AssertionError)):
            peer.exactly(10)
        self.wait_event(proxy, "request", reason="upstream-timeout", status=200)

    def test_an_upstream_that_never_accepts_is_504(self):
        full = socket.socket()
        self.addCleanup(full.close)
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = []
        for _ in range(4):
            s = socket.socket()
            self.addCleanup(s.close)
            s.setblocking(False)
            s.connect_ex(full.getsockname())
            fillers.append(s)
        proxy = self.proxy(f"127.0.0.1:{full.getsockname()[1]}", "--set", "connect=200")
        head, _ = self.get(proxy)
        self.assert_status(head, 504)
        self.assertIn(b"connection_timeout", head)

    def test_an_undecided_request_is_503(self):
        proxy = self.proxy(self.backend(), "--set", "decision=200")
        self.assert_status(self.get(proxy, "/_never")[0], 503)

    def test_a_client_that_does_not_read_is_given_up(self):
        proxy = self.proxy(self.backend(), "--set", "write_stuck=300")
        peer = self.connect(proxy)
        peer.send(b"GET /_own?100000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.wait_event(proxy, "connection", reason="write-timeout")

    def test_an_upstream_that_does_not_read_is_given_up(self):
        def script(peer, _):
            peer.head()
            done.wait(dt.DEADLINE_S)
        import threading
        done = threading.Event()
        self.addCleanup(done.set)
        proxy = self.proxy(Backend(self, script).server, "--set", "write_stuck=300",
                           "--set", "body=100000")
        peer = self.connect(proxy)

        def upload():
            try:
                peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n" +
                          b"x" * 90000000)
            except OSError:
                pass
        sender = threading.Thread(target=upload, daemon=True)
        sender.start()
        self.wait_event(proxy, "request", reason="upstream-write-timeout", status=504)


if __name__ == "__main__":
    unittest.main()
