#!/usr/bin/env python3
"""HTTP/2 requests row by row (RFC 9113 section 8): raw frames against a strict HTTP/1.1 origin."""
import unittest

import devproof_testing as dt
import h2_frames as h2
from http2_support import Client, Http2Test, request

BAD = "/bad"

# Fields of a request that is refused, and the code, unless the session library has reset the stream
# before: which of the two depends on its version, and test_http2_request.c demands the exact code.
MALFORMED = [
    (request(BAD, "GET", ("Upper", "x")), "field-name"),
    (request(BAD, "GET", ("a b", "x")), "field-name"),
    (request(BAD, "GET", (b"\xc3\xa9", "x")), "field-name"),
    (request(BAD, "GET", ("a:b", "x")), "field-name"),
    (request(BAD, "GET", ("", "x")), "field-name"),
    (request(BAD, "GET", ("a_b", "x")), "field-name-underscore"),
    (request(BAD, "GET", ("a", "x\0y")), "field-value"),
    (request(BAD, "GET", ("a", "x\r\nb: c")), "field-value"),
    (request(BAD, "GET", ("a", "x\ny")), "field-value"),
    (request(BAD, "GET", ("a", " x")), "field-value"),
    (request(BAD, "GET", ("a", "x\t")), "field-value"),
    (request(BAD, "GET", ("connection", "close")), "connection-field"),
    (request(BAD, "GET", ("keep-alive", "1")), "connection-field"),
    (request(BAD, "GET", ("proxy-connection", "close")), "connection-field"),
    (request(BAD, "GET", ("transfer-encoding", "chunked")), "connection-field"),
    (request(BAD, "GET", ("upgrade", "h2c")), "connection-field"),
    (request(BAD, "GET", ("http2-settings", "AAAA")), "connection-field"),
    (request(BAD, "GET", ("te", "gzip")), "connection-field"),
    (request(BAD, "GET", ("te", "trailers, gzip")), "connection-field"),
    (request(BAD, "GET", (":path", BAD)), "pseudo-field"),
    (request(BAD)[1:], "pseudo-field"),
    (request(BAD)[:1] + request(BAD)[2:], "pseudo-field"),
    (request(BAD)[:3], "pseudo-field"),
    (request(BAD) + [(":method", "GET")], "pseudo-field"),
    (request(BAD) + [(":status", "200")], "pseudo-field"),
    (request(BAD) + [(":unknown", "1")], "pseudo-field"),
    ([("a", "b")] + request(BAD), "pseudo-field"),
    (request(""), "target"),
    (request("bad"), "target"),
    (request("*"), "target"),
    (request("http://localhost/bad"), "target"),
    (request("/bad x"), "target"),
    (request("/bad\x01"), "target"),
    (request("/bad#x"), "target"),
    (request("/bad\xe9"), "target"),
    (request(BAD, scheme="http"), "scheme"),
    (request(BAD, scheme="ftp"), "scheme"),
    (request(BAD, authority="a@localhost"), "host"),
    (request(BAD, authority="local host"), "host"),
    (request(BAD, authority="localhost/x"), "host"),
    (request(BAD, authority="a:b"), "host"),
    (request(BAD, "GET", ("host", "other")), "host-differs"),
    (request(BAD, "GET", ("host", "localhost"), ("host", "localhost")), "host-repeated"),
    ([f for f in request(BAD) if f[0] != ":authority"], "host-missing"),
    (request(BAD, "CONNECT"), "method-not-implemented"),
    (request(BAD, "TRACE"), "method-not-allowed"),
    (request(BAD, "BREW"), "method-not-implemented"),
    (request(BAD, "G T"), "method"),
    (request(BAD, "POST", ("content-length", "3")), "body-truncated"),
    (request(BAD, "POST", ("content-length", "-1")), "content-length"),
    (request(BAD, "POST", ("content-length", "x")), "content-length"),
    (request(BAD, "POST", ("content-length", "0"), ("content-length", "0")), "content-length-repeated"),
    (request(BAD, "GET", ("expect", "200-ok")), "expectation"),
]


