#!/usr/bin/env python3
"""WebSockets towards an upstream of HTTP/2: extended CONNECT where it is offered, else nothing."""
import threading
import unittest

import devproof_testing as dt
import h2_frames as h2
from core_support import client_context
from core_websocket import KEY, accept_of
from core_websocket import request as upgrade_request
from http2_support import request
from test_http2_origin import HEAD, Origin, Through
from test_http2_websocket import connect

OFFERED = {h2.ENABLE_CONNECT_PROTOCOL: 1}


def headers(stream, fields, flags=h2.END_HEADERS):
    return h2.frame(h2.HEADERS, flags, stream, h2.encode(fields))


class Upstream(Through):
    def serve(self, reply, settings=OFFERED, **kwargs):
        """The engine before an origin that answers /next, and /chat by reply."""
        def either(origin, stream):
            if dict(origin.answer(stream).heads[0])[":path"] == "/next":
                origin.reply(stream)
            else:
                reply(origin, stream)
        return self.through(either, settings=settings, **kwargs)

    def peer(self, early=b""):
        """A client of HTTP/1.1 that asks for a WebSocket."""
        peer = self.connect(self.gateway, client_context())
        peer.send(upgrade_request() + early)
        return peer

    @staticmethod
    def echo(origin, stream):
        """Sends back until the client ends, then ends too."""
        origin.send(headers(stream, HEAD + [("sec-websocket-protocol", "chat")]))
        answer, sent = origin.answer(stream), 0
        while True:
            data = answer.body[sent:].upper()
            sent += len(data)
            flags = h2.END_STREAM if answer.ended else 0
            if data or flags:
                origin.send(h2.frame(h2.DATA, flags, stream, data))
            if flags or answer.reset is not None or origin.read_frame() is None:
                return

    def test_a_client_of_http_1_1(self):
        self.serve(self.echo)
        peer = self.peer(b"early ")
        head = peer.head()
        self.assert_status(head, 101)
        for field in (b"Connection: Upgrade", b"Upgrade: websocket",
                      b"sec-websocket-protocol: chat",
                      b"Sec-WebSocket-Accept: " + accept_of(KEY).encode()):
            self.assertEqual(1, head.count(b"\r\n" + field + b"\r\n"), head)
        peer.send(b"late")
        self.assertEqual(b"EARLY LATE", peer.exactly(10))
        peer.half_close()
        self.assertEqual(b"", peer.rest())
        fields = self.origin.origins[0].answers[1].heads[0]
        self.assertEqual([(":method", "CONNECT"), (":scheme", "http"), (":authority", "a"),
                          (":path", "/chat"), (":protocol", "websocket")], fields[:5])
        names = [n for n, _ in fields]
        self.assertIn("sec-websocket-version", names)
        for gone in ("upgrade", "connection", "sec-websocket-key"):
            self.assertNotIn(gone, names)
        self.wait_event(self.gateway, "request", status=101, reason="")

    def test_a_client_of_http_2_and_others_beside_it(self):
        client = self.serve(self.echo)
        stream = client.open(connect(), False)
        client.body(stream, b"early ", False)
        client.head(stream)
        client.body(stream, b"late")
        answer = client.finish(stream)
        self.assertEqual((200, b"EARLY LATE", True, None),
                         (answer.status, answer.body, answer.ended, answer.reset))
        self.assertIsNone(answer.get("sec-websocket-accept"))
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual(1, self.origin.count)
        self.wait_event(self.gateway, "request", status=200, reason="", **{"in": 10})

    def test_the_server_may_end_first(self):
        def reply(origin, stream):
            origin.send(headers(stream, HEAD), h2.frame(h2.DATA, h2.END_STREAM, stream, b"bye"))
            origin.until(lambda: origin.answer(stream).ended, "the client's end")
        client = self.serve(reply)
        stream = client.open(connect(), False)
        self.assertEqual(b"bye", client.finish(stream).body)
        client.body(stream, b"still")
        self.wait_event(self.gateway, "request", status=200, reason="", **{"in": 5})
        dt.wait_for(lambda: self.origin.origins[0].answers[1].body == b"still", "every byte")
        peer = self.peer()
        self.assert_status(peer.head(), 101)
        self.assertEqual(b"bye", peer.rest())
        peer.send(b"still")
        peer.half_close()
        self.wait_event(self.gateway, "request", status=101, reason="", **{"in": 5})

    def test_resets_pass_both_ways(self):
        reset = threading.Event()

        def reply(origin, stream):
            origin.send(headers(stream, HEAD))
            origin.until(lambda: origin.answer(stream).body, "a byte")
            if origin.answer(stream).body == b"s":
                origin.send(h2.rst_stream(stream))
                return
            origin.until(lambda: origin.answer(stream).reset is not None, "RST_STREAM")
            self.assertEqual(h2.CANCEL, origin.answer(stream).reset)
            reset.set()
        client = self.serve(reply)
        stream = client.open(connect(), False)
        client.body(stream, b"s", False)
        self.assertEqual(h2.CANCEL, client.finish(stream).reset)
        stream = client.open(connect(), False)
        client.body(stream, b"c", False)
        client.head(stream)
        client.send(h2.rst_stream(stream))
        self.assertTrue(reset.wait(dt.DEADLINE_S))

    def test_an_idle_one_ends(self):
        def reply(origin, stream):
            origin.send(headers(stream, HEAD))
            origin.until(lambda: origin.answer(stream).reset is not None, "RST_STREAM")
        client = self.serve(reply)
        self.assertEqual(h2.CANCEL, client.finish(client.open(connect(), False)).reset)
        self.wait_event(self.gateway, "request", reason="tunnel-idle")

    def test_a_client_that_takes_nothing_gets_no_more_than_fits(self):
        def reply(origin, stream):
            origin.send(headers(stream, HEAD))
            sent, total = 0, 4 << 20
            while sent < total:
                room = 65535 + origin.updates.get(stream, 0) - sent
                if room > 0:
                    n = min(room, 16384, total - sent)
                    origin.send(h2.frame(h2.DATA, 0, stream, bytes(n)))
                    sent += n
                elif origin.read_frame() is None:
                    return
            origin.send(h2.frame(h2.DATA, h2.END_STREAM, stream))
        client = self.serve(reply)
        client.credit = False
        client.send(h2.window_update(0, 1 << 24))
        stream = client.open(connect(), False)
        client.until(lambda: len(client.answer(stream).body) == 65535, "the window")
        client.sync()
        self.assertLess(self.stats(self.gateway)["queue_peak"], 65536 + 65536 + 16384)
        client.send(h2.window_update(stream, 1 << 24))
        self.assertEqual(4 << 20, len(client.finish(stream).body))

    def test_who_does_not_offer_it_is_not_asked(self):
        client = self.serve(self.echo, settings={})
        for _ in range(2):
            answer = client.finish(client.open(connect(), False))
            self.assertEqual(502, answer.status)
            self.assertIn(b"upstream-protocol", answer.body)
        self.assert_status(self.peer().head(), 502)
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual(["/next"], [dict(a.heads[0])[":path"]
                                     for a in self.origin.origins[0].answers.values()])

    def test_another_status_is_an_ordinary_answer(self):
        def reply(origin, stream):
            origin.reply(stream, [(":status", "403"), ("content-length", "2")], b"no")
        client = self.serve(reply)
        answer = client.finish(client.open(connect(), False))
        self.assertEqual((403, b"no", True), (answer.status, answer.body, answer.ended))
        peer = self.peer()
        head = peer.head()
        self.assert_status(head, 403)
        self.assertEqual(b"no", peer.body(head))
        origin = self.origin.origins[0]
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual([h2.CANCEL] * 2, [origin.answer(s).reset for s in (1, 3)])


if __name__ == "__main__":
    unittest.main()
