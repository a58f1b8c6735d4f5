#!/usr/bin/env python3
"""HTTP/1.1 through the engine, as raw bytes on both sides."""
import socket
import threading
import unittest

import devproof_testing as dt
from core_support import OK, Backend, CoreTest, answer_all


def get(path="/", extra=""):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n".encode()


class Http1(CoreTest):
    def test_connections_are_kept_on_both_sides(self):
        backend = Backend(self)
        proxy = self.proxy(backend.server)
        peer = self.connect(proxy)
        for _ in range(5):
            peer.send(get())
            self.assert_status(peer.head(), 200)
            self.assertEqual(b"ok", peer.exactly(2))
        self.assertEqual(1, backend.count)
        self.assertEqual(5, len(backend.heads))
        self.assertIn(b"X-Forwarded-Proto: https", backend.heads[0])
        self.assertNotIn(b"Connection:", backend.heads[0])

    def test_pipelined_requests_are_answered_in_order(self):
        def script(peer, _):
            while (head := peer.head()) is not None:
                path = head.split(b" ")[1]
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        paths = [f"/{i}" if i % 7 else "/_own?3" for i in range(300)]
        peer.send(b"".join(get(p) for p in paths))
        for path in paths:
            head = peer.head()
            self.assert_status(head, 200)
            self.assertEqual(b"ooo" if "own" in path else path.encode(), peer.body(head))

    def test_bytes_one_at_a_time_give_the_same(self):
        backend = Backend(self)
        peer = self.connect(self.proxy(backend.server))
        request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" \
                  b"3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nA: b\r\n\r\n"
        for i in range(len(request)):
            peer.send(request[i:i + 1])
        self.assert_status(peer.head(), 200)

    def test_chunked_bodies_and_trailers_pass_both_ways(self):
        got = []

        def script(peer, _):
            head = peer.head()
            self.assertIn(b"Transfer-Encoding: chunked", head)
            got.append(peer.chunked())
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"5;ext=1\r\nhello\r\n0\r\nGrpc-Status: 0\r\nContent-Length: 9\r\n\r\n")
        peer = self.connect(self.proxy(Backend(self, script).server))
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"4\r\nwiki\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n")
        self.assert_status(peer.head(), 200)
        self.assertEqual((b"hello", [b"Grpc-Status: 0"]), peer.chunked())
        self.assertEqual([(b"wiki", [b"X-Sum: 1"])], got)

    def test_answers_without_a_body_keep_the_connection(self):
        answers = [b"HTTP/1.1 204 No Content\r\n\r\n",
                   b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
                   b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"]

        def script(peer, _):
            for answer in answers + [OK]:
                peer.head()
                peer.send(answer)
        peer = self.connect(self.proxy(Backend(self, script).server))
        for method in ("GET", "GET", "HEAD"):
            peer.send(f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            head = peer.head()
            if method == "HEAD":
                self.assertIn(b"Content-Length: 1000", head)
        peer.send(get())
        self.assert_status(peer.head(), 200)
        self.assertEqual(b"ok", peer.exactly(2))

    def test_100_continue_is_forwarded_and_relayed(self):
        def script(peer, _):
            head = peer.head()
            self.assertIn(b"100-continue", head)
            self.assertEqual(b"", peer.data)
            peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.assertEqual(b"body", peer.body(head))
            peer.send(OK)
        peer = self.connect(self.proxy(Backend(self, script).server))
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assert_status(peer.head(), 103)
        self.assert_status(peer.head(), 100)
        peer.send(b"body")
        self.assert_status(peer.head(), 200)

    def test_an_unasked_100_is_swallowed(self):
        def script(peer, _):
            peer.head()
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
        peer = self.connect(self.proxy(Backend(self, script).server))
        peer.send(get())
        self.assert_status(peer.head(), 200)

    def test_an_early_final_answer_is_not_lost(self):
        def script(peer, _):
            peer.head()
            peer.send(b"HTTP/1.1 413 Too Big\r\nContent-Length: 3\r\n\r\nbig")
            peer.rest()
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 100000)
        head = peer.head()
        self.assert_status(head, 413)
        self.assertIn(b"Connection: close", head)
        peer.send(b"x" * 100000)
        self.assertEqual(b"big", peer.rest())

    def test_half_close_still_gets_the_answer(self):
        for tls in (True, False):
            release = threading.Event()

            def script(peer, _, release=release):
                peer.head()
                release.wait(dt.DEADLINE_S)
                peer.send(OK)
            proxy = self.proxy(Backend(self, script).server, tls=tls)
            peer = self.connect(proxy)
            peer.send(get())
            peer.half_close()
            release.set()
            self.assert_status(peer.head(), 200)
            self.assertEqual(b"ok", peer.rest())
            self.wait_event(proxy, "connection", reason="client-eof")

    def test_a_late_decision_gets_the_body_too(self):
        backend = Backend(self)
        peer = self.connect(self.proxy(backend.server))
        peer.send(b"POST /_late HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" +
                  b"x" * 300000 + get("/next"))
        for _ in range(2):
            self.assertEqual(b"ok", peer.body(peer.head()))
        self.assertEqual([b"POST", b"GET"], [h.split(b" ")[0] for h in backend.heads])

    def test_half_a_body_is_not_forwarded_as_a_whole_one(self):
        proxy = self.proxy(Backend(self, lambda peer, n: peer.rest()).server)
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        peer.half_close()
        self.assert_status(peer.head(), 400)
        self.wait_event(proxy, "request", reason="body-truncated", status=400)

    def test_a_tls_cut_in_the_middle_ends_the_exchange(self):
        proxy = self.proxy(Backend(self, lambda peer, n: peer.rest()).server)
        peer = self.connect(proxy)
        peer.send(get())
        peer.sock.close()
        self.wait_event(proxy, "request", status=0)

    def test_a_broken_body_never_ends_for_the_upstream(self):
        seen = []

        def script(peer, _):
            peer.head()
            seen.append(peer.rest())
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        peer.send(b"zz\r\n")
        self.assert_status(peer.head(), 400)
        dt.wait_for(lambda: seen, "the end of the upstream's connection")
        self.assertEqual([b"3\r\nabc\r\n"], seen)

    def test_an_answer_until_close_is_chunked_for_the_client(self):
        def script(peer, _):
            peer.head()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nto the end")
        proxy = self.proxy(Backend(self, script).server)
        peer = self.connect(proxy)
        peer.send(get())
        head = peer.head()
        self.assertIn(b"Transfer-Encoding: chunked", head)
        self.assertEqual(b"to the end", peer.body(head))
        peer.send(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
        self.assertNotIn(b"chunked", peer.head())
        self.assertEqual(b"to the end", peer.rest())

    def test_answers_of_our_own(self):
        backend = Backend(self)
        peer = self.connect(self.proxy(backend.server))
        for size in (0, 1, 16384, 3000000):
            peer.send(get(f"/_own?{size}"))
            head = peer.head()
            self.assertIn(b"Content-Length: %d\r\n" % size, head)
            self.assertEqual(b"o" * size, peer.exactly(size))
        peer.send(b"HEAD /_own?500 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b"Content-Length: 500", peer.head())
        peer.send(b"POST /_own?2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
        self.assertEqual(b"oo", peer.body(peer.head()))
        peer.send(get("/_late"))
        self.assert_status(peer.head(), 200)
        self.assertEqual(b"ok", peer.exactly(2))
        peer.send(b"POST /_own?2 HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n" + b"x" * 99)
        self.assertIn(b"Connection: close", peer.head())
        self.assertEqual(b"oo", peer.rest())
        self.assertEqual(1, len(backend.heads))

    def test_refusals_close_and_are_logged(self):
        proxy = self.proxy(Backend(self).server, "--set", "max_head_bytes=2048")
        for request, status, reason in (
                (b"GET / HTTP/1.1\nHost: a\n\n", 400, "bare-lf"),
                (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 3000, 431, "head-size"),
                (get("/_refuse"), 403, "not-here")):
            peer = self.connect(proxy)
            peer.send(request)
            self.assert_status(peer.head(), status)
            self.assertIn(reason.encode(), peer.rest())
            self.wait_event(proxy, "request", status=status, reason=reason)
            self.wait_event(proxy, "connection", reason=reason)

    def test_bodies_over_the_limit_are_refused(self):
        backend = Backend(self, lambda peer, n: peer.rest())
        proxy = self.proxy(backend.server, "--set", "max_body_bytes=1000")
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
        self.assert_status(peer.head(), 413)
        peer = self.connect(proxy)
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  b"3e9\r\n" + b"x" * 1001 + b"\r\n")
        self.assert_status(peer.head(), 413)

    def test_plain_http_on_the_tls_port_is_a_failed_handshake(self):
        proxy = self.proxy(Backend(self, answer_all).server)
        sock = socket.create_connection(("127.0.0.1", proxy.port))
        self.addCleanup(sock.close)
        sock.sendall(get())
        self.wait_event(proxy, "connection", state="handshake", reason="tls-handshake",
                        detail="http request")


if __name__ == "__main__":
    unittest.main()
