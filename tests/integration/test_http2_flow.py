#!/usr/bin/env python3
"""Flow control from end to end: a slow side of one stream holds neither the others nor memory."""
import threading
import unittest

import h2_frames as h2
from core_support import TIMEOUT_S
from http2_support import Http2Test, request

TOTAL = 4 << 20
STREAM_WINDOW = 256 * 1024
# The high mark and one read of a socket: what may wait for a stream.
BOUND = 65536 + 2 * 65536 + 4096


def pour(connection, message):
    """A big answer."""
    del message
    connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\n".encode())
    for _ in range(TOTAL >> 16):
        connection.send(bytes(65536))
    return True


class Flow(Http2Test):
    def test_a_stream_without_window_holds_nothing(self):
        self.start_proxy(answers={"/pour": pour})
        client = self.open()
        client.credit = False
        client.send(h2.window_update(0, 1 << 30))
        stream = client.open(request("/pour"))
        client.until(lambda: len(client.answer(stream).body) == 65535, "the first window")
        # Others on the same connection go on, and what waits stays bounded.
        for _ in range(20):
            self.assert_next_works(client)
        peak = self.stats(self.gateway)["queue_peak"]
        self.assertGreater(peak, 65535)
        self.assertLessEqual(peak, BOUND)
        client.credit = True
        client.send(h2.window_update(stream, 1 << 20))
        self.assertEqual(TOTAL, len(client.finish(stream).body))

    def test_a_connection_without_window_holds_little(self):
        self.start_proxy(answers={"/pour": pour})
        client = self.open()
        client.credit = False
        streams = [client.open(request("/pour")) for _ in range(10)]
        client.until(lambda: sum(len(client.answer(s).body) for s in streams) == 65535,
                     "the window of the connection")
        client.sync()
        self.assertLessEqual(self.stats(self.gateway)["queue_peak"], BOUND)
        self.assert_next_works()
        client.credit = True
        client.send(h2.window_update(0, 1 << 30))
        for s in streams:
            client.send(h2.window_update(s, 1 << 20))
        self.assertEqual([TOTAL] * 10, [len(client.finish(s).body) for s in streams])

    def test_streams_take_turns(self):
        self.start_proxy(answers={"/pour": pour})
        client = self.open()
        client.credit = False
        client.send(h2.window_update(0, 1 << 30))
        streams = [client.open(request("/pour")) for _ in range(3)]
        client.until(lambda: all(len(client.answer(s).body) == 65535 for s in streams),
                     "all three origins to pour")
        client.credit = True
        with client.together():
            for s in streams:
                client.send(h2.window_update(s, 65535))
        client.until(lambda: any(client.answer(s).over for s in streams), "the first to end")
        for s in streams:
            self.assertGreater(len(client.answer(s).body), TOTAL // 4)

    def test_an_upload_is_taken_as_fast_as_the_origin_reads(self):
        gate = threading.Event()

        def slow(connection, message):
            gate.wait(TIMEOUT_S)
            connection.backend.complete(connection, message)
            connection.send(connection.backend.OK)
            return True
        self.start_proxy(answers={"/slow": slow})
        client = self.open()
        stream = client.open(request("/slow", "POST"), False)
        sent = 0
        client.sync()
        # A client that keeps to the windows comes to a stop.
        while sent < STREAM_WINDOW + client.updates.get(stream, 0):
            piece = bytes(min(16384, STREAM_WINDOW + client.updates.get(stream, 0) - sent))
            client.send(h2.frame(h2.DATA, 0, stream, piece))
            sent += len(piece)
            client.sync(sent.to_bytes(8, "big"))
        # What the kernel's buffers take has passed, and no more than the window waits.
        self.assertLess(sent, 16 << 20)
        self.assert_next_works(client)
        gate.set()
        client.until(lambda: STREAM_WINDOW + client.updates.get(stream, 0) > sent + 65536,
                     "more window")
        client.body(stream, b"end")
        self.assertEqual(200, client.finish(stream).status)
        self.assertEqual(sent + 3, len(self.backend.seen("/slow")[0].body))

    def test_streams_that_wait_do_not_hold_the_others(self):
        gate = threading.Event()
        self.addCleanup(gate.set)

        def never(connection, message):
            del connection, message
            gate.wait(TIMEOUT_S)
            return False
        self.start_proxy(answers={"/never": never})
        client = self.open().sync()
        for _ in range(2):
            stream = client.open(request("/never", "POST"), False)
            client.body(stream, bytes(STREAM_WINDOW), False)
        for _ in range(3):
            answer = client.ask(request("/echo", "POST"), bytes(200000))
            self.assertEqual(200, answer.status)

    def test_who_takes_nothing_is_reset(self):
        self.start_proxy("--set", "write_stuck=200", answers={"/pour": pour})
        client = self.open()
        client.credit = False
        client.send(h2.window_update(0, 1 << 30))
        stream = client.open(request("/pour"))
        answer = client.finish(stream)
        self.assertEqual((200, h2.CANCEL), (answer.status, answer.reset))
        self.wait_event(self.gateway, "request", reason="write-timeout")
        self.assert_next_works(client)

    def test_a_window_of_zero_from_the_start(self):
        self.start_proxy("--set", "write_stuck=200")
        client = self.open(settings={h2.INITIAL_WINDOW_SIZE: 0})
        answer = client.ask(request("/"))
        self.assertEqual((200, b"", h2.CANCEL), (answer.status, answer.body, answer.reset))

    def test_an_upload_that_stops_is_408_and_its_neighbours_go_on(self):
        self.start_proxy("--set", "body=300")
        client = self.open()
        stopped = client.open(request("/upload", "POST"), False)
        client.body(stopped, b"x" * 1000, False)
        while client.answer(stopped).status is None:
            self.assert_next_works(client)
        self.assertEqual(408, client.finish(stopped).status)
        self.wait_event(self.gateway, "request", status=408, reason="body-timeout")
        self.assertEqual([], self.backend.seen("/upload"))
        self.assert_next_works(client)

    def test_an_upload_beyond_the_limit_is_413_and_its_neighbours_go_on(self):
        self.start_proxy("--set", "max_body_bytes=1000")
        client = self.open()
        for length, sent, status in ((None, 1001, 413), ("1001", 0, 413), ("1001", 1001, 413),
                                     (None, 100_000, 413), ("1000", 1000, 200), (None, 1000, 200)):
            fields = [("content-length", length)] if length else []
            stream = client.open(request("/upload", "POST", *fields), False)
            if sent:
                client.body(stream, b"x" * sent)
            self.assertEqual(status, client.finish(stream).status, (length, sent))
            self.assert_next_works(client)
        self.assertEqual([b"x" * 1000] * 2, [r.body for r in self.backend.seen("/upload")])

    def test_an_upload_is_whole(self):
        self.start_proxy()
        client = self.open()
        stream = client.open(request("/up", "POST"), False)
        body = bytes(range(256)) * 16384
        client.upload(stream, body)
        self.assertEqual(200, client.finish(stream).status)
        self.assertEqual(body, self.backend.requests[0].body)


if __name__ == "__main__":
    unittest.main()
