#!/usr/bin/env python3
"""One message, one reading: every row of the framing tables (RFC 9112) as raw bytes.

A refused message gets one answer and the end of its connection, the origin sees nothing of it,
and what stood behind it is never a request. An accepted one reaches the origin in one strict form.
"""
import unittest

from http_support import NEXT, HttpTest, crlf

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
BIG = "9223372036854775808"

# (status, code, fields and body after "POST /refused HTTP/1.1\r\nHost: a\r\n")
BAD_FRAMING = [
    (400, "framing-conflict", "Transfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n"),
    (400, "framing-conflict", "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: chunked, gzip\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: gzip\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: identity\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: xchunked\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding:\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: chunked, chunked\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: chunked;q=1\n\n0\n\n"),
    (400, "transfer-encoding", "Transfer-Encoding: \"chunked\"\n\n0\n\n"),
    (400, "field-value", "Transfer-Encoding: \x0bchunked\n\n0\n\n"),
    (501, "transfer-coding-unknown", "Transfer-Encoding: gzip, chunked\n\n0\n\n"),
    (501, "transfer-coding-unknown", "Transfer-Encoding: identity, chunked\n\n0\n\n"),
    (400, "content-length-repeated", "Content-Length: 1\nContent-Length: 2\n\nab"),
    (400, "content-length-repeated", "Content-Length: 2\nContent-Length: 2\n\nab"),
    *[(400, "content-length", f"Content-Length: {v}\n\nab")
      for v in ("2, 2", "2,", "+2", "-2", "0x2", "2 2", "2.0", "two", "", BIG, "9" * 30)],
    (400, "field-name-underscore", "Transfer_Encoding: chunked\n\n0\n\n"),
    (400, "field-name-underscore", "Content-Length: 2\nX_Forwarded_For: 1.2.3.4\n\nab"),
]

# What follows "POST /refused HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
BAD_CHUNKS = [
    *[f"{size}\r\nab\r\n0\r\n\r\n".encode() for size in
      ("+2", "-2", "0x2", " 2", "2 ", "\t2", "g", "", "2 ;a", ";a", "0" * 16 + "2", "8" + "0" * 15,
       "f" * 16, "1" * 17, "2;a\x00b", "2;a\rb", "2;\"\x7f\"", "2;" + "x" * 1100)],
    b"2\nab\r\n0\r\n\r\n", b"2\r\nab\n0\r\n\r\n", b"2\r\nab\r\n0\n\r\n", b"2\r\nab\r\n0\r\n\n",
    b"2\rab\r\n0\r\n\r\n", b"2\r\nab\r0\r\n\r\n", b"2\r\nabc\r\n0\r\n\r\n",
    b"2\r\nab0\r\n\r\n", b"2\r\nab\r\n0\r\nX\r\n\r\n", b"2\r\nab\r\n0\r\nX : y\r\n\r\n",
    b"2\r\nab\r\n0\r\nX: y\n\r\n", b"2\r\nab\r\n0\r\n X: y\r\n\r\n", b"2\r\nab\r\n0\r\nX: \x01\r\n\r\n",
    b"2\r\nab\r\n0\r\n: y\r\n\r\n",
    b"1;%s\r\na\r\n" % (b"x" * 900) * 20 + b"0\r\n\r\n",
]

