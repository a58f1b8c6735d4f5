#!/usr/bin/env python3
"""What the engine does with upstreams that are down, slow, wrong or gone."""
import socket
import threading
import unittest

from core_support import OK, TIMEOUT_S, Backend, CoreTest, answer_all

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"


def first_then_silent_close(keep):
    """Answer one request; the second one on the same connection gets a closed connection."""
    def script(peer, number):
        peer.head()
        peer.send(OK)
        if number == 1:
            keep.wait(TIMEOUT_S)
            peer.head()
            return
        answer_all(peer, number)
    return script


class Upstream(CoreTest):
    def answer(self, script, request=GET, *options):
        proxy = self.proxy(Backend(self, script).server, *options)
        peer = self.connect(proxy)
        peer.send(request)
        head = peer.head()
        return proxy, peer, head

    def test_a_refused_connection_is_502_and_the_client_stays(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            proxy = self.proxy(f"127.0.0.1:{s.getsockname()[1]}")
            peer = self.connect(proxy)
            for _ in range(2):
                peer.send(GET)
                head = peer.head()
                self.assert_status(head, 502)
                self.assertIn(b"Proxy-Status: devproof; error=connection_refused", head)
                peer.body(head)
        self.wait_event(proxy, "request", reason="upstream-refused", status=502)

    def test_a_failure_may_be_answered_by_the_caller(self):
        proxy = self.proxy("unix:" + self.path("nobody"), "--failures")
        head, body = self.get(proxy)
        self.assert_status(head, 502)
        self.assertIn(b'"code":"upstream-unreachable"', body)

    def test_garbage_is_502(self):
        for bad in (b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                    b"Content-Length: 2\r\n\r\n", b"HTTP/1.1 200 OK\r\nA : b\nC: d\r\n\r\n",
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                    b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40):
            def script(peer, _, bad=bad):
                peer.head()
                peer.send(bad)
                peer.rest()
            proxy, peer, head = self.answer(script)
            while head.startswith(b"HTTP/1.1 103"):
                head = peer.head()
            self.assert_status(head, 502)
            self.wait_event(proxy, "request", reason="upstream-malformed", status=502)

    def test_a_close_before_the_answer_is_502(self):
        proxy, _, head = self.answer(lambda peer, n: peer.head())
        self.assert_status(head, 502)
        self.wait_event(proxy, "request", reason="upstream-closed")

    def test_half_a_head_is_502(self):
        def script(peer, _):
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-")
        proxy, _, head = self.answer(script)
        self.assert_status(head, 502)
        self.wait_event(proxy, "request", reason="upstream-truncated")

    def test_a_truncated_answer_is_cut_for_the_client(self):
        for framing, body in ((b"Content-Length: 100", b"half"),
                              (b"Transfer-Encoding: chunked", b"4\r\nhalf\r\n")):
            def script(peer, _, answer=framing + b"\r\n\r\n" + body):
                peer.head()
                peer.send(b"HTTP/1.1 200 OK\r\n" + answer)
            proxy, peer, head = self.answer(script)
            self.assert_status(head, 200)
            with self.assertRaises((OSError, AssertionError)):
                peer.body(head)
                peer.rest()
            self.wait_event(proxy, "request", reason="upstream-truncated", status=200)

    def test_surplus_bytes_close_that_upstream_connection(self):
        def script(peer, _):
            while peer.head():
                peer.send(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        backend = Backend(self, script)
        peer = self.connect(self.proxy(backend.server))
        for _ in range(3):
            peer.send(GET)
            self.assertEqual(b"ok", peer.body(peer.head()))
        self.assertEqual(3, backend.count)

    def test_unasked_bytes_on_an_idle_connection_are_never_an_answer(self):
        evil = threading.Event()

        def script(peer, number):
            peer.head()
            peer.send(OK)
            if number == 1:
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
                self.assertEqual(b"", peer.rest())
                evil.set()
            else:
                peer.rest()
        peer = self.connect(self.proxy(Backend(self, script).server))
        peer.send(GET)
        self.assertEqual(b"ok", peer.body(peer.head()))
        self.assertTrue(evil.wait(TIMEOUT_S))
        peer.send(GET)
        self.assertEqual(b"ok", peer.body(peer.head()))

    def test_a_stale_connection_is_retried_once_for_get_never_for_post(self):
        for request, status in ((GET, 200), (POST, 502)):
            gone = threading.Event()
            gone.set()
            backend = Backend(self, first_then_silent_close(gone))
            proxy = self.proxy(backend.server)
            peer = self.connect(proxy)
            peer.send(GET)
            self.assertEqual(b"ok", peer.body(peer.head()))
            peer.send(request)
            head = peer.head()
            self.assert_status(head, status)
            self.assertEqual(1 if status == 200 else 0, self.stats(proxy)["retries"])

    def test_a_unix_socket_and_a_name_are_upstreams_too(self):
        unix = Backend(self, unix=self.path("app.sock"))
        self.assert_status(self.get(self.proxy(unix.server))[0], 200)
        named = Backend(self)
        proxy = self.proxy("localhost:" + named.server.split(":")[1])
        for _ in range(3):
            self.assert_status(self.get(proxy)[0], 200)
        proxy = self.proxy("no-such-name.invalid:80")
        self.assert_status(self.get(proxy)[0], 502)
        self.wait_event(proxy, "request", reason="upstream-resolve")

    def test_requests_wait_for_a_connection_and_then_fail(self):
        begun, release = threading.Event(), threading.Event()

        def script(peer, number):
            peer.head()
            begun.set()
            release.wait(TIMEOUT_S)
            peer.send(OK)
            answer_all(peer, number)
        backend = Backend(self, script)
        proxy = self.proxy(backend.server, "--set", "upstream_connections=1",
                           "--set", "upstream_queue=1500")
        first, second = self.connect(proxy), self.connect(proxy)
        first.send(GET)
        self.assertTrue(begun.wait(TIMEOUT_S))
        second.send(GET)
        head = second.head()
        self.assert_status(head, 503)
        self.assertIn(b"Retry-After", head)
        second.body(head)
        second.send(GET)
        release.set()
        self.assert_status(first.head(), 200)
        self.assert_status(second.head(), 200)
        self.assertEqual(1, backend.count)

    def test_an_answer_before_a_reset_is_relayed(self):
        def script(peer, _):
            peer.head()
            peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            peer.sock.close()
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        try:
            for _ in range(30):
                peer.send(b"x" * 100000)
        except OSError:
            pass
        head = peer.head()
        self.assert_status(head, 403)
        self.assertEqual(b"no", peer.body(head))


if __name__ == "__main__":
    unittest.main()
