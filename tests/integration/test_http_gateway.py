#!/usr/bin/env python3
"""The gateway's own rows of the proxy checklist: paths, hosts, forwarded fields, error answers."""
import json
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from recording_backend import Reader, RecordingBackend

TWO = {"routes": [{"path": "/", "upstream": "app"}, {"path": "/admin", "upstream": "admin"}]}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

GUARDED = ["/admin", "/admin/", "/admin/x", "/%61dmin", "/%61%64%6D%69%6E/x", "/admin?x=//y",
           "/admin/a;b"]
OPEN = ["/", "/administrator", "/x/admin", "/Admin", "/a;b=c/d", "/a%20b", "/x?/../admin",
        "/%E2%82%AC", "/a:b@c!$&'()*+,="]
AMBIGUOUS = ["//admin", "/x//admin", "/./admin", "/x/../admin", "/%2e/admin", "/x/%2E%2e/admin",
             "/x/.%2e/admin", "/%2fadmin", "/x%2Fadmin", "/x\\admin", "/x%5cadmin", "/x/..;/admin",
             "/x/..;a=b/admin", "/;/admin", "/admin;x", "/admin;x/y", "/x/..%3b/admin", "/admin/..",
             "/admin/../x", "/admin%2f..%2f"]
REFUSED = ["/%00", "/%", "/%zz", "/a%4"]


class Gateway(gt.GatewayTestCase):
    def start_with(self, config, **backends):
        """A gateway in front of recording backends, by name of upstream."""
        self.backends = backends
        upstreams = {n: {"servers": [b.server]} for n, b in backends.items()}
        return self.start_gateway(gt.merge({"upstreams": upstreams}, config),
                                  self.start_simulator())

    def open(self, gateway):
        sock = dt.tls_connect("127.0.0.1", gateway.port, "a.test")
        self.addCleanup(sock.close)
        return Reader(sock)

    def ask(self, client, target="/", method="GET", text=""):
        client.sock.sendall(f"{method} {target} HTTP/1.1\r\nHost: a.test\r\n{text}\r\n".encode())
        return client.answer(method)

    def targets(self, name):
        return [r.target for r in self.backends[name].requests]

    def test_a_guarded_path_cannot_be_spelled_around(self):
        gateway = self.start_with(TWO, app=RecordingBackend(self), admin=RecordingBackend(self))
        client = self.open(gateway)
        for target in GUARDED + OPEN:
            self.assertEqual(200, self.ask(client, target).status, target)
        # What was received is what is forwarded, byte for byte.
        self.assertEqual(GUARDED, self.targets("admin"))
        self.assertEqual(OPEN, self.targets("app"))
        for target in AMBIGUOUS + REFUSED:
            with self.subTest(target=target):
                answer = self.ask(client, target)
                code = "path" if target in REFUSED else "ambiguous-path"
                self.assertEqual((400, code), (answer.status,
                                               json.loads(answer.body)["error"]["code"]))
        self.assertEqual(200, self.ask(client, "*", "OPTIONS").status)
        self.assertEqual((len(GUARDED), OPEN + ["*"]),
                         (len(self.targets("admin")), self.targets("app")))

    def test_one_upstream_gets_every_spelling_as_it_came(self):
        gateway = self.start_with({}, app=RecordingBackend(self))
        client = self.open(gateway)
        for target in AMBIGUOUS:
            self.assertEqual(200, self.ask(client, target).status, target)
        self.assertEqual(AMBIGUOUS, self.targets("app"))
        for target in REFUSED:
            self.assertEqual(400, self.ask(client, target).status, target)

    def test_fields_of_both_sides(self):
        secret = ("X-Forwarded-For: 6.6.6.6\r\nX-Request-Id: mine\r\nX-Devproof-Verdict: ok\r\n"
                  "Client-Cert: :x:\r\nForwarded: for=6.6.6.6\r\n")
        answer = OK.replace(b"\r\n\r\n", b"\r\n" + secret.encode() + b"Server: app\r\n\r\n")
        gateway = self.start_with({}, app=RecordingBackend(self, {"/": answer}))
        client = self.open(gateway)
        got = self.ask(client, "/", "GET", secret)
        seen, = self.backends["app"].requests
        self.assertEqual(["127.0.0.1", "https", "a.test", str(gateway.port), "1.1 devproof-gateway"],
                         [seen.get(n) for n in ("X-Forwarded-For", "X-Forwarded-Proto",
                                                "X-Forwarded-Host", "X-Forwarded-Port", "Via")])
        for name in ("X-Devproof-Verdict", "Client-Cert", "Forwarded"):
            self.assertEqual((None, None), (seen.get(name), got.get(name)))
        self.assertEqual(seen.get("X-Request-Id"), got.get("X-Request-Id"))
        self.assertEqual(("app", "1.1 devproof-gateway"), (got.get("Server"), got.get("Via")))
        gateway.stop()
        self.assertEqual(got.get("X-Request-Id"), json.loads(gateway.output())["request_id"])

    def test_failures_say_why_and_keep_the_connection(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def hold(connection, message):
            connection.backend.complete(connection, message)
            release.wait(dt.DEADLINE_S)
            return False
        app = RecordingBackend(self, {"/silent": hold, "/bad": b"garbage\r\n\r\n",
                                      "/cut": lambda c, m: bool(c.send(OK[:9]))})
        gateway = self.start_with({"timeouts": {"first_byte_ms": 1500}}, app=app)
        client = self.open(gateway)
        for target, status, token in (("/silent", 504, "connection_read_timeout"),
                                      ("/bad", 502, "http_protocol_error"),
                                      ("/cut", 502, "http_response_incomplete")):
            answer = self.ask(client, target)
            self.assertEqual(status, answer.status)
            self.assertRegex(answer.get("Proxy-Status"),
                             f'^devproof-gateway; error={token}; details="[a-z-]+"$')
            self.assertEqual("devproof-gateway", answer.get("Server"))
            self.assertEqual(200, self.ask(client).status)

    def test_options_is_answered_where_it_may_not_go_on(self):
        gateway = self.start_with({}, app=RecordingBackend(self))
        client = self.open(gateway)
        answer = self.ask(client, "*", "OPTIONS", "Max-Forwards: 0\r\n")
        self.assertEqual((200, b""), (answer.status, answer.body))
        self.assertIn("OPTIONS", answer.get("Allow"))
        self.assertEqual([], self.targets("app"))
        self.assertEqual(200, self.ask(client).status)

    def test_a_client_of_http_1_0_without_host_asks_for_the_name_of_its_handshake(self):
        other = {"routes": [{"host": "a.test", "upstream": "app"}, {"upstream": "other"}]}
        gateway = self.start_with(other, app=RecordingBackend(self), other=RecordingBackend(self))
        for name, backend, host in (("A.test", "app", b"a.test"), ("b.test", "other", b"b.test"),
                                    (None, "other", b"")):
            answer = self.raw(gateway, b"GET /old HTTP/1.0\r\n\r\n", name)
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
            seen = self.backends[backend].requests[-1]
            self.assertEqual([host], seen.all("Host"))
            self.assertEqual([host] if host else [], seen.all("X-Forwarded-Host"))
        answer = self.raw(gateway, b"GET /old HTTP/1.0\r\nHost: \r\n\r\n", "a.test")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        for host, count in (("A.TEST:1", (2, 2)), ("a.test.", (2, 3))):
            self.raw(gateway, f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode(), "a.test")
            self.assertEqual(count, (len(self.targets("app")), len(self.targets("other"))), host)


if __name__ == "__main__":
    unittest.main()
