#!/usr/bin/env python3
"""GET /metrics: read by a strict parser; counters move by what was done, and by nothing else."""
import os
import re
import time
import unittest

import devproof_testing as dt
import gateway_testing as gt
import http2_support
from exposition import CONTENT_TYPE, Metrics
from gateway_testing import WELL_KNOWN

P = "devproof_gateway_"
TABLE = re.compile(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) ?\|", re.M)
NONCE = "ab" * 32


class MetricsTest(gt.GatewayTestCase):
    def scrape(self, gateway):
        reply = dt.http_request(gateway.admin + "/metrics")
        self.assertEqual((200, CONTENT_TYPE), (reply.status, reply.headers["Content-Type"]))
        return Metrics(reply.body.decode())

    def wait(self, gateway, condition, what):
        """Scrape until it is so: a request counts when it has ended."""
        def look():
            m = self.scrape(gateway)
            return m if condition(m) else None
        return dt.wait_for(look, what)

    def moved(self, before, after, name, **labels):
        return after.get(P + name, **labels) - before.get(P + name, **labels)


class Form(MetricsTest):
    def test_every_metric_is_documented_with_its_type_and_labels(self):
        gateway = self.start_all({"limits": {"max_memory_bytes": 1 << 40}})
        self.ask(gateway, "/")
        self.ask(gateway, WELL_KNOWN + "nothing")
        m = self.wait(gateway, lambda m: m.sum(P + "http_requests_total") == 2 and
                      m.get(P + "self_check_ok"), "counts")
        with open(os.path.join(dt.source_dir(), "docs", "metrics.md"), encoding="utf-8") as f:
            table = {n: (t, set(filter(None, ls.split(", ")))) for n, t, ls in TABLE.findall(f.read())}
        self.assertEqual({n: t for n, (t, _) in table.items()}, m.types)
        for name, (_, labels) in table.items():
            self.assertLessEqual(m.names_of_labels(name), {frozenset(labels)}, name)

    def test_methods_and_the_state_before_the_first_evidence(self):
        gateway = self.start_gateway({"insecure_agent_endpoint": self.path("nobody.sock")},
                                     ready=False)
        self.wait_admin(gateway)
        m = self.wait(gateway, lambda m: m.get(P + "agent_calls_total", result="agent-unavailable"),
                      "a failed call")
        self.assertEqual(0, m.samples[(P + "ready", frozenset())])
        self.assertGreaterEqual(m.get(P + "evidence_rounds_total", result="failed"), 1)
        self.assertNotIn(P + "evidence_age_seconds", m.types)
        self.assertNotIn(P + "http_requests_total", m.types)
        head = dt.http_request(gateway.admin + "/metrics", "HEAD")
        self.assertEqual((200, b""), (head.status, head.body))
        self.assertGreater(int(head.headers["Content-Length"]), 1000)
        self.assertEqual(405, dt.http_request(gateway.admin + "/metrics", "POST").status)
        self.assertEqual(404, dt.http_request(gateway.admin + "/metrics/").status)

    def test_names_of_the_configuration_are_escaped(self):
        gateway = self.start_all({"upstreams": {"app": {"servers": ["127.0.0.1:9"]},
                                                'a"\\b': {"servers": ["127.0.0.1:9"]}},
                                  "routes": [{"upstream": "app"}]})
        m = self.scrape(gateway)
        self.assertEqual(1, m.get(P + "upstream_servers", upstream='a"\\b'))


