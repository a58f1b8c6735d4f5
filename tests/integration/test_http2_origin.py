#!/usr/bin/env python3
"""HTTP/2 towards an upstream: what is sent, and origins that misbehave, frame by frame."""
import threading
import unittest

import h2_frames as h2
from core_support import OK, TIMEOUT_S, Backend
from http2_support import Client, Http2Test, request

HEAD = [(":status", "200")]


class Origin(Client):
    """The server's end of a connection, in raw frames."""

    def __init__(self, peer, settings=()):
        super().__init__(peer.sock, preface=False)
        preface = peer.exactly(len(h2.PREFACE))
        assert preface == h2.PREFACE, preface
        self.data = peer.data
        self.send(h2.settings({h2.HEADER_TABLE_SIZE: 0, **dict(settings)}))

    def request(self):
        """The next stream whose head is complete; None at the end."""
        known = set(self.answers)
        while True:
            for stream in sorted(set(self.answers) - known):
                if self.answers[stream].heads:
                    return stream
            if self.read_frame() is None:
                return None

    def whole(self, stream):
        self.until(lambda: self.answer(stream).over, "the request")
        return self.answer(stream)

    def reply(self, stream, fields=None, body=b"ok", trailers=None):
        self.send(h2.frame(h2.HEADERS, h2.END_HEADERS, stream, h2.encode(fields or HEAD)))
        self.send(h2.frame(h2.DATA, 0 if trailers else h2.END_STREAM, stream, body))
        if trailers:
            self.send(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, stream,
                               h2.encode(trailers)))


def serve(peer, number, reply=Origin.reply, settings=()):
    """Answer every stream with reply(origin, stream)."""
    origin = Origin(peer, settings)
    peer.backend.origins = getattr(peer.backend, "origins", []) + [origin]
    del number
    while (stream := origin.request()) is not None:
        reply(origin, stream)


class Through(Http2Test):
    def through(self, reply=Origin.reply, *options, script=None, **kwargs):
        self.origin = Backend(self, script or (lambda p, n: serve(p, n, reply, **kwargs)))
        self.gateway = self.proxy(self.origin.server, "--h2", "--upstream-h2", "--failures",
                                  *options)
        return self.open()


class Sent(Through):
    def head(self, number=0, stream=1):
        return self.origin.origins[number].answers[stream].heads[0]

    def test_the_head_is_rebuilt(self):
        client = self.through()
        answer = client.ask(request("/a?b", "GET", ("te", "trailers"), ("x-devproof-a", "1"),
                                    ("cookie", "a=1"), ("cookie", "b=2")))
        self.assertEqual((200, b"ok", "2 devproof"), (answer.status, answer.body, answer.get("via")))
        fields = self.head()
        self.assertEqual([(":method", "GET"), (":scheme", "http"), (":authority", "localhost"),
                          (":path", "/a?b")], fields[:4])
        rest = dict(fields[4:])
        self.assertEqual(("trailers", "2 devproof", "a=1; b=2", "127.0.0.1", "https"),
                         tuple(rest[n] for n in ("te", "via", "cookie", "x-forwarded-for",
                                                 "x-forwarded-proto")))
        for gone in ("connection", "transfer-encoding", "host", "x-devproof-a"):
            self.assertNotIn(gone, rest)

    def test_bodies_and_trailers_go_both_ways(self):
        def reply(origin, stream):
            got = origin.whole(stream)
            origin.reply(stream, HEAD, got.body[:5] + b"%d" % len(got.body),
                         [("seen", got.heads[1][0][1] if len(got.heads) > 1 else "none")])
        client = self.through(reply)
        stream = client.open(request("/", "POST", ("te", "trailers")), False)
        client.body(stream, b"hello" * 10000, False)
        client.open([("mark", "7")], True, stream)
        answer = client.finish(stream)
        self.assertEqual((b"hello50000", [("seen", "7")]), (answer.body, answer.trailers))

    def test_clients_of_http_1_1_are_served_too(self):
        def reply(origin, stream):
            path = dict(origin.answer(stream).heads[0])[":path"]
            if path == "/none":
                origin.send(h2.frame(h2.HEADERS, 5, stream, h2.encode(HEAD)))
            else:
                origin.reply(stream, HEAD, b"body")
        self.through(reply)
        peer = self.connect(self.gateway)
        for path, body in (("/none", b""), ("/some", b"body"), ("/none", b"")):
            peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            head = peer.head()
            self.assert_status(head, 200)
            self.assertEqual(body, peer.body(head))

    def test_many_requests_share_a_connection(self):
        client = self.through(Origin.reply, "--set", "upstream_connections=1",
                              settings={h2.MAX_CONCURRENT_STREAMS: 2})
        streams = [client.open(request(f"/{i}")) for i in range(50)]
        self.assertEqual([b"ok"] * 50, [client.finish(s).body for s in streams])
        self.assertEqual(1, self.origin.count)

    def test_a_slow_client_holds_its_stream_only(self):
        def reply(origin, stream):
            if dict(origin.answer(stream).heads[0])[":path"] != "/pour":
                origin.reply(stream)
                return
            origin.send(h2.frame(h2.HEADERS, h2.END_HEADERS, stream, h2.encode(HEAD)))
            origin.pour, origin.left = stream, 65535
            while origin.left:
                n = min(origin.left, 16384)
                origin.send(h2.frame(h2.DATA, 0, stream, bytes(n)))
                origin.left -= n
        client = self.through(reply)
        client.credit = False
        client.send(h2.window_update(0, 1 << 30))
        stream = client.open(request("/pour"))
        client.until(lambda: len(client.answer(stream).body) == 65535, "the first window")
        for _ in range(5):
            self.assertEqual(b"ok", client.ask(request("/next")).body)
        origin = self.origin.origins[0]
        self.assertLessEqual(origin.updates.get(stream, 0), 65535)
        self.assertLess(self.stats(self.gateway)["queue_peak"], 1 << 18)

    def test_a_cancelled_request_is_reset(self):
        seen, reset = threading.Event(), threading.Event()

        def reply(origin, stream):
            seen.set()
            origin.until(lambda: origin.answer(stream).reset is not None, "RST_STREAM")
            self.assertEqual(h2.CANCEL, origin.answer(stream).reset)
            reset.set()
        client = self.through(reply)
        stream = client.open(request("/"))
        self.assertTrue(seen.wait(TIMEOUT_S))
        client.send(h2.rst_stream(stream))
        self.assertTrue(reset.wait(TIMEOUT_S))


