#!/usr/bin/env python3
"""WebSockets over HTTP/2 (RFC 8441), frame by frame: an upgrade at the upstream, a stream here."""
import base64
import hashlib
import socket
import threading
import unittest

import devproof_testing as dt
import h2_frames as h2
from core_support import OK, Backend
from core_websocket import accept_of, switched
from http2_support import Http2Test, request

BIG = bytes(range(256)) * 8192


def connect(path="/chat", *fields, protocol="websocket", version="13"):
    head = [(":method", "CONNECT"), (":protocol", protocol), (":scheme", "https"), (":path", path),
            (":authority", "localhost"), ("sec-websocket-version", version)]
    return [f for f in head if f[1] is not None] + list(fields)


def key_of(head):
    return next(line.split(b": ")[1] for line in head.split(b"\r\n")
                if line.lower().startswith(b"sec-websocket-key")).decode()


class WebSocketTest(Http2Test):
    def serve(self, script, *options, after=b"", more=()):
        """The engine before a backend that switches for /chat; an open client."""
        def each(peer, number):
            while (head := peer.head()) is not None:
                peer.backend.heads.append(head)
                if not head.startswith(b"GET /chat "):
                    peer.send(OK)
                    continue
                peer.send(switched(*more, accept=accept_of(key_of(head))) + after)
                script(peer, number)
                return
        self.origin = Backend(self, each)
        self.gateway = self.proxy(self.origin.server, "--h2", "--failures", *options)
        return self.open()

    def upgrade(self, client, *fields):
        stream = client.open(connect("/chat", *fields), False)
        self.assertEqual(200, client.head(stream).status, client.answer(stream))
        return stream

    def assert_ok(self, client):
        self.assertEqual(b"ok", client.ask(request("/next")).body)


class Tunnels(WebSocketTest):
    def test_it_is_offered(self):
        client = self.serve(None)
        self.assert_ok(client)
        self.assertEqual(1, client.settings[h2.ENABLE_CONNECT_PROTOCOL])

    def test_bytes_flow_both_ways_and_the_client_may_end_first(self):
        client = self.serve(lambda peer, _: peer.send(peer.rest().upper()), after=b"behind ",
                            more=("Sec-WebSocket-Protocol: chat", "Alt-Svc: h3"))
        stream = client.open(connect("/chat", ("sec-websocket-protocol", "chat"),
                                     ("origin", "https://a.test"), ("cookie", "a=1")), False)
        client.body(stream, b"early ", False)
        client.head(stream)
        client.body(stream, b"late")
        answer = client.finish(stream)
        self.assertEqual((200, b"behind EARLY LATE", True, None),
                         (answer.status, answer.body, answer.ended, answer.reset))
        self.assertEqual("chat", answer.get("sec-websocket-protocol"))
        for gone in ("sec-websocket-accept", "upgrade", "connection", "content-length"):
            self.assertIsNone(answer.get(gone))
        head = self.origin.heads[0]
        self.assertTrue(head.startswith(b"GET /chat HTTP/1.1\r\nHost: localhost\r\n"), head)
        for field in (b"Connection: Upgrade", b"Upgrade: websocket", b"sec-websocket-version: 13",
                      b"origin: https://a.test", b"cookie: a=1", b"Via: 2 devproof"):
            self.assertEqual(1, head.count(b"\r\n" + field + b"\r\n"), field)
        self.assertEqual(16, len(base64.b64decode(key_of(head), validate=True)))
        event = self.wait_event(self.gateway, "request", status=200, reason="")
        self.assertEqual((10, 17), (event["in"], event["out"]))
        self.assert_ok(client)

    def test_the_server_may_end_first(self):
        got = []

        def script(peer, _):
            peer.sock.shutdown(socket.SHUT_WR)
            got.append(peer.rest())
        client = self.serve(script)
        stream = self.upgrade(client)
        self.assertTrue(client.finish(stream).ended)
        client.body(stream, b"still")
        self.wait_event(self.gateway, "request", status=200, reason="")
        dt.wait_for(lambda: got == [b"still"], "what came after the server's end")
        self.assert_ok(client)

    def test_a_key_of_the_client_means_nothing_and_each_has_its_own(self):
        client = self.serve(lambda peer, _: peer.rest())
        for _ in range(2):
            self.upgrade(client, ("sec-websocket-key", "x"))
        keys = [key_of(h) for h in self.origin.heads]
        self.assertEqual(2, len(set(keys)))
        self.assertNotIn("x", keys)

    def test_a_reset_ends_the_other_side(self):
        ended = threading.Event()

        def script(peer, _):
            if peer.exactly(1) == b"c":
                peer.rest()
                ended.set()
            else:
                peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client = self.serve(script)
        stream = self.upgrade(client)
        client.body(stream, b"c", False)
        client.send(h2.rst_stream(stream))
        self.assertTrue(ended.wait(dt.DEADLINE_S))
        self.wait_event(self.gateway, "request", status=200, reason="client-reset")
        stream = self.upgrade(client)
        client.body(stream, b"s", False)
        self.assertEqual((h2.CANCEL, False), (client.finish(stream).reset,
                                              client.answer(stream).ended))
        self.assert_ok(client)

    def test_an_idle_one_ends_alone(self):
        client = self.serve(lambda peer, _: peer.rest())
        stream = self.upgrade(client)
        self.assertEqual(h2.CANCEL, client.finish(stream).reset)
        self.wait_event(self.gateway, "request", status=200, reason="tunnel-idle")
        self.assert_ok(client)

    def test_many_on_one_connection(self):
        client = self.serve(lambda peer, _: peer.send(peer.rest()))
        streams = [self.upgrade(client) for _ in range(60)]
        for stream in streams:
            client.body(stream, b"%d" % stream)
        self.assertEqual([b"%d" % s for s in streams], [client.finish(s).body for s in streams])
        self.assertEqual(60, self.origin.count)


