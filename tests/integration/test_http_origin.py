#!/usr/bin/env python3
"""Bad origins: what the client gets of each, and a valid request on its connection afterwards."""
import socket
import ssl
import threading
import unittest

from core_support import TIMEOUT_S, client_context
from http_support import NEXT, HttpTest, Reader, crlf

GET = crlf("GET /x HTTP/1.1\nHost: a\n\n")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

UNREADABLE = [crlf(t) for t in (
    "garbage\n\n", "HTTP/1.1\n\n", "HTTP/2 200 OK\n\n", "HTTP/1.2 200 OK\n\n", "ICY 200 OK\n\n",
    "http/1.1 200 OK\n\n", "HTTP/1.1 20 OK\n\n", "HTTP/1.1 2000 OK\n\n", "HTTP/1.1 099 OK\n\n",
    "HTTP/1.1 600 OK\n\n", "HTTP/1.1  200 OK\n\n", "HTTP/1.1 200OK\n\n", "HTTP/1.1 200 O\x01K\n\n",
    "HTTP/1.1 200 OK\nA : b\n\n", "HTTP/1.1 200 OK\nA: b\n c\n\n", "HTTP/1.1 200 OK\nA\n\n",
    "HTTP/1.1 200 OK\n: b\n\n", "HTTP/1.1 200 OK\nA: b\x00\n\n", "HTTP/1.1 200 OK\nA: b\rc\n\n",
    "HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 3\n\nok",
    "HTTP/1.1 200 OK\nContent-Length: 2, 2\n\nok", "HTTP/1.1 200 OK\nContent-Length: -2\n\nok",
    "HTTP/1.1 200 OK\nContent-Length: 2\nTransfer-Encoding: chunked\n\n0\n\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\n", "HTTP/1.1 200 OK\nTransfer-Encoding: \n\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n0\n\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n",
    "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n0\n\n",
    "HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: upgrade\n\n",
    "HTTP/1.1 103 Early Hints\n\n" * 17)] + [b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"]

# After a good head: the client's answer must end without an end.
BROKEN_BODIES = [CHUNKED + b for b in (
    b"2\nok\r\n0\r\n\r\n", b"2\r\nok0\r\n\r\n", b"2 \r\nok\r\n0\r\n\r\n", b"0x2\r\nok\r\n",
    b"2\r\nok\r\ng\r\n", b"2\r\nok\r\n0\r\nA : b\r\n\r\n", b"11111111111111111\r\nok")]


def once(data):
    """Answer one request with these bytes, then close."""
    def answer(connection, request):
        connection.backend.complete(connection, request)
        connection.send(data)
        return False
    return answer


class Origin(HttpTest):
    def answers(self, data, request=GET, client=None):
        self.backend.answers["/x"] = data
        client = client or self.open()
        return self.ask(client, request), client

    def test_an_unreadable_answer_is_502(self):
        self.start_proxy()
        for i, data in enumerate(UNREADABLE):
            with self.subTest(row=i, data=data[:60]):
                answer, client = self.answers(data)
                self.assert_bad_gateway(answer, 502, "http_protocol_error")
                self.assert_next_works(client)
        self.assertEqual(len(UNREADABLE), len(self.backend.seen("/x")), "never asked twice")

    def test_a_head_that_is_too_long_is_502(self):
        self.start_proxy()
        for text in (f"A: {'x' * 17000}\n", "A: b\n" * 101):
            answer, client = self.answers(crlf("HTTP/1.1 200 OK\n" + text + "\n"))
            self.assert_bad_gateway(answer, 502, "http_response_header_section_size")
            self.assert_next_works(client)
        answer, _ = self.answers(b"HTTP/1.1 200 " + b"x" * 17000 + b"\r\n\r\n")
        self.assert_bad_gateway(answer, 502, "http_response_header_section_size")

    def test_a_broken_body_is_cut(self):
        self.start_proxy()
        for i, data in enumerate(BROKEN_BODIES):
            with self.subTest(row=i, data=data[-30:]):
                with self.assertRaises(EOFError):
                    self.answers(data)
                self.assert_next_works()

    def test_an_answer_that_ends_at_any_byte(self):
        self.start_proxy()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        close = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
        whole_close = close + b"hello"
        for data, head_len in ((head + b"hello", len(head)), (whole_close, len(close)),
                               (CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n", len(CHUNKED)),
                               (b"HTTP/1.1 103 Hi\r\n\r\n" + head + b"hello", len(head) + 19)):
            for cut in range(len(data)):
                with self.subTest(data=data[:60], cut=cut):
                    self.cut_at(data, cut, head_len, data is whole_close)

    def cut_at(self, data, cut, head_len, by_close):
        self.backend.answers["/x"] = once(data[:cut])
        client = self.open()
        if cut < head_len:
            token = "http_response_incomplete" if cut else "connection_terminated"
            self.assert_bad_gateway(self.ask(client, GET), 502, token)
            self.assert_next_works(client)
        elif by_close:
            self.assert_gives(self.ask(client, GET), 200, data[head_len:cut])
            self.assert_next_works(client)
        else:
            with self.assertRaises(EOFError):
                self.ask(client, GET)
        client.sock.close()

    def test_a_cut_is_told_from_an_end_on_every_kind_of_connection(self):
        """HTTP/1.0 knows no chunks: only the way the connection ends says that bytes are missing."""
        old = crlf("GET /x HTTP/1.0\nHost: a\n\n")
        for tls in (False, True):
            self.start_proxy(tls=tls)
            self.backend.answers["/x"] = once(CHUNKED + b"2\r\nok\r\n")
            client = self.strict_client(tls)
            with self.assertRaises((ConnectionResetError, ssl.SSLError)):
                self.ask(client, old)
            self.assertIn(b"ok", client.raw)
            self.backend.answers["/x"] = once(CHUNKED + b"2\r\nok\r\n0\r\n\r\n")
            self.assert_gives(self.ask(self.strict_client(tls), old), 200, b"ok")

    def strict_client(self, tls):
        """A client that tells an end without close_notify from one with it."""
        sock = socket.create_connection(("127.0.0.1", self.gateway.port), TIMEOUT_S)
        self.addCleanup(sock.close)
        if tls:
            context = client_context()
            context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
            sock = context.wrap_socket(sock, server_hostname="localhost",
                                       suppress_ragged_eofs=False)
            self.addCleanup(sock.close)
        return Reader(sock)

    def test_interim_answers(self):
        self.start_proxy()
        hints = crlf("HTTP/1.1 103 Early Hints\nLink: </a>\nConnection: x\nX: y\n\n")
        answer, client = self.answers(hints * 2 + crlf("HTTP/1.1 100 Continue\n\n") + OK)
        self.assertEqual([103, 103], [m.status for m in answer.interim])
        self.assertEqual([b"</a>"], answer.interim[0].all("Link"))
        self.assertIsNone(answer.interim[0].get("X"))
        self.assert_next_works(client)
        answer, client = self.answers(hints * 16 + OK)
        self.assertEqual(16, len(answer.interim))
        answer, client = self.answers(hints + OK, crlf("GET /x HTTP/1.0\nHost: a\n\n"))
        self.assertEqual((200, []), (answer.status, answer.interim))

    def test_answers_without_a_body(self):
        self.start_proxy()
        client = self.open()
        for method, text, length in (
                ("GET", "204 No Content\nContent-Length: 5\n\n", None),
                ("GET", "204 No Content\nTransfer-Encoding: chunked\n\n", None),
                ("GET", "304 Not Modified\nContent-Length: 5\nETag: \"e\"\n\n", "5"),
                ("GET", "304 Not Modified\nTransfer-Encoding: chunked\n\n", None),
                ("HEAD", "200 OK\nContent-Length: 5\n\n", "5"), ("HEAD", "200 OK\n\n", None),
                ("HEAD", "200 OK\nTransfer-Encoding: chunked\n\n", None),
                ("HEAD", "404 Not Found\nContent-Length: 5\n\n", "5")):
            with self.subTest(method=method, text=text):
                request = crlf(f"{method} /x HTTP/1.1\nHost: a\n\n")
                answer, _ = self.answers(crlf("HTTP/1.1 " + text), request, client)
                self.assertEqual((int(text[:3]), length), (answer.status,
                                                           answer.get("Content-Length")))
                self.assertIsNone(answer.get("Transfer-Encoding"))
                self.assert_next_works(client)
        self.assertEqual(1, len(self.backend.connections), "each answer ended where it should")

    def test_surplus_bytes_end_that_connection(self):
        self.start_proxy()
        client = self.open()
        evil = crlf("HTTP/1.1 200 OK\nContent-Length: 4\n\nevil")
        for i, (method, data) in enumerate((
                ("GET", OK), ("GET", CHUNKED + b"2\r\nok\r\n0\r\n\r\n"),
                ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
                ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"),
                ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"))):
            with self.subTest(row=i):
                request = crlf(f"{method} /x HTTP/1.1\nHost: a\n\n")
                answer, _ = self.answers(data + evil, request, client)
                self.assertIn(answer.status, (200, 204, 304))
                self.assert_next_works(client)
        self.assertEqual(6, len(self.backend.connections), "each row's own, and the last one")

    def test_versions_and_connection_options_of_origins(self):
        self.start_proxy()
        client = self.open()
        for text, reused in (("HTTP/1.0 200 OK\nContent-Length: 2\n\nok", False),
                             ("HTTP/1.0 200 OK\nConnection: keep-alive\nContent-Length: 2\n\nok", True),
                             ("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 2\n\nok", False),
                             ("HTTP/1.1 200 \nContent-Length: 2\n\nok", True),
                             ("HTTP/1.1 200\nContent-Length: 2\n\nok", True)):
            with self.subTest(text=text):
                answer, _ = self.answers(crlf(text), GET, client)
                self.assertEqual(b"HTTP/1.1", self.assert_gives(answer, 200, b"ok").start[0])
                before = len(self.backend.connections)
                self.assert_next_works(client)
                self.assertEqual(reused, before == len(self.backend.connections))
        for version in ("1.0", "1.1"):
            answer, _ = self.answers(once(crlf(f"HTTP/{version} 200 OK\n\nto the end")), GET, client)
            self.assertEqual(("chunked", b"to the end"), (answer.framing, answer.body))
            self.assert_next_works(client)

    def test_nobody_there_is_502_and_the_client_stays(self):
        self.start_proxy()
        self.backend.listener.close()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.gateway = self.proxy(f"127.0.0.1:{s.getsockname()[1]}", tls=False)
            client = self.open()
            for _ in range(2):
                self.assert_bad_gateway(self.ask(client, GET), 502, "connection_refused")


class Retry(HttpTest):
    """A reused connection ends when it is used again: what may be sent a second time?"""

    def stale(self, request, ends=1):
        """Answer /next, hang up on the next `ends` requests; returns the client's answer."""
        self.start_proxy()
        left, closing = [ends], threading.Lock()

        def hang_up(connection, message):
            with closing:
                left[0] -= 1
                if left[0] < 0:
                    self.backend.complete(connection, message)
                    connection.send(OK)
                    return True
            connection.sock.settimeout(0.05)  # reads what has come, so that the end is no reset
            try:
                connection.rest()
            except TimeoutError:
                pass
            return False
        self.backend.answers["/x"] = hang_up
        client = self.open()
        self.assert_next_works(client)
        answer = self.ask(client, request)
        return answer, client

    def test_idempotent_requests_without_a_body_are_sent_once_more(self):
        for method in ("GET", "HEAD", "OPTIONS", "DELETE", "PUT"):
            answer, client = self.stale(crlf(f"{method} /x HTTP/1.1\nHost: a\n\n"))
            self.assert_gives(answer, 200)
            self.assertEqual(2, self.backend.begun("/x"))
            self.assert_next_works(client)

    def test_an_empty_chunked_body_is_ended_again(self):
        text = "PUT /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n0\nX: y\n\n"
        answer, client = self.stale(crlf(text))
        self.assert_gives(answer, 200)
        self.assertEqual([(b"X", b"y")], self.backend.seen("/x")[0].trailers)
        self.assert_next_works(client)

    def test_other_requests_are_not(self):
        for text in ("POST /x HTTP/1.1\nHost: a\n\n", "PATCH /x HTTP/1.1\nHost: a\n\n",
                     "POST /x HTTP/1.1\nHost: a\nContent-Length: 1\n\nx",
                     "PUT /x HTTP/1.1\nHost: a\nContent-Length: 1\n\nx",
                     "PUT /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n1\nx\n0\n\n"):
            answer, client = self.stale(crlf(text))
            self.assert_bad_gateway(answer, 502, "connection_terminated")
            self.assertEqual(1, self.backend.begun("/x"), text)
            self.assert_next_works(client)

    def test_one_retry_is_all(self):
        answer, client = self.stale(GET, ends=2)
        self.assert_bad_gateway(answer, 502, "connection_terminated")
        self.assertEqual(2, self.backend.begun("/x"))
        self.assert_next_works(client)

    def test_a_fresh_connection_that_ends_is_not_retried(self):
        self.start_proxy(answers={"/x": once(b"")})
        self.assert_bad_gateway(self.ask(self.open(), GET), 502, "connection_terminated")
        self.assertEqual(1, self.backend.begun("/x"))

    def test_a_post_does_not_go_to_an_origin_that_has_hung_up(self):
        gone = threading.Event()

        def leave(connection, message):
            connection.backend.complete(connection, message)
            connection.send(OK)
            connection.sock.close()
            gone.set()
            return False
        self.start_proxy(answers={"/next": leave})
        client = self.open()
        self.assert_gives(self.ask(client, NEXT), 200)
        self.assertTrue(gone.wait(TIMEOUT_S))
        post = crlf("POST /post HTTP/1.1\nHost: a\nContent-Length: 1\n\nx")
        self.assert_gives(self.ask(client, post), 200, b"ok")


if __name__ == "__main__":
    unittest.main()
