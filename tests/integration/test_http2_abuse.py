#!/usr/bin/env python3
"""Attacks of HTTP/2, one each: who does it loses the connection, the origin and others notice little."""
import struct
import threading
import unittest

import h2_frames as h2
from core_support import TIMEOUT_S
from http2_support import Http2Test, request

MANY = 5000


class Abuse(Http2Test):
    def setUp(self):
        super().setUp()
        self.release = threading.Event()
        self.addCleanup(self.release.set)

        def hold(connection, message):
            del connection, message
            self.release.wait(TIMEOUT_S)
            return False
        self.start_proxy(answers={"/hold": hold})

    def assert_ended(self, client, codes, reason):
        self.assertIn(client.end(), codes)
        event = self.wait_event(self.gateway, "connection", reason=reason)
        self.assert_next_works()
        return event

    def flood(self, piece, reason="http2-flood", codes=(h2.ENHANCE_YOUR_CALM,), client=None):
        """The same frames again and again, in big writes."""
        client = client or self.open()
        for _ in range(MANY // 100):
            if not client.send(piece * 100):
                break
        return self.assert_ended(client, codes, reason)

    def requests_and(self, after, path="/hold"):
        """Streams opened and spoilt at full speed. Returns: how many the origin has seen."""
        client = self.open()
        block = h2.encode(request(path))
        client.sync()
        for i in range(0, MANY, 100):
            frames = []
            for n in range(i, i + 100):
                stream = 2 * n + 1
                frames += [h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, stream, block),
                           after(stream)]
            if not client.send(*frames):
                break
        # Who opens too many streams before it has read the first answer may hear that instead.
        self.assertIn(client.end(), (h2.ENHANCE_YOUR_CALM, h2.PROTOCOL_ERROR))
        self.assert_next_works()
        return self.backend.begun(path)

    def test_rapid_reset(self):
        self.assertLess(self.requests_and(h2.rst_stream), 400)

    def test_made_you_reset_by_window(self):
        self.assertLess(self.requests_and(lambda s: h2.window_update(s, 0x7fffffff)), 400)

    def test_made_you_reset_by_zero_increment(self):
        client = self.open()
        block = h2.encode(request("/hold"))
        for n in range(MANY):
            if not client.send(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 2 * n + 1, block),
                               h2.window_update(2 * n + 1, 0)):
                break
        self.assertIn(client.end(), (h2.ENHANCE_YOUR_CALM, h2.PROTOCOL_ERROR))
        self.assertLess(self.backend.begun("/hold"), 400)
        self.assert_next_works()

    def test_made_you_reset_by_content_length(self):
        client = self.open()
        block = h2.encode(request("/hold", "POST", ("content-length", "1")))
        for n in range(MANY):
            if not client.send(h2.frame(h2.HEADERS, h2.END_HEADERS, 2 * n + 1, block),
                               h2.frame(h2.DATA, h2.END_STREAM, 2 * n + 1, b"xx")):
                break
        self.assert_ended(client, (h2.ENHANCE_YOUR_CALM,), "http2-flood")
        self.assertLess(self.backend.begun("/hold"), 400)

    def test_malformed_requests_at_full_speed(self):
        client = self.open()
        block = h2.encode(request("/hold", "GET", ("connection", "x")))
        for n in range(MANY):
            if not client.send(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 2 * n + 1,
                                        block)):
                break
        self.assert_ended(client, (h2.ENHANCE_YOUR_CALM,), "http2-flood")
        self.assert_nothing_reached("/hold")

    def test_more_streams_than_allowed(self):
        client = self.open()
        client.sync()
        self.assertEqual(100, client.settings[h2.MAX_CONCURRENT_STREAMS])
        for _ in range(100):
            client.open(request("/hold"))
        client.send(h2.frame(h2.HEADERS, 5, 201, h2.encode(request("/bad"))))
        self.assertEqual(h2.PROTOCOL_ERROR, client.end())
        self.assert_nothing_reached("/bad")

    def test_more_streams_before_the_limit_is_known(self):
        client = self.open()
        streams = [client.open(request("/hold")) for _ in range(101)]
        self.assertEqual(h2.REFUSED_STREAM, client.finish(streams[100]).reset)
        self.assertLessEqual(self.backend.begun("/hold"), 100)

    def test_continuation_flood(self):
        client = self.open()
        client.send(h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.encode(request("/hold"))))
        piece = h2.frame(h2.CONTINUATION, 0, 1, h2.literal("a", "x" * 10))
        for _ in range(MANY):
            if not client.send(piece):
                break
        client.end()
        self.wait_event(self.gateway, "connection", reason="http2-flood")
        self.assert_nothing_reached("/hold")
        self.assert_next_works()

    def test_empty_continuations(self):
        client = self.open()
        client.send(h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.encode(request("/hold"))))
        for _ in range(MANY):
            if not client.send(h2.frame(h2.CONTINUATION, 0, 1)):
                break
        client.end()
        self.assert_nothing_reached("/hold")
        self.assert_next_works()

    def test_hpack_bomb(self):
        # One field of 4,000 bytes goes to the table, then each byte of the block names it again.
        client = self.open()
        block = h2.encode(request("/hold")) + h2.literal("a", "x" * 4000, 0x40) + b"\xbe" * 10000
        client.send(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, block))
        self.assert_ended(client, (h2.ENHANCE_YOUR_CALM,), "http2-header-block")
        self.assert_nothing_reached("/hold")

    def test_a_bomb_below_that_is_refused_alone(self):
        client = self.open()
        block = h2.encode(request("/hold")) + h2.literal("a", "x" * 4000, 0x40) + b"\xbe" * 5
        client.send(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, block))
        self.assertEqual(431, client.finish(1).status)
        client.next_id = 3
        self.assert_next_works(client)

    def test_table_sizes_beyond_what_was_offered(self):
        client = self.open()
        client.send(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1,
                             h2.integer(1 << 20, 5, 0x20) + h2.encode(request("/hold"))))
        self.assert_ended(client, (h2.COMPRESSION_ERROR,), "http2-protocol")
        self.assert_nothing_reached("/hold")

    def test_settings_flood(self):
        self.flood(h2.settings({h2.INITIAL_WINDOW_SIZE: 1000}))

    def test_ping_flood(self):
        self.flood(h2.frame(h2.PING, 0, 0, b"12345678"))

    def test_priority_flood(self):
        self.flood(h2.frame(h2.PRIORITY, 0, 1001, struct.pack(">IB", 0, 9)))

    def test_window_update_flood(self):
        self.flood(h2.window_update(0, 1))

    def test_unknown_frames_keep_nothing_alive(self):
        gateway = self.proxy(self.backend.server, "--h2", "--set", "idle=300")
        client = self.open(gateway)
        while client.send(h2.frame(0x77, 0, 0, b"x") * 10):
            pass
        self.wait_event(gateway, "connection", reason="idle-timeout")

    def test_empty_data_flood(self):
        client = self.open()
        stream = client.open(request("/up", "POST"), False)
        self.flood(h2.frame(h2.DATA, 0, stream), client=client)

    def test_padding_only_flood(self):
        client = self.open()
        stream = client.open(request("/up", "POST"), False)
        self.flood(h2.frame(h2.DATA, h2.PADDED, stream, b"\x02\0\0"), client=client)
        self.assertEqual([], self.backend.seen("/up"))

    def test_a_polite_connection_may_ping_and_reset(self):
        client = self.open()
        for n in range(300):
            self.assert_next_works(client)
            client.sync(n.to_bytes(8, "big"))
            if n % 2:
                client.send(h2.rst_stream(client.open(request("/hold"))))
        self.assertIsNone(client.goaway)


