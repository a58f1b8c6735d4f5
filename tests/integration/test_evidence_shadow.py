#!/usr/bin/env python3
"""An app that answers everything is never asked for evidence: spellings, methods, upgrades."""
import json
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_websocket import KEY, accept_of, switched
from evidence_rows import METHODS, NONCE, SAME, SPELLINGS
from gateway_testing import WELL_KNOWN
from http2_support import Client, request
from recording_backend import Reader, RecordingBackend
from test_http2_websocket import connect

BINDING = WELL_KNOWN + "binding"
UPGRADE = (f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           f"Sec-WebSocket-Key: {KEY}\r\n")
# What some frameworks take for another method or path than that of the request line.
OVERRIDES = ("X-HTTP-Method-Override: POST\r\nX-Original-URL: /app\r\nX-Rewrite-URL: /app\r\n"
             "X-Forwarded-Prefix: /app\r\n")


def written():
    """Every byte of the path written in each other way, one at a time."""
    for i, c in enumerate(BINDING[1:], 1):
        before, after = BINDING[:i], BINDING[i + 1:]
        yield f"{before}%{ord(c):02x}{after}"
        yield f"{before}%{ord(c):02X}{after}"
        yield f"{before}%25{ord(c):02x}{after}"
        if c == "/":
            yield from (before + other + after for other in
                        ("//", "/./", "/x/../", "/x/..;/", ";x=y/", "\\", "%5c", "/%2e/", ";/"))
        if c.isalpha() and i < len(WELL_KNOWN):
            yield before + c.upper() + after


PATHS = list(dict.fromkeys([BINDING, f"{WELL_KNOWN}session?nonce={NONCE}", WELL_KNOWN,
                            WELL_KNOWN + "x", *SAME, *SPELLINGS, *written()]))


class Shadow(gt.GatewayTestCase):
    def setUp(self):
        self.app = RecordingBackend(self)
        self.gateway = self.start_gateway({"upstreams": {"app": {"servers": [self.app.server]}}},
                                          self.start_simulator())

    def open(self, alpn="http/1.1"):
        sock = dt.tls_connect("127.0.0.1", self.gateway.port, "localhost", [alpn])
        self.addCleanup(sock.close)
        return Client(sock) if alpn == "h2" else Reader(sock)

    def ask(self, client, target, method="GET", text=""):
        client.sock.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{text}\r\n".encode())
        return client.answer(method)

    def assert_app_heard(self, *targets):
        self.assertEqual(list(targets), [r.target for r in self.app.requests])
        self.assertEqual([], self.app.cut)

    def test_every_spelling_with_every_method(self):
        client, other = self.open(), self.open("h2")
        for path in PATHS:
            for method in METHODS if path in SAME + SPELLINGS + [BINDING] else ("GET", "POST"):
                first = self.ask(client, path, method)
                second = other.ask(request(path, method))
                self.assertIn(first.status, (200, 204, 400, 404, 405), (method, path))
                self.assertEqual(first.status, second.status, (method, path))
        self.assert_app_heard()

    def test_the_absolute_form(self):
        for origin in ("https://localhost", "HTTPS://LOCALHOST", "http://localhost"):
            client = self.open()
            for path in [BINDING, *SAME]:
                answer = self.ask(client, origin + path)
                self.assertEqual((200, 1), (answer.status, json.loads(answer.body)["v"]), path)
            for path in SPELLINGS:
                self.assertIn(self.ask(client, origin + path).status, (400, 404), path)
        self.assert_app_heard()

    def test_the_star_is_no_path_of_ours(self):
        client = self.open()
        for target in ("*", "https://localhost"):
            self.assertEqual(200, self.ask(client, target, "OPTIONS").status)
        self.assertEqual(405, client_status(self.open(), f"TRACE {BINDING}"))
        self.assertEqual(501, client_status(self.open(), "CONNECT localhost:443"))
        self.assert_app_heard("*", "*")

    def test_no_upgrade_makes_it_the_apps(self):
        self.app.answers = {p: switched(accept=accept_of()) for p in PATHS}
        client, other = self.open(), self.open("h2")
        for path in PATHS:
            self.assertIn(self.ask(client, path, text=UPGRADE).status, (200, 400, 404), path)
            answer = other.finish(other.open(connect(path), False))
            self.assertIn(answer.status, (400, 404, 405), path)
        self.assert_app_heard()

    def test_fields_that_rewrite_requests_change_nothing(self):
        client = self.open()
        answer = self.ask(client, BINDING, text=OVERRIDES)
        self.assertEqual((200, 1), (answer.status, json.loads(answer.body)["v"]))
        self.assert_app_heard()

    def test_it_comes_at_any_time_of_a_connection(self):
        client = self.open()
        get = "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        post = "POST /app HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"
        proof = f"{WELL_KNOWN}session?nonce={NONCE}"
        rounds = 30
        client.sock.sendall((get.format(BINDING) + post + get.format(proof) + get.format("/app") +
                             get.format(WELL_KNOWN + "config")).encode() * rounds)
        for _ in range(rounds):
            self.assertEqual(1, json.loads(client.answer().body)["v"])
            self.assertEqual(b"ok", client.answer().body)
            self.assertEqual(NONCE, json.loads(client.answer().body)["nonce"])
            self.assertEqual(b"ok", client.answer().body)
            self.assertIn("upstreams", json.loads(client.answer().body))
        self.assert_app_heard(*["/app"] * 2 * rounds)

    def test_it_needs_no_app(self):
        self.app.stop()
        for _ in range(5):
            self.assertEqual(502, self.ask(self.open(), "/").status)
            self.assertEqual(200, self.ask(self.open(), BINDING).status)


def client_status(client, first_line):
    client.sock.sendall(f"{first_line} HTTP/1.1\r\nHost: localhost:443\r\n\r\n".encode())
    return client.answer().status


if __name__ == "__main__":
    unittest.main()
