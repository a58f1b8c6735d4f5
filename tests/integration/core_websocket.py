#!/usr/bin/env python3
"""Requests that become WebSockets, byte by byte: what is passed on, what is checked, what is not."""
import base64
import hashlib
import signal
import socket
import threading
import unittest

import devproof_testing as dt
from core_flow import TOTAL, digest_of, receive, send_all
from core_support import OK, Backend, CoreTest

KEY = base64.b64encode(b"0123456789abcdef").decode()
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FIELDS = ("Host: a", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
          f"Sec-WebSocket-Key: {KEY}")


def accept_of(key=KEY):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def request(*fields, line="GET /chat HTTP/1.1"):
    return "\r\n".join((line, *(fields or FIELDS), "", "")).encode()


def switched(*more, accept=None):
    return "\r\n".join(("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket",
                        "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept or accept_of()}",
                        *more, "", "")).encode()


class WebSocket(CoreTest):
    def upgrade(self, script, early=b"", after=b"", options=()):
        """A proxy whose backend switches; returns (peer, backend, proxy)."""
        def serve(peer, number):
            peer.backend.heads.append(peer.head())
            peer.send(switched() + after)
            script(peer, number)
        backend = Backend(self, serve)
        proxy = self.proxy(backend.server, *options, tls=False)
        peer = self.connect(proxy)
        peer.send(request() + early)
        self.assert_status(peer.head(), 101)
        return peer, backend, proxy

    def test_bytes_flow_after_the_101_and_each_side_may_end_first(self):
        def script(peer, _):
            peer.send(peer.rest().upper())
        peer, backend, proxy = self.upgrade(script, early=b"early ", after=b"behind ")
        head = backend.heads[0]
        for field in (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
                      b"Sec-WebSocket-Key: " + KEY.encode(), b"X-Forwarded-For: 127.0.0.1"):
            self.assertIn(b"\r\n" + field + b"\r\n", head + b"\r\n")
        self.assertEqual(b"behind ", peer.exactly(7))
        peer.send(b"late")
        peer.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(b"EARLY LATE", peer.rest())
        event = self.wait_event(proxy, "request", status=101)
        self.assertEqual((10, 17, ""), (event["in"], event["out"], event["reason"]))

    def test_the_server_may_end_first(self):
        def script(peer, _):
            peer.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(b"still", peer.rest())
        peer, _, proxy = self.upgrade(script)
        self.assertEqual(b"", peer.rest())
        peer.send(b"still")
        peer.sock.shutdown(socket.SHUT_WR)
        self.wait_event(proxy, "request", status=101, reason="")

    def test_the_answer_is_rebuilt(self):
        def serve(peer, _):
            peer.head()
            peer.send(switched("Sec-WebSocket-Protocol: chat", "Keep-Alive: x", "Alt-Svc: y"))
            peer.rest()
        peer = self.connect(self.proxy(Backend(self, serve).server, tls=False))
        peer.send(request(*FIELDS, "Sec-WebSocket-Protocol: chat"))
        head = peer.head()
        self.assertIn(b"\r\nSec-WebSocket-Protocol: chat", head)
        self.assertEqual(1, head.count(b"Connection: Upgrade"))
        self.assertEqual(1, head.lower().count(b"\r\nupgrade: websocket"))
        self.assertNotIn(b"Keep-Alive", head)

    def test_a_broken_wish_is_refused_and_not_forwarded(self):
        backend = Backend(self)
        proxy = self.proxy(backend.server, tls=False)
        for field, code in (("Sec-WebSocket-Version: 8", b"websocket-version"),
                            ("Sec-WebSocket-Version: 13, 8", b"websocket-version"),
                            ("Sec-WebSocket-Key: " + base64.b64encode(b"x" * 15).decode(),
                             b"websocket-key"),
                            ("Sec-WebSocket-Key: " + KEY[:-3] + "x==", b"websocket-key"),
                            ("Sec-WebSocket-Key: " + KEY[:-4] + "-g==", b"websocket-key"),
                            ("Sec-WebSocket-Key:", b"websocket-key")):
            name = field.split(":")[0]
            peer = self.connect(proxy)
            peer.send(request(*[f for f in FIELDS if not f.startswith(name)], field))
            head = peer.head()
            self.assert_status(head, 400)
            self.assertIn(code, peer.body(head))
            peer = self.connect(proxy)
            peer.send(request(*[f for f in FIELDS if not f.startswith(name)]))
            self.assert_status(peer.head(), 400)
            peer = self.connect(proxy)
            peer.send(request(*FIELDS, next(f for f in FIELDS if f.startswith(name))))
            self.assert_status(peer.head(), 400)
        self.assertEqual(0, backend.count)

    def test_other_upgrades_are_ordinary_requests_without_the_field(self):
        backend = Backend(self)
        proxy = self.proxy(backend.server, tls=False)
        http10 = request(line="GET / HTTP/1.0")
        for data in (request("Host: a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                             "HTTP2-Settings: AAMAAABkAAQAAP__"),
                     request("Host: a", "Connection: Upgrade", "Upgrade: h2c, websocket", *FIELDS[3:]),
                     request("Host: a", "Connection: Upgrade", "Upgrade: h2c", *FIELDS[2:]),
                     request("Host: a", "Connection: Upgrade", "Upgrade: devproof-tcp"),
                     request("Host: a", *FIELDS[2:]),
                     request(*FIELDS, line="POST / HTTP/1.1"),
                     request(*FIELDS, "Content-Length: 2") + b"hi", http10):
            peer = self.connect(proxy)
            peer.send(data)
            self.assert_status(peer.head(), 200)
            seen = backend.heads[-1].lower()
            self.assertNotIn(b"\r\nupgrade:", seen)
            self.assertNotIn(b"http2-settings", seen)
            self.assertNotIn(b"connection: upgrade", seen)

    def test_another_status_is_an_ordinary_answer_and_early_bytes_a_request(self):
        def serve(peer, _):
            while (head := peer.head()) is not None:
                peer.backend.heads.append(head)
                peer.send(OK.replace(b"200 OK", b"403 Forbidden") if b"/chat" in head else OK)
        backend = Backend(self, serve)
        peer = self.connect(self.proxy(backend.server, tls=False))
        peer.send(request() + request("Host: a", line="GET /next HTTP/1.1"))
        for status in (403, 200):
            head = peer.head()
            self.assert_status(head, status)
            peer.body(head)
        self.assertEqual(2, len(backend.heads))

    def test_a_101_that_is_no_answer_to_the_key_is_502(self):
        rows = (switched(accept=accept_of("x")), switched(accept="x"),
                switched().replace(b"websocket", b"h2c"),
                switched().replace(b"Connection: Upgrade", b"Connection: close"),
                switched().replace(b"Sec-WebSocket-Accept", b"X"),
                switched(f"Sec-WebSocket-Accept: {accept_of()}"),
                switched().replace(b"HTTP/1.1", b"HTTP/1.0"))

        def serve(peer, number):
            peer.head()
            peer.send(rows[number - 1])
            peer.rest()
        proxy = self.proxy(Backend(self, serve).server, tls=False)
        for row in rows:
            peer = self.connect(proxy)
            peer.send(request() + b"early")
            head = peer.head()
            self.assert_status(head, 502)
            self.assertIn(b"upstream-malformed", head, row)

    def test_an_idle_one_ends(self):
        _, _, proxy = self.upgrade(lambda peer, _: peer.rest())
        self.wait_event(proxy, "request", reason="tunnel-idle", status=101)

    def test_stopping_lets_it_go_on_for_the_time_of_draining(self):
        for end, reason in ((False, "drain-timeout"), (True, "")):
            peer, _, proxy = self.upgrade(lambda peer, _: peer.send(peer.rest()),
                                          options=("--set", f"drain={60000 if end else 300}"))
            proxy.process.send_signal(signal.SIGTERM)
            dt.wait_for(lambda proxy=proxy: self.is_refused(proxy), "closed listeners")
            if end:
                peer.send(b"late")
                peer.sock.shutdown(socket.SHUT_WR)
                self.assertEqual(b"late", peer.rest())
            self.assertEqual(0, proxy.wait_exit())
            self.assertEqual(reason, self.wait_event(proxy, "request", status=101)["reason"])

    def test_a_slow_reader_loses_nothing_and_holds_no_memory(self):
        gate, result = threading.Event(), []

        def script(peer, _):
            result.append(receive(peer, TOTAL, gate))
        peer, _, proxy = self.upgrade(script)
        sender = threading.Thread(target=send_all, args=(peer, TOTAL))
        sender.start()
        gate.set()
        sender.join(dt.DEADLINE_S)
        dt.wait_for(lambda: result, "all bytes")
        self.assertEqual([digest_of(TOTAL)], result)
        self.assertLess(self.stats(proxy)["queue_peak"], 65536 + 65536 + 16384)


if __name__ == "__main__":
    unittest.main()
