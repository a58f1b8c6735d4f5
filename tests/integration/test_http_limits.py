#!/usr/bin/env python3
"""Every wait has an end and every size a bound: which answer, which end, what others still get."""
import select
import socket
import threading
import time
import unittest

import devproof_testing as dt
from http_support import NEXT, HttpTest, crlf

GET = crlf("GET /x HTTP/1.1\nHost: a\n\n")
POST = "POST /x HTTP/1.1\nHost: a\n"
BODY_9 = crlf(POST + "Content-Length: 9\n\n")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Sizes(HttpTest):
    def test_431_and_414(self):
        self.start_proxy("--set", "max_head_bytes=2048")
        for status, code, data in (
                (414, "target-size", b"GET /" + b"x" * 1100 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
                (414, "target-size", b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
                (414, "target-size", b"GET /" + b"x" * 3000),
                (431, "head-size", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2100 + b"\r\n\r\n"),
                (431, "head-size", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 400),
                (431, "field-count", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n")):
            with self.subTest(data=data[:40], size=len(data)):
                self.assert_refused(data, [status], code)
        self.assertEqual(["/next"], sorted({r.target for r in self.backend.requests}))
        head = b"GET /fits HTTP/1.1\r\nHost: a\r\nX: "
        self.ask(self.open(), head + b"x" * (2048 - len(head) - 4) + b"\r\n\r\n")
        self.assertEqual(1, self.backend.begun("/fits"))

    def test_a_host_that_does_not_fit_twice_is_431(self):
        self.start_proxy()
        data = b"GET /x HTTP/1.1\r\nHost: " + b"a" * 12500 + b"\r\n\r\n"
        self.assert_refused(data, [431], "head-size")
        self.assert_nothing_reached("/x")

    def test_trailers_fit_or_are_431(self):
        self.start_proxy("--set", "max_head_bytes=1024")
        chunked = crlf(POST + "Transfer-Encoding: chunked\n\n2\nab\n0\n")
        line = b"X: " + b"y" * 250 + b"\r\n"
        self.assert_gives(self.ask(self.open(), chunked + line * 31 + b"\r\n"), 200)
        self.assertEqual(31, len(self.backend.seen("/x")[0].trailers))
        for trailers in (line * 33, b"X: y\r\n" * 33, b"X: " + b"y" * 8200):
            self.assert_refused(chunked + trailers + b"\r\n\r\n", [431])
        self.assertEqual(1, len(self.backend.seen("/x")))

    def test_413_before_and_in_a_body(self):
        self.start_proxy("--set", "max_body_bytes=1000")
        fits, over = b"x" * 1000, b"x" * 1001
        chunk = b"%x\r\n%s\r\n"
        chunked = crlf(POST + "Transfer-Encoding: chunked\n\n")
        for data in (crlf(POST + "Content-Length: 1001\n\n") + over,
                     crlf(POST + "Content-Length: 1001\nExpect: 100-continue\n\n"),
                     crlf(POST + "Content-Length: 9223372036854775807\n\n"),
                     chunked + chunk % (1001, over), chunked + chunk % (999, b"x" * 999) +
                     chunk % (2, b"xx") + b"0\r\n\r\n"):
            answer = self.assert_refused(data, [413], "body-size")
            self.assertEqual([], answer.interim)
        self.assertEqual([], self.backend.seen("/x"))
        self.assert_gives(self.ask(self.open(), crlf(POST + "Content-Length: 1000\n\n") + fits), 200)
        self.assert_gives(self.ask(self.open(), chunked + chunk % (1000, fits) + b"0\r\n\r\n"), 200)

    def test_requests_of_a_connection_are_counted(self):
        self.start_proxy("--set", "max_requests=3")
        client = self.open()
        client.sock.sendall(NEXT * 4)
        closes = [client.answer().get("Connection") for _ in range(3)]
        self.assertEqual([None, None, "close"], closes)
        self.assert_closed(client)
        self.assertEqual(3, len(self.backend.requests))
        self.assert_next_works()

    def test_connections_over_the_cap_wait_their_turn(self):
        self.start_proxy("--set", "max_connections=2")
        first, second, third = self.open(), self.open(), self.open()
        self.assert_next_works(first)
        self.assert_next_works(second)
        third.sock.sendall(NEXT)
        third.sock.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            third.answer()
        first.sock.close()
        third.sock.settimeout(dt.DEADLINE_S)
        self.assert_gives(third.answer(), 200)


class Times(HttpTest):
    def silent(self, connection, message):
        """Take the request and say nothing."""
        connection.backend.complete(connection, message)
        connection.rest()
        return False

    def test_a_head_is_timed_as_a_whole(self):
        self.start_proxy("--set", "head=300")
        client = self.open()
        for sent, byte in enumerate(crlf("GET /x HTTP/1.1\nHost: a\nX: " + "x" * 400)):
            client.sock.sendall(bytes([byte]))
            if select.select([client.sock], [], [], 0.02)[0]:
                break
        self.assertLess(sent, 200, "each byte moved the end away")
        self.assert_gives(client.answer(), 408)
        client = self.open()
        client.sock.sendall(GET[:-2])
        answer = self.assert_gives(client.answer(), 408)
        self.assertEqual("close", answer.get("Connection"))
        self.assert_closed(client)
        self.assert_nothing_reached("/x")
        self.assert_next_works()

    def test_an_idle_connection_ends_without_a_word(self):
        self.start_proxy("--set", "idle=150")
        client = self.open()
        self.assert_closed(client)
        client = dt.wait_for(self.served, "an answer to who asked in time")
        self.assert_closed(client)

    def served(self):
        """A connection that was answered; None when this machine let the wait end first."""
        client = self.open()
        try:
            return client if self.ask(client, NEXT) else None
        except OSError:
            return None

    def test_a_body_that_stops_is_408_and_a_slow_one_is_not(self):
        self.start_proxy("--set", "body=300")
        client = self.open()
        client.sock.sendall(BODY_9 + b"half")
        answer = self.assert_gives(client.answer(), 408)
        self.assertEqual("close", answer.get("Connection"))
        self.assert_closed(client)
        self.assertEqual([], self.backend.seen("/x"))
        dt.wait_for(self.dripped, "a body of more than 300 ms to be taken")

    def dripped(self):
        """Whether a body was taken that comes slowly, but never as late as this machine may be."""
        client = self.open()
        try:
            client.sock.sendall(BODY_9)
            for byte in b"ninebytes":
                time.sleep(0.05)
                client.sock.sendall(bytes([byte]))
            return client.answer().status == 200
        except OSError:
            return False

    def test_an_origin_that_is_silent_is_504(self):
        self.start_proxy("--set", "first_byte=200", "--set", "body=10000",
                         answers={"/x": self.silent})
        client = self.open()
        for request in (GET, BODY_9 + b"ninebytes"):
            self.assert_bad_gateway(self.ask(client, request), 504, "connection_read_timeout")
            self.assert_next_works(client)
        self.assertEqual(2, self.backend.begun("/x"), "never asked twice")

    def test_a_client_that_waits_for_100_is_not_late(self):
        self.start_proxy("--set", "first_byte=500", "--set", "body=100",
                         answers={"/x": self.silent, "/slow": self.slow_continue})
        expect = "Expect: 100-continue\nContent-Length: 9\n\n"
        client = self.open()
        answer = self.ask(client, crlf(POST + expect))
        self.assert_bad_gateway(answer, 504, "connection_read_timeout")
        self.assertEqual("close", answer.get("Connection"))
        self.assert_closed(client)
        slow = crlf("POST /slow HTTP/1.1\nHost: a\n" + expect)
        dt.wait_for(lambda: self.waited_for(slow), "a late 100 and then the body")

    def waited_for(self, request):
        """Whether the body was taken after its 100, unless this machine was late with one of them."""
        client = self.open()
        client.sock.sendall(request)
        if b"100 Continue" not in client.line():
            return False
        client.fields()
        return self.ask(client, b"ninebytes", "POST").status == 200

    def slow_continue(self, connection, message):
        time.sleep(0.3)
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.backend.complete(connection, message)
        connection.send(OK)
        return True

    def test_an_answer_that_stops_is_cut(self):
        def stall(connection, message):
            connection.backend.complete(connection, message)
            connection.send(OK[:-1])
            connection.rest()
            return False
        self.start_proxy("--set", "between_bytes=200", answers={"/x": stall})
        client = self.open()
        with self.assertRaises(EOFError):
            self.ask(client, GET)
        self.assert_next_works()

    def test_an_origin_that_never_accepts_is_504(self):
        full = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(full.close)
        for _ in range(4):
            s = socket.socket()
            self.addCleanup(s.close)
            s.setblocking(False)
            s.connect_ex(full.getsockname())
        self.gateway = self.proxy(f"127.0.0.1:{full.getsockname()[1]}", "--set", "connect=200",
                                  tls=False)
        client = self.open()
        for _ in range(2):
            self.assert_bad_gateway(self.ask(client, GET), 504, "connection_timeout")

    def test_a_full_queue_is_503(self):
        begun, release = threading.Event(), threading.Event()

        def hold(connection, message):
            connection.backend.complete(connection, message)
            begun.set()
            release.wait(dt.DEADLINE_S)
            connection.send(OK)
            return True
        self.addCleanup(release.set)
        self.start_proxy("--set", "upstream_connections=1", "--set", "upstream_waiting=1",
                         "--set", "upstream_queue=1500", answers={"/x": hold})
        first, second, third = self.open(), self.open(), self.open()
        first.sock.sendall(GET)
        self.assertTrue(begun.wait(dt.DEADLINE_S))
        second.sock.sendall(NEXT)
        time.sleep(0.1)
        self.assert_bad_gateway(self.ask(third, NEXT), 503, "connection_limit_reached")
        self.assert_bad_gateway(second.answer(), 503, "connection_limit_reached")
        second.sock.sendall(NEXT)
        release.set()
        self.assert_gives(first.answer(), 200)
        self.assert_gives(second.answer(), 200)
        self.assert_next_works(third)
        self.assertEqual(1, len(self.backend.connections))

    def test_nobody_decides_is_503(self):
        self.start_proxy("--set", "decision=150")
        client = self.open()
        answer = self.ask(client, crlf("GET /_never HTTP/1.1\nHost: a\n\n"))
        self.assert_bad_gateway(answer, 503, "proxy_internal_error")
        self.assert_next_works(client)


if __name__ == "__main__":
    unittest.main()
