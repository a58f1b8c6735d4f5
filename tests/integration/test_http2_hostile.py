#!/usr/bin/env python3
"""Upstreams of HTTP/2 that attack the gateway: floods, bombs, stalls, answers that contradict
themselves. What is asked after each must be answered."""
import threading
import unittest

import h2_frames as h2
from core_support import TIMEOUT_S
from http2_support import request
from test_http2_origin import HEAD, Origin, Through, serve

MALFORMED, TOO_LONG = b"upstream-malformed", b"upstream-head-size"
FLOOD = b'"upstream-malformed","message":"http2-flood"'


def path_of(origin, stream):
    return dict(origin.answer(stream).heads[0])[":path"]


def headers(stream, fields, flags=h2.END_HEADERS):
    return h2.frame(h2.HEADERS, flags, stream, h2.encode(fields))


class Hostile(Through):
    def attack(self, reply, *options, **kwargs):
        """Answer requests for /next, and every other one by reply."""
        def either(origin, stream):
            if path_of(origin, stream) == "/next":
                origin.reply(stream)
            else:
                reply(origin, stream)
        return self.through(either, *options, **kwargs)

    def assert_failed(self, answer, code=MALFORMED, status=502, note=None):
        self.assertEqual((status, True), (answer.status, answer.ended), note)
        self.assertIn(code, answer.body, note)

    def assert_connection_given_up(self, reply, code=FLOOD, **kwargs):
        """The request fails, its connection with it, and the next one gets another."""
        client = self.attack(reply, **kwargs)
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assert_failed(client.ask(request("/")), code)
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual((2, 0), (self.origin.count, self.stats(self.gateway)["retries"]))


class Floods(Hostile):
    FLOODS = [
        ("PING", h2.frame(h2.PING, 0, 0, bytes(8))),
        ("PING's answers", h2.frame(h2.PING, h2.ACK, 0, bytes(8))),
        ("SETTINGS", h2.settings()),
        ("WINDOW_UPDATE", h2.window_update(0, 1)),
        ("PRIORITY", h2.frame(h2.PRIORITY, 0, 3, bytes(5))),
    ]

    def test_frames_that_carry_no_answer(self):
        for name, frame in self.FLOODS:
            with self.subTest(name):
                self.assert_connection_given_up(lambda o, s, frame=frame: o.send(frame * 2000))

    def test_empty_data(self):
        client = self.attack(lambda o, s: o.send(headers(s, HEAD), h2.frame(h2.DATA, 0, s) * 2000))
        answer = client.ask(request("/"))
        self.assertEqual((h2.INTERNAL_ERROR, False), (answer.reset, answer.ended))
        self.assertEqual(b"ok", client.ask(request("/next")).body)

    def test_as_many_frames_as_anybody_needs_pass(self):
        def reply(origin, stream):
            origin.send(h2.frame(h2.PING, 0, 0, bytes(8)) * 90)
            origin.send(h2.frame(0xbe, 0, 0, b"of a type that nobody knows") * 2000)
            origin.reply(stream)
        client = self.attack(reply)
        for _ in range(3):
            self.assertEqual(b"ok", client.ask(request("/")).body)
        self.assertEqual(1, self.origin.count)

    def test_continuations(self):
        def reply(origin, stream):
            origin.send(headers(stream, HEAD, 0), h2.frame(h2.CONTINUATION, 0, stream) * 50)
        self.assert_connection_given_up(reply)

    def test_a_block_that_unpacks_to_a_lot(self):
        bomb = b"\x88" + h2.literal("a", "x" * 4000, 0x40) + b"\xbe" * 10000
        self.assert_connection_given_up(
            lambda o, s: o.send(h2.frame(h2.HEADERS, h2.END_HEADERS, s, bomb)), TOO_LONG)

    def test_promises(self):
        self.assert_connection_given_up(
            lambda o, s: o.send(h2.frame(h2.PUSH_PROMISE, 4, s, b"\0\0\0\2" + h2.encode(HEAD))),
            b'"upstream-malformed","message":"http2-protocol"')