# What the library must know, since everything above rests on it.
PROTOCOL = [
    ("no preface", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", False),
    ("data on stream 0", h2.frame(h2.DATA, 0, 0, b"x"), True),
    ("headers on an even stream", h2.frame(h2.HEADERS, 5, 2, h2.encode(request("/hold"))), True),
    ("a push", h2.frame(h2.PUSH_PROMISE, 4, 1, b"\0\0\0\2" + h2.encode(request("/hold"))), True),
    ("settings of 5 bytes", h2.frame(h2.SETTINGS, 0, 0, b"12345"), True),
    ("a ping of 7 bytes", h2.frame(h2.PING, 0, 0, b"1234567"), True),
    ("a window over its bound", h2.window_update(0, 0x7fffffff) * 2, True),
    ("a frame that is too long", h2.frame(h2.DATA, 0, 1, bytes(20000)), True),
    ("continuation of nothing", h2.frame(h2.CONTINUATION, 4, 1, b""), True),
    ("data on an idle stream", h2.frame(h2.DATA, 0, 1, b"x"), True),
    ("another frame in a header block", h2.frame(h2.HEADERS, 1, 1, h2.encode(request("/hold"))) +
     h2.frame(h2.PING, 0, 0, b"12345678"), True),
    ("an index beyond the table", h2.frame(h2.HEADERS, 5, 1, b"\xff\x80\x01"), True),
    ("padding longer than the frame", h2.frame(h2.HEADERS, 13, 1, b"\xffxx"), True),
]


class Protocol(Http2Test):
    def test_broken_connections_end(self):
        self.start_proxy()
        for name, data, preface in PROTOCOL:
            with self.subTest(name=name):
                client = self.open(preface=preface)
                client.send(data)
                code = client.end()
                self.assertNotEqual(h2.NO_ERROR, code)
        self.assertEqual(0, self.backend.begun("/hold"))
        self.assert_next_works()


if __name__ == "__main__":
    unittest.main()
