#!/usr/bin/env python3
"""What a proxy owes both sides (RFC 9110 section 7): fields, expectations, versions, hops."""
import re
import unittest

from http_support import HttpTest, crlf

HOP = ("Keep-Alive: timeout=5\nProxy-Connection: keep-alive\nUpgrade: h2c\nHTTP2-Settings: AAMA\n"
       "Proxy-Authorization: Basic x\nProxy-Authenticate: Basic\n")
RESERVED = ("X-Forwarded-For: 6.6.6.6\nX-Forwarded-Proto: gopher\nX-Forwarded-Host: evil\n"
            "X-Forwarded-Port: 1\nForwarded: for=6.6.6.6\nX-Real-IP: 6.6.6.6\nClient-Cert: :x:\n"
            "Client-Cert-Chain: :x:\nX-Request-Id: chosen-by-the-peer\nX-Devproof-Verdict: ok\n"
            "Devproof-Binding: x\nX-Flashbots-Measurement: x\n")
END_TO_END = [b"Accept", b"Cookie", b"Authorization", b"Cache-Control", b"ETag"]
END_TO_END_TEXT = ("Accept: x\nCookie: c=1\nCookie: d=2\nAuthorization: Bearer t\n"
                   "Cache-Control: no-transform\nETag: \"e\"\n")


def names(message):
    return [n for n, _ in message.fields]