class Bad(Through):
    BROKEN = [
        [("ok", "1")], [(":status", "20")], [(":status", "700")], [(":status", "101")],
        [(":status", "200"), (":status", "200")], [(":status", "200"), ("Upper", "x")],
        [(":status", "200"), ("a", "x\r\ny: z")], [(":status", "200"), ("connection", "close")],
        [(":status", "200"), ("transfer-encoding", "chunked")],
        [(":status", "200"), (":path", "/")], [("a", "b"), (":status", "200")],
        [(":status", "200"), ("content-length", "x")], [(":status", "200"), ("a", "x" * 20000)],
    ]

    def test_heads_that_cannot_be_read(self):
        rows = iter(self.BROKEN)

        def reply(origin, stream):
            block = h2.encode(next(rows))
            origin.send(h2.frame(h2.HEADERS, 0, stream, block[:9000]),
                        h2.frame(h2.CONTINUATION, h2.END_HEADERS, stream, block[9000:]))
        client = self.through(reply)
        for fields in self.BROKEN:
            answer = client.ask(request("/"))
            self.assertEqual((502, True), (answer.status, answer.ended), fields)

    def test_answers_that_end_early_are_cut(self):
        def reply(origin, stream):
            fields = HEAD + [("content-length", "9")]
            origin.send(h2.frame(h2.HEADERS, h2.END_HEADERS, stream, h2.encode(fields)))
            if dict(origin.answer(stream).heads[0])[":path"] == "/reset":
                origin.send(h2.frame(h2.DATA, 0, stream, b"half"), h2.rst_stream(stream))
            else:
                origin.send(h2.frame(h2.DATA, h2.END_STREAM, stream, b"half"))
        client = self.through(reply)
        for path in ("/reset", "/short"):
            answer = client.ask(request(path))
            # What was cut at once may take the head with it.
            self.assertIn(answer.status, (200, None))
            self.assertEqual((h2.INTERNAL_ERROR, False), (answer.reset, answer.ended), path)

    def test_what_was_not_processed_is_sent_once_more(self):
        for how in ("goaway", "refused"):
            def script(peer, number, how=how):
                if number > 1:
                    serve(peer, number)
                    return
                origin = Origin(peer)
                stream = origin.request()
                if how == "goaway":
                    origin.send(h2.frame(h2.GOAWAY, 0, 0, bytes(8)))
                    origin.end()
                    return
                origin.send(h2.rst_stream(stream, h2.REFUSED_STREAM))
                origin.reply(origin.request())
                origin.end()
            client = self.through(script=script)
            answer = client.ask(request("/", "POST", ("content-length", "0")))
            self.assertEqual((200, b"ok"), (answer.status, answer.body), how)
            self.assertEqual(1, self.stats(self.gateway)["retries"])

    def test_what_may_have_been_processed_is_not(self):
        def script(peer, number):
            origin = Origin(peer)
            origin.whole(origin.request())
            if number == 1:
                origin.send(h2.frame(h2.GOAWAY, 0, 0, b"\0\0\0\1" + bytes(4)))
        client = self.through(script=script)
        answer = client.ask(request("/", "POST"), b"body")
        self.assertEqual((502, True), (answer.status, answer.ended))
        self.assertEqual((1, 0), (self.origin.count, self.stats(self.gateway)["retries"]))

    def test_an_origin_that_speaks_something_else(self):
        def script(peer, number):
            del number
            peer.exactly(24)
            peer.send(OK)
            peer.rest()
        client = self.through(script=script)
        self.assertEqual(502, client.ask(request("/")).status)

    def test_an_origin_that_says_nothing(self):
        def script(peer, number):
            del number
            peer.rest()
        client = self.through(None, "--set", "first_byte=300", script=script)
        self.assertEqual(504, client.ask(request("/")).status)

    def test_an_origin_that_is_not_there(self):
        self.gateway = self.proxy("127.0.0.1:9", "--h2", "--upstream-h2", "--failures")
        client = self.open()
        for _ in range(3):
            answer = client.ask(request("/"))
            self.assertEqual(502, answer.status)
            self.assertIn(b"upstream-refused", answer.body)


if __name__ == "__main__":
    unittest.main()
