#!/usr/bin/env python3
"""The whole gateway over HTTP/2: the evidence endpoints, names, and clients that others wrote."""
import json
import unittest

import devproof_testing as dt
import gateway_testing as gt
import h2_frames as h2
from evidence_rows import METHODS, NONCE, ROWS, SAME, SPELLINGS
from gateway_testing import WELL_KNOWN
from http2_support import Client, request
from test_http2_websocket import connect


class Gateway(gt.GatewayTestCase):
    def setUp(self):
        self.gateway = self.start_all()

    def open(self, name="a.test", alpn=("h2", "http/1.1"), settings=()):
        sock = dt.tls_connect("127.0.0.1", self.gateway.port, name, list(alpn))
        self.addCleanup(sock.close)
        self.assertEqual("h2", sock.selected_alpn_protocol())
        return Client(sock, settings)

    def ask2(self, client, path, method="GET"):
        return client.ask(request(path, method, authority="a.test"))

    def assert_app_saw_nothing(self):
        self.assertEqual(0, dt.http_request(self.app.url + "/stats").json()["requests"])

    def test_errors_have_their_status_and_code(self):
        client = self.open()
        for method, path, status, code in ROWS:
            answer = self.ask2(client, WELL_KNOWN + path, method)
            self.assertEqual((status, code),
                             (answer.status, json.loads(answer.body)["error"]["code"]), path)
            self.assertEqual("no-store", answer.get("cache-control"))

    def test_no_spelling_and_no_method_reaches_the_app(self):
        client = self.open()
        for path in SPELLINGS + SAME + [WELL_KNOWN + p for p in ("binding", "session", "x", "")]:
            for method in METHODS:
                answer = self.ask2(client, path, method)
                self.assertIn(answer.status, (200, 204, 400, 404, 405), (method, path))
        self.assert_app_saw_nothing()

    def test_answers_are_those_of_http_1_1(self):
        client = self.open()
        for path in ("binding", "config"):
            for method in ("GET", "HEAD", "OPTIONS"):
                one = self.ask(self.gateway, WELL_KNOWN + path, method)
                two = self.ask2(client, WELL_KNOWN + path, method)
                self.assertEqual((one.status, one.body), (two.status, two.body), (path, method))
                fields = {n.lower(): v for n, v in one.headers.items()}
                for varies in ("date", "x-request-id", "cache-control"):
                    fields.pop(varies, None)
                self.assertLessEqual(set(fields.items()), set(two.final))

    def test_proofs_come_on_any_stream_at_any_time(self):
        client = self.open()
        uploads = [client.open(request("/upload", "POST", authority="a.test"), False)
                   for _ in range(5)]
        bindings = {self.ask2(client, WELL_KNOWN + "binding").body}
        for round_ in range(10):
            for stream in uploads:
                client.body(stream, b"x" * 1000, False)
            page = client.open(request("/stream", authority="a.test"))
            reply = json.loads(self.ask2(client, WELL_KNOWN + f"session?nonce={NONCE}").body)
            self.assertEqual(NONCE, reply["nonce"], round_)
            bindings.add(self.ask2(client, WELL_KNOWN + "binding").body)
            self.assertEqual(200, client.finish(page).status)
        for stream in uploads:
            client.body(stream)
            self.assertEqual(10000, json.loads(client.finish(stream).body)["bytes"])
        self.assertEqual(1, len(bindings))

    def test_answers_that_nobody_takes_share_their_bytes(self):
        """A long configuration, asked for on every stream, and no window to send it in."""
        paths = [f"/{i:03}/" + "x" * 900 for i in range(255)]
        self.gateway = gateway = self.start_gateway({"routes": [{"upstream": "app"}] + [
            {"path": p, "upstream": "app"} for p in paths]}, self.simulator, self.app)
        before = self.metrics(gateway).get("process_resident_memory_bytes")
        for _ in range(4):
            client = self.open(settings={h2.INITIAL_WINDOW_SIZE: 0})
            streams = [client.open(request(WELL_KNOWN + "config", authority="a.test"))
                       for _ in range(100)]
            while not all(client.answer(s).final for s in streams):
                client.read_frame()
        after = self.metrics(gateway).get("process_resident_memory_bytes")
        # What waits to be sent on a stream is 64 KiB and a piece, however long the answer is.
        self.assertLess(after - before, 400 * 250000, "400 answers of 250 KB")

    def test_a_resumed_connection_gets_no_proof(self):
        context = dt.insecure_context(["h2"])
        session = None
        for expected in (200, 409):
            raw = dt.tcp_connect("127.0.0.1", self.gateway.port)
            sock = context.wrap_socket(raw, server_hostname="a.test", session=session)
            answer = self.ask2(Client(sock), WELL_KNOWN + f"session?nonce={NONCE}")
            self.assertEqual(expected, answer.status)
            session = sock.session
            sock.close()

    def test_another_name_than_the_one_of_the_handshake(self):
        client = self.open("a.test")
        self.assertEqual(200, client.ask(request("/", authority="A.test:8443")).status)
        for authority in ("b.test", "a.test.evil", "127.0.0.1"):
            answer = client.ask(request("/", authority=authority))
            self.assertEqual((421, "misdirected"),
                             (answer.status, json.loads(answer.body)["error"]["code"]), authority)
            for method in METHODS:
                self.assertEqual(421, client.ask(request("/", method, authority=authority)).status)
            upgrade = [(n, authority if n == ":authority" else v) for n, v in connect()]
            self.assertEqual(421, client.finish(client.open(upgrade, False)).status)
        self.assertEqual(1, dt.http_request(self.app.url + "/stats").json()["requests"])
        # Evidence is of the connection, not of a host.
        self.assertEqual(200, client.ask(request(WELL_KNOWN + "binding", authority="b.test")).status)
        self.assertEqual(200, self.open(None).ask(request("/", authority="b.test")).status)

    def test_http_1_1_is_chosen_where_h2_is_not_offered(self):
        for alpn in (["http/1.1"], None):
            with dt.tls_connect("127.0.0.1", self.gateway.port, "a.test", alpn) as sock:
                self.assertEqual(alpn and alpn[0], sock.selected_alpn_protocol())
                sock.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                self.assertIn(b"200 OK", sock.recv(1000))
        old = self.start_gateway({"listeners": [{"address": "127.0.0.1:0",
                                                 "protocols": ["http/1.1"]}]},
                                 self.simulator, self.app)
        with dt.tls_connect("127.0.0.1", old.port, "a.test", ["h2", "http/1.1"]) as sock:
            self.assertEqual("http/1.1", sock.selected_alpn_protocol())

    def test_curl_and_nghttp(self):
        url = f"https://127.0.0.1:{self.gateway.port}"
        curl = self.run_program(["curl", "-sk", "--http2", "-w", "%{http_version}",
                                 url + "/upload", "--data-binary",
                                 "@" + self.write("body", "x" * 300000)])
        self.assertEqual((300000, "2"), (json.loads(curl.stdout[:-1])["bytes"], curl.stdout[-1]))
        out = self.run_program(["nghttp", "-nv", url + "/", url + "/echo", url + "/stream"])
        self.assertEqual(3, out.stdout.count(":status: 200"), out.stdout)

    def test_the_access_log_names_the_protocol(self):
        self.assertEqual(200, self.ask2(self.open(), "/").status)
        self.gateway.stop()
        line = json.loads(self.gateway.output().split("\n")[0])
        self.assertEqual("h2", line["protocol"])


if __name__ == "__main__":
    unittest.main()