class Contradictions(Hostile):
    def test_lengths_that_are_not_kept(self):
        five = HEAD + [("content-length", "5")]
        rows = {
            "/none": [lambda s: headers(s, five, h2.END_HEADERS | h2.END_STREAM)],
            "/more": [lambda s: headers(s, five),
                      lambda s: h2.frame(h2.DATA, h2.END_STREAM, s, b"sixsix")],
            "/twice": [lambda s: headers(s, five + [("content-length", "5")]),
                       lambda s: h2.frame(h2.DATA, h2.END_STREAM, s, b"fives")],
        }
        client = self.attack(lambda o, s: o.send(*[f(s) for f in rows[path_of(o, s)]]))
        for path in rows:
            answer = client.ask(request(path))
            if path == "/more":
                self.assertEqual((h2.INTERNAL_ERROR, False), (answer.reset, answer.ended), path)
            else:
                self.assert_failed(answer, note=path)
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual(1, self.origin.count)

    def test_a_head_answer_may_name_a_length(self):
        fields = HEAD + [("content-length", "5")]
        client = self.attack(lambda o, s: o.send(headers(s, fields, 5)))
        answer = client.ask(request("/", "HEAD"))
        self.assertEqual((200, "5", True), (answer.status, answer.get("content-length"),
                                            answer.ended))

    def test_trailers_that_are_none(self):
        rows = {"/pseudo": ([(":status", "200")], 5), "/open": ([("a", "b")], 4),
                "/many": ([("a", "b")] * 40, 5), "/name": ([("A", "b")], 5)}

        def reply(origin, stream):
            fields, flags = rows[path_of(origin, stream)]
            origin.send(headers(stream, HEAD), h2.frame(h2.DATA, 0, stream, b"body"),
                        headers(stream, fields, flags))
        client = self.attack(reply)
        for path in rows:
            answer = client.ask(request(path))
            self.assertEqual((h2.INTERNAL_ERROR, False), (answer.reset, answer.ended), path)
        self.assertEqual(b"ok", client.ask(request("/next")).body)

    def test_interim_answers(self):
        rows = {"/hint": ([(":status", "103"), ("link", "x")], 1, 4),
                "/unasked": ([(":status", "100")], 1, 4), "/many": ([(":status", "103")], 17, 4),
                "/ended": ([(":status", "103")], 1, 5)}

        def reply(origin, stream):
            fields, count, flags = rows[path_of(origin, stream)]
            origin.send(headers(stream, fields, flags) * count)
            origin.reply(stream)
        client = self.attack(reply)
        answer = client.ask(request("/hint"))
        self.assertEqual(["103", "200"], [dict(h)[":status"] for h in answer.heads])
        self.assertEqual(["200"], [dict(h)[":status"] for h in client.ask(request("/unasked")).heads])
        answer = client.ask(request("/many"))
        self.assertIn(MALFORMED, answer.body)
        self.assert_failed(client.ask(request("/ended")))

    def test_a_refusal_after_an_interim_answer_is_not_repeated(self):
        client = self.attack(lambda o, s: o.send(headers(s, [(":status", "103")]),
                                                 h2.rst_stream(s, h2.REFUSED_STREAM)))
        self.assertIn(b"upstream-reset", client.ask(request("/")).body)
        self.assertEqual(0, self.stats(self.gateway)["retries"])

    def test_a_refusal_is_answered_by_one_more_try(self):
        client = self.attack(lambda o, s: o.send(h2.rst_stream(s, h2.REFUSED_STREAM)))
        self.assert_failed(client.ask(request("/")), b"upstream-reset")
        self.assertEqual((2, 1), (len(self.origin.origins[0].answers),
                                  self.stats(self.gateway)["retries"]))

    def test_what_goaway_leaves_is_answered_and_nothing_follows(self):
        def reply(origin, stream):
            origin.send(h2.frame(h2.GOAWAY, 0, 0, stream.to_bytes(4, "big") + bytes(4)))
            origin.reply(stream)
        client = self.attack(reply)
        for _ in range(3):
            self.assertEqual(b"ok", client.ask(request("/")).body)
        self.assertEqual((3, 0), (self.origin.count, self.stats(self.gateway)["retries"]))


class Stalls(Hostile):
    def test_a_window_that_stays_closed(self):
        client = self.attack(lambda o, s: None, "--set", "write_stuck=300",
                             settings={h2.INITIAL_WINDOW_SIZE: 0})
        self.assertEqual(b"ok", client.ask(request("/next")).body)  # now the settings are known
        stream = client.open(request("/", "POST"), False)
        client.body(stream, b"x" * 1000, False)
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assert_failed(client.finish(stream), b"upstream-write-timeout", 504)
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual(1, self.origin.count)

    def test_an_answer_that_takes_no_body_frees_the_stream(self):
        reset = threading.Event()

        def reply(origin, stream):
            origin.reply(stream)
            origin.until(lambda: origin.answer(stream).reset is not None, "RST_STREAM")
            reset.set()
        client = self.attack(reply, settings={h2.INITIAL_WINDOW_SIZE: 0})
        self.assertEqual(b"ok", client.ask(request("/next")).body)
        self.assertEqual(b"ok", client.ask(request("/", "POST"), b"x" * 1000).body)
        self.assertTrue(reset.wait(TIMEOUT_S))

    def test_more_than_the_window_allows(self):
        def reply(origin, stream):
            origin.send(headers(stream, HEAD))
            origin.send(h2.frame(h2.DATA, 0, stream, bytes(16384)) * 20)
        client = self.attack(reply)
        client.credit = False
        answer = client.finish(client.open(request("/")))
        self.assertEqual((h2.INTERNAL_ERROR, False), (answer.reset, answer.ended))
        client.credit = True
        client.send(h2.window_update(0, 1 << 20))
        self.assertEqual(b"ok", client.ask(request("/next")).body)

    def test_a_connection_that_ends_in_an_answer(self):
        def script(peer, number):
            if number == 2:
                serve(peer, number)
                return
            origin = Origin(peer)
            stream = origin.request()
            origin.send(headers(stream, HEAD), h2.frame(h2.DATA, 0, stream, b"part"))
            peer.half_close()
            peer.rest()  # closing with unread frames would be a reset, which overtakes the answer
        client = self.through(script=script)
        answer = client.ask(request("/"))
        self.assertEqual((h2.INTERNAL_ERROR, False), (answer.reset, answer.ended))
        self.assertEqual(b"ok", client.ask(request("/next")).body)


if __name__ == "__main__":
    unittest.main()