# (status, code, whole request)
BAD_HEADS = [
    (400, None, "GET /refused HTTP/1.1\nHost: a\nX: a\rb\n\n"),
    (400, None, "GET /refused\r HTTP/1.1\nHost: a\n\n"),
    *[(400, "field-value", f"GET /refused HTTP/1.1\nHost: a\nX: a{c}b\n\n")
      for c in "\x00\x01\x08\x0b\x0c\x1b\x1f\x7f"],
    (400, "field-name", "GET /refused HTTP/1.1\nHost : a\n\n"),
    (400, "field-name", "GET /refused HTTP/1.1\nHost: a\nX\t: b\n\n"),
    (400, "field-folded", "GET /refused HTTP/1.1\n Host: b\nHost: a\n\n"),
    (400, "field-folded", "GET /refused HTTP/1.1\nHost: a\nX: b\n c\n\n"),
    (400, "field-folded", "GET /refused HTTP/1.1\nHost: a\nX: b\n\tc\n\n"),
    (400, "field-without-colon", "GET /refused HTTP/1.1\nHost: a\nX\n\n"),
    (400, "field-name", "GET /refused HTTP/1.1\nHost: a\n: b\n\n"),
    *[(400, "field-name", f"GET /refused HTTP/1.1\nHost: a\nX{c}: b\n\n") for c in "\xe9@(/\x00\x7f"],
    (400, "field-name-underscore", "GET /refused HTTP/1.1\nHost: a\nX_Y: b\n\n"),
    (400, "empty-lines", "\n\nGET /refused HTTP/1.1\nHost: a\n\n"),
    *[(400, "request-line", f"{line}\nHost: a\n\n") for line in
      ("GET /refused", "GET  /refused HTTP/1.1", "GET /refused  HTTP/1.1", "GET /refused HTTP/1.1 ",
       "GET\t/refused HTTP/1.1", "GET /refused x HTTP/1.1", " GET /refused HTTP/1.1",
       "GET /refused http/1.1", "GET /refused HTTP/1.10", "GET /refused HTTP/11", "GET",
       "GET /refused HTTP/ 1.1", "GET /refused HTTP/1,1", "GET /refused HTTP/x.1", "GET HTTP/1.1")],
    (400, "method", "G@T /refused HTTP/1.1\nHost: a\n\n"),
    *[(505, "http-version", f"GET /refused HTTP/{v}\nHost: a\n\n")
      for v in ("2.0", "1.2", "0.9", "3.0", "1.9")],
    (400, "host-missing", "GET /refused HTTP/1.1\n\n"),
    (400, "host-repeated", "GET /refused HTTP/1.1\nHost: a\nHost: a\n\n"),
    (400, "host-repeated", "GET /refused HTTP/1.0\nHost: a\nHost: b\n\n"),
    *[(400, "host", f"GET /refused HTTP/1.1\nHost: {h}\n\n")
      for h in ("", "u@a", "a/b", "a b", "a:b", "a:99999", "[::1", "[]", "a:1:2", "a?b", "\xe9", "a\\b")],
    (400, "host-differs", "GET http://b/refused HTTP/1.1\nHost: a\n\n"),
    (400, "host-missing", "GET http://a/refused HTTP/1.1\n\n"),
    *[(400, "target", f"GET {t} HTTP/1.1\nHost: a\n\n") for t in
      ("http://u@a/refused", "http:///refused", "ftp://a/refused", "refused", "*", "/refused#x",
       "/refused\x01", "/refused\x7f", "/refused\xe9", "a:80")],
    (501, "method-not-implemented", "CONNECT a:443 HTTP/1.1\nHost: a:443\n\n"),
    (501, "method-not-implemented", "get /refused HTTP/1.1\nHost: a\n\n"),
    (501, "method-not-implemented", "PRI * HTTP/1.1\nHost: a\n\n"),
    (405, "method-not-allowed", "TRACE /refused HTTP/1.1\nHost: a\n\n"),
    (405, "method-not-allowed", "TRACE /refused HTTP/1.1\nHost: a\nMax-Forwards: 0\n\n"),
    (417, "expectation", "POST /refused HTTP/1.1\nHost: a\nExpect: a-miracle\n\n"),
    (417, "expectation", "POST /refused HTTP/1.1\nHost: a\nExpect: 100-continue, x\n\n"),
    (400, "transfer-encoding-http10",
     "POST /refused HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n"),
]

BARE_LF = [b"GET /refused HTTP/1.1\nHost: a\r\n\r\n", b"GET /refused HTTP/1.1\r\nHost: a\n\r\n",
           b"GET /refused HTTP/1.1\r\nHost: a\r\n\n", b"GET /refused HTTP/1.1\nHost: a\n\n",
           b"\nGET /refused HTTP/1.1\r\nHost: a\r\n\r\n"]

CHUNKED = "Transfer-Encoding: chunked\n\n"
# (method, fields and body, framing the origin sees, body it sees, trailers it sees)
GOOD = [
    ("GET", "\n", None, b"", []),
    ("POST", "\n", None, b"", []),
    ("POST", "Content-Length: 0\n\n", "length", b"", []),
    ("POST", "Content-Length: 00003\n\nabc", "length", b"abc", []),
    ("GET", "Content-Length: 3\n\nabc", "length", b"abc", []),
    ("HEAD", "Content-Length: 3\n\nabc", "length", b"abc", []),
    ("DELETE", "Content-Length: 3\n\nabc", "length", b"abc", []),
    ("GET", f"{CHUNKED}3\nabc\n0\n\n", "chunked", b"abc", []),
    ("POST", f"{CHUNKED}0\n\n", "chunked", b"", []),
    ("PUT", f"{CHUNKED}3;a=b;c=\"d e\"\nabc\n0;x\n\n", "chunked", b"abc", []),
    ("POST", f"{CHUNKED}0000000000000003\nabc\n00\n\n", "chunked", b"abc", []),
    ("POST", f"{CHUNKED}a\n0123456789\nA\n0123456789\n0\n\n", "chunked", b"0123456789" * 2, []),
    ("POST", f"tRANSFER-eNCODING: CHUNKED\n\n2\nab\n0\nX-Sum: 1\nEmpty:\n\n", "chunked", b"ab",
     [(b"X-Sum", b"1"), (b"Empty", b"")]),
    ("POST", f"{CHUNKED}2\nab\n0\nContent-Length: 9\nTransfer-Encoding: x\nHost: b\nConnection: x\n"
     "Authorization: b\nCookie: c\nSet-Cookie: d\nX-Forwarded-For: 1.1.1.1\nForwarded: for=x\n"
     "X-Request-Id: 1\nX-Devproof-Verdict: ok\nClient-Cert: x\nContent-Type: y\nTE: x\nVia: z\n"
     "X_Under: y\nGrpc-Status: 0\n\n", "chunked", b"ab", [(b"Grpc-Status", b"0")]),
    ("POST", "Upgrade: h2c\nConnection: Upgrade\nContent-Length: 3\n\nabc", "length", b"abc", []),
    ("GET", "X:\tblank \t\nY: a\tb\nZ: \xe9\n\n", None, b"", []),
]