class Slow(WebSocketTest):
    def test_a_client_that_takes_nothing_holds_up_its_stream_alone(self):
        client = self.serve(lambda peer, _: peer.send(BIG) or peer.rest())
        client.credit = False
        client.send(h2.window_update(0, 1 << 24))
        stream = self.upgrade(client)
        client.until(lambda: len(client.answer(stream).body) == 65535, "the first window")
        for _ in range(20):
            self.assert_ok(client)
        self.assertEqual(65535, len(client.answer(stream).body))
        client.send(h2.window_update(stream, 1 << 24))
        client.until(lambda: len(client.answer(stream).body) == len(BIG), "every byte")
        self.assertEqual(BIG, client.answer(stream).body)
        self.assertLess(self.stats(self.gateway)["queue_peak"], 65536 + 65536 + 16384)

    def test_a_server_that_takes_nothing_closes_the_window(self):
        gate, result = threading.Event(), []

        def script(peer, _):
            gate.wait(dt.DEADLINE_S)
            got = hashlib.sha256(peer.data)
            while piece := peer.sock.recv(65536):
                got.update(piece)
            result.append(got.digest())
        client = self.serve(script)
        stream = self.upgrade(client)
        sent, window, total = 0, 262144, 16 << 20  # the sockets in between take some of it
        expected = hashlib.sha256()
        while sent < total:
            room = window + client.updates.get(stream, 0) - sent
            n = min(room, 16384, total - sent)
            if n > 0:
                client.send(h2.frame(h2.DATA, 0, stream, BIG[sent % 99:][:n]))
                expected.update(BIG[sent % 99:][:n])
                sent += n
            elif gate.is_set():
                client.read_frame()
            else:
                for _ in range(5):
                    self.assert_ok(client)
                if window + client.updates.get(stream, 0) == sent:
                    gate.set()
        self.assertTrue(gate.is_set(), "the window never closed")
        client.body(stream)
        self.assertTrue(client.finish(stream).ended)
        self.assertEqual([expected.digest()], result)
        self.wait_event(self.gateway, "request", status=200, reason="")


class Refused(WebSocketTest):
    ROWS = [(connect(version="8"), 400, b"websocket-version"),
            (connect(version=None), 400, b"websocket-version"),
            (connect(protocol="connect-udp"), 501, b"connect-protocol"),
            (connect("/chat", ("content-length", "0")), 400, b"connect-body")]

    def test_what_is_no_websocket_is_refused_and_not_forwarded(self):
        client = self.serve(None)
        for fields, status, code in self.ROWS:
            stream = client.open(fields, False)
            answer = client.finish(stream)
            self.assertEqual((status, True), (answer.status, answer.ended), fields)
            self.assertIn(code, answer.body)
        for fields in (request("/", "GET", (":protocol", "websocket")),
                       request("/", "CONNECT"), connect("chat")):
            answer = client.finish(client.open(fields, False))
            self.assertTrue(answer.reset == h2.PROTOCOL_ERROR or answer.status == 400, answer)
        self.assertEqual([], self.origin.heads)
        self.assert_ok(client)

    def test_another_answer_is_passed_on_unless_it_looks_like_success(self):
        closing = OK.replace(b"200 OK", b"403 Forbidden\r\nConnection: close")
        rows = [(closing, 403, b"ok"),
                (OK, 502, b"upstream-malformed"),
                (switched(accept=accept_of("x")), 502, b"upstream-malformed"),
                (switched().replace(b"websocket", b"h2c"), 502, b"upstream-malformed")]

        def serve(peer, number):
            peer.head()
            peer.send(rows[number - 1][0])
            peer.rest()
        self.origin = Backend(self, serve)
        self.gateway = self.proxy(self.origin.server, "--h2", "--failures")
        client = self.open()
        for row, status, text in rows:
            answer = client.finish(client.open(connect(), False))
            self.assertEqual((status, True), (answer.status, answer.ended), row)
            self.assertIn(text, answer.body)


if __name__ == "__main__":
    unittest.main()