class Requests(Http2Test):
    def setUp(self):
        super().setUp()
        self.start_proxy()

    def test_malformed_requests_never_reach_the_origin(self):
        client = self.open()
        for fields, code in MALFORMED:
            with self.subTest(fields=fields):
                answer = client.finish(client.open(fields))
                if answer.reset is not None:
                    self.assertEqual(h2.PROTOCOL_ERROR, answer.reset, answer)
                else:
                    self.assertIn(answer.status, (400, 405, 417, 501), answer)
                    self.assertIn(f": {code}\n".encode(), answer.body)
        self.assert_next_works(client)
        self.assertEqual(["/next"], [r.target for r in self.backend.requests])

    def test_a_request_becomes_one_of_http_1_1(self):
        client = self.open()
        answer = client.ask(request("/a?b", "GET", ("accept", "x"), ("te", "trailers"),
                                    ("host", "LOCALHOST"), ("x-forwarded-for", "6.6.6.6"),
                                    ("x-devproof-verdict", "ok"), ("proxy-authorization", "p")))
        self.assertEqual((200, b"ok"), (answer.status, answer.body))
        seen, = self.backend.requests
        self.assertEqual(("GET", "/a?b", "localhost"), (seen.method, seen.target, seen.get("Host")))
        self.assertEqual(["2 devproof", "127.0.0.1", "https", "localhost", "trailers", "TE", None,
                          None, None, None],
                         [seen.get(n) for n in (
                             "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "TE",
                             "Connection", "X-Devproof-Verdict", "Proxy-Authorization",
                             "Transfer-Encoding", "Content-Length")])
        self.assertEqual(seen.get("X-Request-Id"), answer.get("x-request-id"))
        self.assertEqual("1.1 devproof", answer.get("via"))

    def test_host_stands_for_a_missing_authority(self):
        client = self.open()
        fields = [f for f in request("/h") if f[0] != ":authority"] + [("host", "b.test:8")]
        self.assertEqual(200, client.ask(fields).status)
        self.assertEqual("b.test:8", self.backend.requests[0].get("Host"))

    def test_cookie_crumbs_are_joined(self):
        client = self.open()
        client.ask(request("/", "GET", ("cookie", "a=1"), ("accept", "x"), ("cookie", "b=2"),
                           ("cookie", "c=3")))
        self.assertEqual("a=1; b=2; c=3", self.backend.requests[0].get("Cookie"))

    def test_bodies_are_framed_anew(self):
        client = self.open()
        for path, fields, body, framing in (
                ("/known", [("content-length", "5")], b"hello", "length"),
                ("/unknown", [], b"hello", "chunked"),
                ("/none", [("content-length", "0")], b"", "chunked"),  # more could come
                ("/empty", [], b"", "chunked"),
                ("/big", [], bytes(500000), "chunked")):
            self.assertEqual(200, client.ask(request(path, "POST", *fields), body).status)
            seen, = self.backend.seen(path)
            self.assertEqual((framing, body), (seen.framing, seen.body), path)
        self.assertEqual(200, client.ask(request("/get")).status)
        self.assertIsNone(self.backend.seen("/get")[0].framing)

    def test_a_body_must_have_its_length(self):
        for length, pieces in (("5", [b"hell"]), ("3", [b"hell"]), ("5", [b"hel", b"l"])):
            client = self.open()
            stream = client.open(request(BAD, "POST", ("content-length", length)), False)
            for i, piece in enumerate(pieces):
                client.body(stream, piece, i == len(pieces) - 1)
            answer = client.finish(stream)
            self.assertEqual(h2.PROTOCOL_ERROR, answer.reset, (length, pieces, answer))
            self.assert_next_works(client)
        self.assertEqual([], self.backend.seen(BAD))

    def test_no_body_is_whole_before_the_end_of_its_stream(self):
        for length, pieces in (("0", [b""]), ("1", [b"h"]), ("5", [b"hello"]), ("5", [b"h", b"", b"ello"])):
            for more in (b"x", b"x" * 20000):
                client, target = self.open(), f"/more/{length}/{len(pieces)}/{len(more)}"
                stream = client.open(request(target, "POST", ("content-length", length)), False)
                for piece in pieces:
                    client.body(stream, piece, False)
                client.sync()
                dt.wait_for(lambda t=target: self.backend.begun(t), "the head upstream")
                client.body(stream, more, False)
                self.assertEqual(h2.PROTOCOL_ERROR, client.finish(stream).reset)
                self.assert_next_works(client)
                dt.wait_for(lambda: self.backend.cut, "the end of it")
                self.assertEqual([], self.backend.seen(target))
                self.backend.cut.clear()

    def test_a_body_whose_end_comes_late_is_whole_then(self):
        for length, pieces in (("0", [b""]), ("1", [b"h"]), ("20000", [b"x" * 10000, b"", b"x" * 10000])):
            client, target = self.open(), f"/late/{length}"
            stream = client.open(request(target, "POST", ("content-length", length)), False)
            for piece in pieces:
                client.body(stream, piece, False)
            client.sync().body(stream)
            self.assertEqual(200, client.finish(stream).status)
            self.assertEqual([b"".join(pieces)], [seen.body for seen in self.backend.seen(target)])

    def test_trailers_go_on_without_those_that_frame_or_route(self):
        client = self.open()
        stream = client.open(request("/t", "POST", ("te", "trailers")), False)
        client.body(stream, b"x", False)
        client.open([("grpc-status", "0"), ("host", "evil"),
                     ("authorization", "x"), ("x-forwarded-for", "6.6.6.6")], True, stream)
        self.assertEqual(200, client.finish(stream).status)
        seen, = self.backend.requests
        self.assertEqual((b"x", [(b"grpc-status", b"0")]), (seen.body, seen.trailers))

    def test_trailers_with_pseudo_fields_or_without_end_are_refused(self):
        for fields, end in (([(":path", "/x")], True), ([("a", "b")], False)):
            client = self.open()
            stream = client.open(request(BAD, "POST"), False)
            client.open(fields, end, stream)
            self.assertEqual(h2.PROTOCOL_ERROR, client.finish(stream).reset)
            self.assert_next_works(client)
        self.assertEqual([], self.backend.seen(BAD))

    def test_trailers_are_bounded_whenever_they_come(self):
        fits = [(f"t{i}", "x") for i in range(32)]
        for trailers, status in ((fits, 200), ([*fits, ("t", "x")], 431), ([("t", "x" * 8200)], 431),
                                 ([("connection", "x")], 400), ([("a", "b ")], 400)):
            for wait in (False, True):
                client, before = self.open(), self.backend.begun("/bound")
                stream = client.open(request("/bound", "POST"), False)
                client.body(stream, b"x", False)
                while wait and self.backend.begun("/bound") == before:
                    self.assert_next_works(client)
                client.open(trailers, True, stream)
                answer = client.finish(stream)
                self.assertEqual(status, answer.status or 400, (trailers[-1], wait, answer))
                self.assert_next_works(client)
        self.assertEqual([32, 32], [len(r.trailers) for r in self.backend.seen("/bound")])

    def test_a_padded_and_split_request_is_the_same(self):
        client = self.open()
        block = h2.encode(request("/split", "POST", ("a", "b" * 100)))
        client.send(h2.frame(h2.HEADERS, h2.PADDED | h2.HAS_PRIORITY, 1,
                             b"\x03" + b"\0\0\0\0\x10" + block[:7] + b"\0\0\0"),
                    *[h2.frame(h2.CONTINUATION, 0, 1, block[i:i + 40]) for i in range(7, 160, 40)],
                    h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1, block[167:]),
                    h2.frame(h2.DATA, h2.PADDED, 1, b"\x02hello\0\0"),
                    h2.frame(h2.DATA, h2.END_STREAM, 1))
        self.assertEqual(200, client.finish(1).status)
        seen, = self.backend.requests
        self.assertEqual((b"hello", "b" * 100), (seen.body, seen.get("a")))

    def test_head_limits_are_told(self):
        client = self.open()
        for fields, code in (([("a", "x" * 17000)], "head-size"),
                             ([(f"a{i}", "x") for i in range(120)], "field-count")):
            answer = client.ask(request(BAD, "GET", *fields))
            self.assertEqual(431, answer.status, answer)
            self.assertIn(code.encode(), answer.body)
        answer = client.ask(request("/" + "x" * 9000))
        self.assertEqual(414, answer.status, answer)
        self.assert_next_works(client)

    def test_byte_by_byte_is_the_same(self):
        peer = self.open(preface=False)
        whole = h2.PREFACE + h2.settings({h2.HEADER_TABLE_SIZE: 0}) + h2.frame(
            h2.HEADERS, h2.END_HEADERS, 1, h2.encode(request("/slow", "POST"))) + \
            h2.frame(h2.DATA, h2.END_STREAM, 1, b"hello")
        for i in range(len(whole)):
            peer.send(whole[i:i + 1])
        self.assertEqual(200, peer.finish(1).status)
        self.assertEqual(b"hello", self.backend.requests[0].body)

    def test_http_1_1_is_still_spoken(self):
        head, body = self.get(self.gateway)
        self.assert_status(head, 200)
        self.assertEqual(b"ok", body)


assert Client
if __name__ == "__main__":
    unittest.main()