class Framing(HttpTest):
    def refuse_all(self, rows):
        for i, (status, code, data) in enumerate(rows):
            with self.subTest(row=i, data=data[:120]):
                self.assert_refused(data + SMUGGLED, [status], code)
        for target in ("/refused", "/smuggled"):
            self.assert_nothing_reached(target)

    def test_heads_with_ambiguous_framing_are_refused(self):
        self.start_proxy()
        self.refuse_all([(s, c, crlf("POST /refused HTTP/1.1\nHost: a\n" + t))
                         for s, c, t in BAD_FRAMING])

    def test_heads_that_readers_differ_on_are_refused(self):
        self.start_proxy()
        self.refuse_all([(s, c, crlf(t)) for s, c, t in BAD_HEADS] +
                        [(400, "bare-lf", data) for data in BARE_LF])

    def test_broken_chunks_are_refused_and_the_origin_sees_no_end(self):
        self.start_proxy()
        head = crlf("POST /refused HTTP/1.1\nHost: a\n" + CHUNKED)
        for i, chunks in enumerate(BAD_CHUNKS):
            with self.subTest(row=i, chunks=chunks[:60]):
                self.assert_refused(head + chunks + SMUGGLED, [400])
        self.assertEqual([], self.backend.seen("/refused"))
        self.assert_nothing_reached("/smuggled")

    def test_a_405_says_what_is_allowed(self):
        self.start_proxy()
        answer = self.assert_refused(b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", [405])
        self.assertIn("GET", answer.get("Allow"))

    def test_a_refused_head_request_gets_no_body(self):
        self.start_proxy()
        answer = self.assert_refused(b"HEAD /x HTTP/1.1\r\nHost: a b\r\n\r\n", [400])
        self.assertGreater(int(answer.get("Content-Length")), 0)

    def test_bodies_reach_the_origin_as_they_were_framed(self):
        self.start_proxy()
        client = self.open()
        for i, (method, text, framing, body, trailers) in enumerate(GOOD):
            with self.subTest(row=i, text=text[:80]):
                target = f"/good/{i}"
                data = crlf(f"{method} {target} HTTP/1.1\nHost: a\n{text}")
                self.assert_gives(self.ask(client, data), 200)
                seen, = self.backend.seen(target)
                self.assertEqual((method, framing, body, trailers),
                                 (seen.method, seen.framing, seen.body, seen.trailers))
                self.assert_next_works(client)

    def test_bytes_after_a_request_without_a_body_are_the_next_request(self):
        self.start_proxy()
        client = self.open()
        client.sock.sendall(crlf("POST /one HTTP/1.1\nHost: a\n\n") + b"\r\n" + NEXT +
                            crlf("GET /bad HTTP/1.1\nHost: a\nHost: b\n\n") + SMUGGLED)
        self.assert_gives(client.answer(), 200)
        self.assert_gives(client.answer(), 200)
        self.assert_gives(client.answer(), 400)
        self.assert_closed(client)
        self.assert_nothing_reached("/smuggled")
        self.assertEqual(1, len(self.backend.seen("/one")))

    def test_absolute_form_and_the_star_become_origin_form(self):
        self.start_proxy()
        client = self.open()
        for line, host, target, forwarded in (
                ("GET http://a:80/abs?q", "a:80", "/abs?q", "a:80"),
                ("GET HTTP://A/case", "a", "/case", "A"), ("GET https://a?q", "a", "/?q", "a"),
                ("OPTIONS *", "a", "*", "a"), ("OPTIONS http://a", "a", "*", "a"),
                ("GET http://[::1]:8/v6", "[::1]:8", "/v6", "[::1]:8")):
            with self.subTest(line=line):
                data = f"{line} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
                self.assert_gives(self.ask(client, data), 200)
                self.assertEqual(forwarded, self.backend.seen(target)[-1].get("Host"))


if __name__ == "__main__":
    unittest.main()
