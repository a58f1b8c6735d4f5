#!/usr/bin/env python3
"""Answers over HTTP/2: what the origin says, what it does wrong, how streams and connections end."""
import threading
import unittest

import devproof_testing as dt
import h2_frames as h2
from http2_support import Client, Http2Test, request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\n"


class Answers(Http2Test):
    def ask(self, answer, method="GET", *fields):
        """One request to an origin that answers like this."""
        self.start_proxy("--failures", answers={"/": answer})
        self.client = self.open()
        return self.client.ask(request("/", method, *fields))

    def test_fields_are_lowered_and_those_of_one_hop_removed(self):
        answer = self.ask(HEAD + b"Content-Length: 2\r\nX-Thing: A b\r\nConnection: x-hop\r\n"
                          b"X-Hop: 1\r\nKeep-Alive: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
                          b"X-Devproof-Verdict: ok\r\n\r\nok")
        names = [n for n, _ in answer.final]
        self.assertEqual(":status", names[0])
        self.assertEqual([n.lower() for n in names], names)
        for gone in ("connection", "x-hop", "keep-alive", "transfer-encoding", "x-devproof-verdict"):
            self.assertNotIn(gone, names)
        self.assertEqual(("A b", "2"), (answer.get("x-thing"), answer.get("content-length")))
        self.assertEqual(["a", "b"], [v for n, v in answer.final if n == "set-cookie"])
        self.assertIsNotNone(answer.get("date"))

    def test_bodies_of_every_framing(self):
        for head, body in ((b"Content-Length: 5\r\n\r\nhello", b"hello"),
                           (b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
                            b"hello"), (b"Content-Length: 0\r\n\r\n", b"")):
            answer = self.ask(HEAD + head)
            self.assertEqual((200, body, True), (answer.status, answer.body, answer.ended), head)
        answer = self.ask(lambda c, m: bool(c.send(HEAD + b"\r\nuntil the end")))
        self.assertEqual((b"until the end", True), (answer.body, answer.ended))
        self.assert_next_works(self.client)

    def test_trailers_come_last(self):
        answer = self.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
                          b"Grpc-Status: 0\r\nContent-Length: 9\r\n\r\n")
        self.assertEqual((b"ok", [("grpc-status", "0")]), (answer.body, answer.trailers))
        self.assertTrue(answer.ended)

    def test_answers_without_a_body(self):
        for method, head, length in (("HEAD", HEAD + b"Content-Length: 7\r\n\r\n", "7"),
                                     ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", None),
                                     ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
                                      "7")):
            answer = self.ask(head, method)
            self.assertEqual((b"", True, length),
                             (answer.body, answer.ended, answer.get("content-length")))
            self.assert_next_works(self.client)

    def test_interim_answers_are_relayed(self):
        answer = self.ask(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK)
        self.assertEqual([(":status", "103"), ("link", "</a>")], answer.heads[0][:2])
        self.assertEqual((200, b"ok"), (answer.status, answer.body))

    def test_expect_continue(self):
        def hold(connection, message):
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.backend.complete(connection, message)
            connection.send(OK)
            return True
        self.start_proxy(answers={"/": hold})
        client = self.open()
        stream = client.open(request("/", "POST", ("expect", "100-continue")), False)
        client.until(lambda: client.answer(stream).heads, "the 100")
        self.assertEqual("100", dict(client.answer(stream).heads[0])[":status"])
        client.body(stream, b"hello")
        self.assertEqual(200, client.finish(stream).status)
        self.assertEqual(b"hello", self.backend.requests[0].body)

    def test_an_answer_cut_short_is_reset(self):
        for head in (b"Content-Length: 9\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf"):
            answer = self.ask(lambda c, m, h=head: bool(c.send(HEAD + h)))
            self.assertEqual((200, False, h2.INTERNAL_ERROR),
                             (answer.status, answer.ended, answer.reset))
            self.assert_next_works(self.client)

    def test_failures_of_the_origin(self):
        for bad in (b"garbage\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
                    HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"):
            answer = self.ask(bad)
            self.assertEqual(502, answer.status, bad)
            self.assertTrue(answer.ended)
            self.assert_next_works(self.client)

    def test_an_early_answer_stops_the_upload(self):
        answer = HEAD + b"Content-Length: 2\r\n\r\nno"
        self.start_proxy(answers={"/": lambda c, m: bool(c.send(answer))})
        client = self.open()
        stream = client.open(request("/", "POST"), False)
        client.body(stream, b"x" * 10, False)
        got = client.finish(stream)
        self.assertEqual((200, b"no", True), (got.status, got.body, got.ended))
        client.until(lambda: got.reset is not None, "RST_STREAM")
        self.assertEqual(h2.NO_ERROR, got.reset)
        self.assert_next_works(client)


class Ends(Http2Test):
    def test_a_cancelled_request_is_cut_upstream(self):
        seen, gone = threading.Event(), threading.Event()

        def hold(connection, message):
            del message
            seen.set()
            self.assertEqual(b"", connection.sock.recv(1))
            gone.set()
            return False
        self.start_proxy(answers={"/hold": hold})
        client = self.open()
        stream = client.open(request("/hold"))
        self.assertTrue(seen.wait(dt.DEADLINE_S))
        client.send(h2.rst_stream(stream))
        self.assertTrue(gone.wait(dt.DEADLINE_S))
        self.wait_event(self.gateway, "request", reason="client-reset")
        self.assert_next_works(client)

    def test_many_streams_answer_in_any_order(self):
        gates = [threading.Event() for _ in range(20)]

        def hold(connection, message):
            gates[int(message.get("N"))].wait(dt.DEADLINE_S)
            connection.send(OK)
            return True
        self.start_proxy(answers={"/": hold})
        client = self.open()
        streams = [client.open(request("/", "GET", ("n", str(i)))) for i in range(20)]
        for i in reversed(range(20)):
            gates[i].set()
            self.assertEqual(b"ok", client.finish(streams[i]).body)

    def test_idle_connections_end_with_goaway(self):
        self.start_proxy("--set", "idle=150")
        client = self.in_time(self.assert_next_works)
        self.assertEqual(h2.NO_ERROR, client.end())
        self.wait_event(self.gateway, "connection", reason="idle-timeout")

    def in_time(self, use):
        """A connection that was used before a wait ended that is short for a busy machine."""
        def used():
            client = self.open()
            try:
                use(client)
            except AssertionError:
                return None
            return client
        return dt.wait_for(used, "a connection that is used in time")

    def test_a_slow_preface_or_header_block_ends_it(self):
        self.start_proxy("--set", "head=150")
        client = self.open(preface=False)
        client.send(h2.PREFACE[:10])
        client.end()
        client = self.in_time(Client.sync)
        client.send(h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.encode(request("/bad"))))
        self.assertEqual(h2.NO_ERROR, client.end())
        self.wait_event(self.gateway, "connection", reason="head-timeout")
        self.assert_nothing_reached("/bad")

    def test_the_last_request_of_a_connection(self):
        self.start_proxy("--set", "max_requests=3")
        client = self.open()
        for _ in range(3):
            self.assert_next_works(client)
        self.assertEqual(h2.NO_ERROR, client.end())
        self.assertEqual(5, client.goaway[0])
        self.assertEqual(3, len(self.backend.requests))

    def test_stopping_lets_streams_end(self):
        release = threading.Event()

        def hold(connection, message):
            del message
            release.wait(dt.DEADLINE_S)
            connection.send(OK)
            return True
        self.start_proxy(answers={"/hold": hold})
        client, idle = self.open(), self.open()
        idle.sync()
        stream = client.open(request("/hold"))
        client.sync()
        dt.wait_for(lambda: self.backend.begun("/hold"), "the request")
        self.gateway.process.terminate()
        # First a warning with the highest stream, then the true last one.
        client.until(lambda: client.goaway, "the first GOAWAY")
        self.assertEqual((0x7fffffff, h2.NO_ERROR), client.goaway)
        late = client.open(request("/late"))
        self.assertEqual(200, client.finish(late).status)
        client.until(lambda: client.goaway[0] < 0x7fffffff, "the last GOAWAY")
        self.assertEqual(h2.NO_ERROR, idle.end())
        release.set()
        self.assertEqual(b"ok", client.finish(stream).body)
        self.assertEqual(h2.NO_ERROR, client.end())
        self.assertEqual(0, self.gateway.process.wait(dt.DEADLINE_S))


if __name__ == "__main__":
    unittest.main()