class Amounts(MetricsTest):
    def test_requests_by_route_code_and_protocol(self):
        gateway = self.start_all({"routes": [{"path": "/", "upstream": "app"},
                                             {"path": "/echo", "upstream": "app"}]})
        before = self.scrape(gateway)
        client = gt.Client(gateway.port)
        for _ in range(3):
            self.assertEqual(200, client.ask("/").status)
        size = len(client.ask("/bytes?n=5000").body)
        self.assertEqual(200, client.ask("/echo", "POST", b"x" * 700).status)
        self.assertEqual(404, client.ask("/no-such-page").status)
        self.assertEqual(404, client.ask(WELL_KNOWN + "nothing").status)
        client.close()
        self.ask_h2(gateway, "/")
        m = self.wait(gateway, lambda m: m.sum(P + "http_requests_total") == 8, "eight requests")
        for labels, n in ((("*/", "200", "http/1.1"), 4), (("*/", "404", "http/1.1"), 1),
                          (("*/echo", "200", "http/1.1"), 1), (("*/", "200", "h2"), 1),
                          (("none", "404", "http/1.1"), 1)):
            route, code, protocol = labels
            self.assertEqual(n, self.moved(before, m, "http_requests_total", route=route, code=code,
                                           protocol=protocol), labels)
            count = P + "http_request_duration_seconds_count"
            self.assertEqual(m.sum(P + "http_requests_total", route=route, protocol=protocol),
                             m.get(count, route=route, protocol=protocol))
        self.assertEqual(700, m.get(P + "http_request_body_bytes_total", route="*/echo"))
        self.assertEqual(0, m.get(P + "http_request_body_bytes_total", route="*/"))
        page = len(self.ask(gateway, "/").body)
        missing = len(self.ask(gateway, "/no-such-page").body)
        self.assertEqual(4 * page + size + missing,
                         m.get(P + "http_response_body_bytes_total", route="*/"))
        self.assertEqual({("not-found", 1.0)}, {
            (dict(labels)["reason"], v) for (name, labels), v in m.samples.items()
            if name == P + "http_errors_total"})
        self.assertEqual(7, m.get(P + "upstream_first_byte_seconds_count", upstream="app"))
        self.assertEqual(7, m.get(P + "upstream_connects_total") +
                         m.get(P + "upstream_reuses_total"))

    def ask_h2(self, gateway, path):
        client = http2_support.Client(
            dt.tls_connect("127.0.0.1", gateway.port, "localhost", ["h2"]))
        self.addCleanup(client.sock.close)
        answer = client.ask(http2_support.request(path))
        self.assertEqual(200, answer.status)
        client.sock.close()

    def test_a_duration_falls_into_its_bucket(self):
        gateway = self.start_all()
        self.assertEqual(200, self.ask(gateway, "/slow?ms=300").status)
        m = self.wait(gateway, lambda m: m.sum(P + "http_requests_total") == 1, "a request")
        name, labels = P + "http_request_duration_seconds", {"route": "*/", "protocol": "http/1.1"}
        self.assertEqual(0, m.get(name + "_bucket", le="0.25", **labels))
        self.assertEqual(1, m.get(name + "_bucket", le="30", **labels))
        self.assertGreaterEqual(m.get(name + "_sum", **labels), 0.3)
        self.assertLess(m.get(name + "_sum", **labels), 30)

    def test_handshakes_connections_and_bytes(self):
        gateway = self.start_all()
        context = dt.insecure_context()
        first = gt.Client(gateway.port, context=context)
        first.ask("/")
        again = gt.Client(gateway.port, context=context, session=first.sock.session)
        again.ask("/")
        raw = dt.tcp_connect("127.0.0.1", gateway.port)
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(b"", dt.receive_all(raw)[7:])
        raw.close()
        waiting = dt.tcp_connect("127.0.0.1", gateway.port)
        self.addCleanup(waiting.close)
        m = self.wait(gateway, lambda m: m.get(P + "connections", state="handshake") == 1 and
                      m.get(P + "connections", state="idle") == 2 and
                      m.sum(P + "connections") == 3, "three connections and the end of the fourth")
        self.assertEqual(4, m.get(P + "connections_accepted_total"))
        self.assertEqual([1, 1, 1], [m.get(P + "tls_handshakes_total", result=r)
                                     for r in ("full", "resumed", "failed")])
        self.assertEqual(0, m.get(P + "tls_handshake_duration_seconds_count"))
        first.ask("/bytes?n=200000")
        m2 = self.wait(gateway, lambda m2: self.moved(m, m2, "sent_bytes_total") > 200000, "bytes")
        self.assertLess(self.moved(m, m2, "sent_bytes_total"), 210000)
        self.assertLess(self.moved(m, m2, "received_bytes_total"), 500)
        self.assertGreater(self.moved(m, m2, "received_bytes_total"), 30)
        first.close()
        again.close()
        self.wait(gateway, lambda m: m.get(P + "tls_handshake_duration_seconds_count") == 2 and
                  m.sum(P + "connections") == 1, "the end of two")

    def test_an_upstream_that_is_away(self):
        gateway = self.start_gateway({"upstreams": {"app": {"servers": ["127.0.0.1:9"]}}},
                                     self.start_simulator())
        for _ in range(2):
            self.assertEqual(502, self.ask(gateway, "/").status)
        m = self.wait(gateway, lambda m: m.sum(P + "http_requests_total") == 2, "two requests")
        self.assertEqual(2, m.get(P + "upstream_failures_total", upstream="app"))
        self.assertEqual(2, m.get(P + "http_requests_total", route="*/", code="502",
                                  protocol="http/1.1"))
        self.assertEqual(2, m.get(P + "http_errors_total", reason="upstream-refused"))