class Forward(HttpTest):
    def forwarded(self, text, status=200):
        """The answer to GET /f with these fields, and what the origin saw."""
        answer = self.ask(self.open(), crlf("GET /f HTTP/1.1\nHost: Shop.test:81\n" + text + "\n"))
        self.assert_gives(answer, status)
        return answer, self.backend.seen("/f")[-1]

    def answered(self, head, body=b"", method="GET", version="1.1"):
        """What the client gets of an answer of the origin, and its connection."""
        self.backend.answers["/answer"] = crlf(head) + body
        client = self.open()
        data = crlf(f"{method} /answer HTTP/{version}\nHost: a\n\n")
        return self.ask(client, data, method), client

    def test_hop_by_hop_fields_of_a_request_stop_here(self):
        self.start_proxy()
        _, seen = self.forwarded(HOP + "Connection: close, x-Secret, ,X-Other\nX-Secret: 1\n"
                                 "X-Other: 2\nConnection: x-third\nX-Third: 3\n" + END_TO_END_TEXT)
        self.assertEqual(set(END_TO_END) | {b"Host", b"Via", b"X-Forwarded-For",
                         b"X-Forwarded-Proto", b"X-Forwarded-Host", b"X-Forwarded-Port",
                         b"X-Request-Id"}, set(names(seen)))
        self.assertEqual([b"c=1", b"d=2"], seen.all("Cookie"))

    def test_connection_cannot_name_away_what_matters(self):
        self.start_proxy()
        _, seen = self.forwarded(
            "Connection: host, cookie, authorization, content-length, x-forwarded-for, via, date\n"
            "Connection: x-forwarded-proto, x-request-id, client-cert, expect, max-forwards\n"
            "Cookie: c\nAuthorization: b\nContent-Length: 0\nVia: 1.1 before\nMax-Forwards: 3\n")
        for name in ("Host", "Cookie", "Authorization", "Content-Length", "X-Forwarded-For",
                     "X-Forwarded-Proto", "X-Request-Id", "Max-Forwards"):
            self.assertEqual(1, len(seen.all(name)), name)
        self.assertEqual([b"1.1 before", b"1.1 devproof"], seen.all("Via"))
        answer, _ = self.answered("HTTP/1.1 200 OK\nConnection: date, set-cookie, content-length\n"
                                  "Date: then\nSet-Cookie: s\nContent-Length: 2\n\n", b"ok")
        self.assertEqual(("then", "s", b"ok"),
                         (answer.get("Date"), answer.get("Set-Cookie"), answer.body))

    def test_reserved_fields_are_ours_alone(self):
        self.start_proxy()
        answer, seen = self.forwarded(RESERVED)
        self.assertEqual(["127.0.0.1", "http", "Shop.test:81", str(self.gateway.port)],
                         [seen.get("X-Forwarded-" + n) for n in ("For", "Proto", "Host", "Port")])
        for line in RESERVED.splitlines():
            name, value = line.split(": ")
            self.assertNotIn(value.encode(), seen.all(name))
        for name in ("Forwarded", "X-Real-IP", "Client-Cert", "Client-Cert-Chain",
                     "X-Devproof-Verdict", "Devproof-Binding", "X-Flashbots-Measurement"):
            self.assertIsNone(seen.get(name))
        self.assertRegex(seen.get("X-Request-Id"), "^[0-9a-f]{32}$")
        self.assertEqual(seen.get("X-Request-Id"), answer.get("X-Request-Id"))
        self.wait_event(self.gateway, "request", id=seen.get("X-Request-Id"))
        answer, _ = self.answered("HTTP/1.1 200 OK\n" + RESERVED + "Content-Length: 0\n\n")
        self.assertEqual([b"Date", b"Via", b"X-Request-Id", b"Content-Length"], names(answer))
        self.assertRegex(answer.get("X-Request-Id"), "^[0-9a-f]{32}$")

    def test_hop_by_hop_fields_of_an_answer_stop_here(self):
        self.start_proxy()
        answer, client = self.answered(
            "HTTP/1.1 200 Fine, thanks\n" + HOP + "Connection: keep-alive, x-secret\nX-Secret: 1\n"
            "TE: x\nServer: origin/1\nDate: today\nVia: 1.0 inner\nContent-Length: 2\nX_Y: z\n"
            "Trailer: x\nAlt-Svc: h3\n\n", b"ok")
        self.assertEqual([(b"Server", b"origin/1"), (b"Date", b"today"), (b"Via", b"1.0 inner"),
                          (b"X_Y", b"z"), (b"Trailer", b"x"), (b"Alt-Svc", b"h3"),
                          (b"Via", b"1.1 devproof")],
                         [f for f in answer.fields if f[0] not in (b"X-Request-Id",
                                                                   b"Content-Length")])
        self.assertEqual(b"Fine, thanks", answer.start[2])
        self.assert_next_works(client)

    def test_a_missing_date_is_added(self):
        self.start_proxy()
        answer, _ = self.answered("HTTP/1.1 200 OK\nContent-Length: 0\n\n")
        self.assertRegex(answer.get("Date"), r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} "
                                             r"\d\d:\d\d:\d\d GMT$")

    def test_via_can_be_off(self):
        self.start_proxy("--no-via")
        answer, seen = self.forwarded("Via: 1.1 before\n")
        self.assertEqual(("1.1 before", None), (seen.get("Via"), answer.get("Via")))

    def test_via_names_the_version_that_was_received(self):
        self.start_proxy()
        self.ask(self.open(), crlf("GET /old HTTP/1.0\nHost: a\n\n"))
        self.assertEqual("1.0 devproof", self.backend.seen("/old")[0].get("Via"))
        answer, _ = self.answered("HTTP/1.0 200 OK\nContent-Length: 0\n\n")
        self.assertEqual("1.0 devproof", answer.get("Via"))

    def test_a_loop_ends(self):
        self.start_proxy()
        self.forwarded("Via: 1.1 devproof, 1.1 x, 1.0 DEVPROOF (a)\nVia: 1.1 devproof,2 devproof\n"
                       "Via: 1.1 devproofs, devproof\n")
        client = self.open()
        answer = self.ask(client, crlf("GET /loop HTTP/1.1\nHost: a\n" +
                                       "Via: 1.1 devproof, 1.1 x\n" * 5 + "\n"))
        self.assert_bad_gateway(answer, 502, "proxy_loop_detected")
        self.assert_nothing_reached("/loop")
        self.assert_next_works(client)

    def test_te_passes_trailers_only(self):
        self.start_proxy()
        for value, te in (("trailers", "trailers"), ("gzip, Trailers", "trailers"), ("gzip", None),
                          ("chunked", None), ("", None)):
            _, seen = self.forwarded(f"Connection: TE\nTE: {value}\n")
            self.assertEqual((te, te and "TE"), (seen.get("TE"), seen.get("Connection")), value)

    def test_max_forwards(self):
        self.start_proxy()
        client = self.open()
        for value, left in (("5", "4"), ("1", "0"), ("007", "6"), ("many", "many"), ("-1", "-1")):
            data = crlf(f"OPTIONS /mf HTTP/1.1\nHost: a\nMax-Forwards: {value}\n\n")
            self.assert_gives(self.ask(client, data), 200)
            self.assertEqual(left, self.backend.seen("/mf")[-1].get("Max-Forwards"))
        for target, value in (("*", "0"), ("/zero", "0"), ("/zero", "000")):
            data = crlf(f"OPTIONS {target} HTTP/1.1\nHost: a\nMax-Forwards: {value}\n\n")
            answer = self.assert_gives(self.ask(client, data), 200, b"")
            self.assertIn("OPTIONS", answer.get("Allow"))
        self.assert_nothing_reached("/zero")
        self.ask(client, crlf("GET /mf HTTP/1.1\nHost: a\nMax-Forwards: 0\n\n"))
        self.assertEqual("0", self.backend.seen("/mf")[-1].get("Max-Forwards"))
        self.assert_next_works(client)

    def test_http_1_0_clients(self):
        self.start_proxy()
        chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
        answer, client = self.answered(chunked, b"2\r\nok\r\n0\r\nX: y\r\n\r\n", version="1.0")
        self.assertEqual(("close", b"ok", "close"),
                         (answer.framing, answer.body, answer.get("Connection")))
        answer, client = self.answered("HTTP/1.1 200 OK\nContent-Length: 2\n\n", b"ok", version="1.0")
        self.assert_gives(answer, 200, b"ok")
        self.assert_closed(client)
        client = self.open()
        for _ in range(2):
            answer = self.ask(client, crlf("GET / HTTP/1.0\nConnection: keep-alive\n\n"))
            self.assertEqual("keep-alive", self.assert_gives(answer, 200, b"ok").get("Connection"))
        self.assertEqual([b""], self.backend.seen("/")[0].all("Host"))
        data = crlf("POST /e HTTP/1.0\nHost: a\nExpect: 100-continue\nContent-Length: 2\n\n")
        self.assert_gives(self.ask(self.open(), data + b"ok"), 200)
        self.assertIsNone(self.backend.seen("/e")[0].get("Expect"))

    def test_a_close_of_the_client_is_kept(self):
        self.start_proxy()
        client = self.open()
        answer = self.ask(client, crlf("GET /c HTTP/1.1\nHost: a\nConnection: Close\n\n"
                                       "GET /never HTTP/1.1\nHost: a\n\n"))
        self.assertEqual("close", answer.get("Connection"))
        self.assert_closed(client)
        self.assert_nothing_reached("/never")
        self.assertIsNone(self.backend.seen("/c")[0].get("Connection"))
        self.assert_next_works()
        self.assertEqual(1, len(self.backend.connections))

    def test_answers_of_our_own_name_the_product_without_a_version(self):
        self.start_proxy()
        client = self.open()
        answer = self.ask(client, crlf("GET /_own?2 HTTP/1.1\nHost: a\n\n"))
        self.assertEqual("devproof", answer.get("Server"))
        self.assertTrue(re.fullmatch("[0-9a-f]{32}", answer.get("X-Request-Id")))
        self.assertIsNone(answer.get("Via"))


if __name__ == "__main__":
    unittest.main()
