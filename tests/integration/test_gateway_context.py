#!/usr/bin/env python3
"""Request ids and traces: what a client may say of its request, and who is believed."""
import json
import re
import unittest

import devproof_testing as dt
import gateway_testing as gt
import http2_support

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MADE = re.compile(r"[0-9a-f]{32}")


class Context(gt.GatewayTestCase):
    def start_trusting(self, *trusted, **listener):
        return self.start_all({"listeners": [{"address": "127.0.0.1:0",
                                              "trusted_proxies": list(trusted), **listener}]})

    def seen(self, gateway, headers, h2=False):
        """What the app got, as lists by name, and the id that the answer tells."""
        if h2:
            client = http2_support.Client(
                dt.tls_connect("127.0.0.1", gateway.port, "localhost", ["h2"]))
            self.addCleanup(client.sock.close)
            answer = client.ask(http2_support.request(
                "/echo", "GET", *[(k.lower(), v) for k, v in headers]))
            body, told = json.loads(answer.body), answer.get("x-request-id")
        else:
            client = gt.Client(gateway.port)
            self.addCleanup(client.close)
            client.putrequest("GET", "/echo")
            for name, value in headers:
                client.putheader(name, value)
            client.endheaders()
            reply = client.getresponse()
            body, told = json.loads(reply.read()), reply.getheader("X-Request-Id")
        fields = {}
        for name, value in body["headers"]:
            fields.setdefault(name.lower(), []).append(value)
        self.assertEqual([told], fields["x-request-id"])
        return fields, told

    def assert_logged(self, gateway, ids):
        dt.wait_for(lambda: set(ids) <= {json.loads(line)["request_id"] for line in
                                         gateway.output().split("\n")[:-1]}, "the access log")

    def test_a_client_cannot_name_its_request(self):
        gateway = self.start_trusting("192.0.2.0/24")
        for h2 in (False, True):
            ids = set()
            for _ in range(3):
                fields, told = self.seen(gateway, [("X-Request-Id", "mine"),
                                                   ("X-Forwarded-For", "6.6.6.6")], h2)
                self.assertRegex(told, MADE)
                self.assertEqual(["127.0.0.1"], fields["x-forwarded-for"])
                ids.add(told)
            self.assertEqual(3, len(ids))
        self.assert_logged(gateway, ids)

    def test_a_trusted_proxy_can(self):
        gateway = self.start_trusting("127.0.0.0/8")
        for h2 in (False, True):
            fields, told = self.seen(gateway, [("X-Request-Id", "A1-._~:@=+/"),
                                               ("X-Forwarded-For", "203.0.113.7, 198.51.100.2"),
                                               ("X-Forwarded-Host", "other.test"),
                                               ("X-Forwarded-Proto", "http")], h2)
            self.assertEqual("A1-._~:@=+/", told)
            self.assertEqual(["203.0.113.7, 198.51.100.2, 127.0.0.1"], fields["x-forwarded-for"])
            self.assertEqual(["https"], fields["x-forwarded-proto"])
            self.assertNotIn("other.test", fields["x-forwarded-host"])
        longest = "x" * 128
        self.assertEqual(longest, self.seen(gateway, [("X-Request-Id", longest)])[1])
        self.assert_logged(gateway, ["A1-._~:@=+/", longest])
        for bad in ("x" * 129, "a b", 'a"b', "a,b"):
            self.assertRegex(self.seen(gateway, [("X-Request-Id", bad)])[1], MADE)
        twice = [("X-Request-Id", "a"), ("X-Request-Id", "b")]
        self.assertRegex(self.seen(gateway, twice)[1], MADE)
        self.assertEqual(["127.0.0.1"], self.seen(gateway, [])[0]["x-forwarded-for"])

    def test_behind_a_relay_the_told_address_counts(self):
        gateway = self.start_trusting("203.0.113.9", proxy_protocol={"from": ["127.0.0.1"]})
        for client, kept in (("203.0.113.9", True), ("203.0.113.8", False)):
            raw = dt.tcp_connect("127.0.0.1", gateway.port)
            raw.sendall(f"PROXY TCP4 {client} 198.51.100.1 4711 443\r\n".encode())
            with dt.insecure_context().wrap_socket(raw) as tls:
                tls.sendall(b"GET /echo HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n"
                            b"Connection: close\r\n\r\n")
                answer = dt.receive_all(tls)
            self.assertEqual(kept, b"X-Request-Id: mine\r\n" in answer, client)

    def test_traces_go_on_unless_they_are_malformed(self):
        gateway = self.start_trusting()
        for h2 in (False, True):
            fields, _ = self.seen(gateway, [("tracestate", "a=1"), ("traceparent", TRACE),
                                            ("tracestate", "t@s=2, b=3")], h2)
            self.assertEqual([TRACE], fields["traceparent"])
            self.assertEqual(["a=1", "t@s=2, b=3"], fields["tracestate"])
            for parent in (TRACE[:-1], TRACE.upper(), "ff" + TRACE[2:], TRACE + "-x"):
                fields, _ = self.seen(gateway, [("traceparent", parent), ("tracestate", "a=1"),
                                                ("X-Other", "kept")], h2)
                self.assertEqual((None, None, ["kept"]), tuple(
                    fields.get(n) for n in ("traceparent", "tracestate", "x-other")))
            fields, _ = self.seen(gateway, [("traceparent", TRACE), ("tracestate", "a=1,a=2")], h2)
            self.assertEqual([TRACE], fields["traceparent"])
            self.assertNotIn("tracestate", fields)
            self.assertNotIn("traceparent", self.seen(gateway, [], h2)[0])


if __name__ == "__main__":
    unittest.main()