class Evidence(MetricsTest):
    def test_evidence_collateral_and_the_agent(self):
        gateway = self.start_all({}, "--tcb-status", "OutOfDate")
        dt.wait_for(lambda: self.readiness(gateway)[1]["collateral"], "collateral")
        m, ready = self.scrape(gateway), self.readiness(gateway)[1]
        self.assertEqual(1, m.get(P + "ready"))
        self.assertEqual(ready["evidence"]["not_after"], m.get(P + "evidence_expiry_timestamp_seconds"))
        self.assertEqual(ready["evidence"]["certificate_until"],
                         m.get(P + "certificate_expiry_timestamp_seconds", name=""))
        self.assertLess(m.get(P + "evidence_age_seconds"), 60)
        self.assertEqual(ready["collateral"]["valid_until"],
                         m.get(P + "collateral_expiry_timestamp_seconds"))
        self.assertEqual({"OutOfDate"}, {dict(labels)["status"] for (n, labels), v in
                                         m.samples.items() if n == P + "tcb_status" and v == 1})
        self.assertEqual(1, m.sum(P + "tcb_status"))
        self.assertEqual(1, m.get(P + "simulated"))
        self.assertEqual(1, m.get(P + "evidence_rounds_total", result="ok"))
        self.assertEqual(2, m.get(P + "quote_duration_seconds_count"))
        quoted = self.ask(gateway, WELL_KNOWN + "binding?nonce=" + NONCE)
        self.assertEqual(200, quoted.status)
        after = self.scrape(gateway)
        self.assertEqual(1, after.get(P + "nonces_quoted_total"))
        self.assertEqual(0, after.get(P + "nonces_waiting"))
        self.assertEqual(3, after.get(P + "quote_duration_seconds_count"))
        self.assertEqual(1, self.moved(m, after, "agent_calls_total", result="ok"))

    def test_the_process(self):
        gateway = self.start_all()
        m = self.scrape(gateway)
        pid = gateway.process.pid
        self.assertAlmostEqual(time.time(), m.get("process_start_time_seconds"), delta=120)
        self.assertGreater(m.get("process_cpu_seconds_total"), 0)
        self.assertGreater(m.get("process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(m.get("process_virtual_memory_bytes"),
                           m.get("process_resident_memory_bytes"))
        socks = [dt.tcp_connect("127.0.0.1", gateway.port) for _ in range(10)]
        for sock in socks:
            self.addCleanup(sock.close)
        more = self.wait(gateway, lambda m: m.sum(P + "connections") == 10, "connections")
        self.assertGreater(more.get("process_open_fds"), 10)
        # But for the connection that asks.
        self.wait(gateway, lambda m: abs(m.get("process_open_fds") -
                                         len(os.listdir(f"/proc/{pid}/fd"))) <= 1, "the true number")
        with open(f"/proc/{pid}/limits", encoding="utf-8") as f:
            limit = int(re.search(r"Max open files +(\d+)", f.read())[1])
        self.assertEqual(limit, m.get("process_max_fds"))


if __name__ == "__main__":
    unittest.main()
