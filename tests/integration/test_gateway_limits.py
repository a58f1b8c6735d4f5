#!/usr/bin/env python3
"""Limits of clients, names and memory: who is over one is refused with the code, others are not."""
import re
import ssl
import unittest

import devproof_testing as dt
import gateway_testing as gt
import http2_support
from core_support import Backend, make_cert
from exposition import Metrics
from gateway_testing import WELL_KNOWN

NONCE = "cd" * 32


class LimitsTest(gt.GatewayTestCase):
    def start_limited(self, **limits):
        """Behind relays that tell addresses; the second listener knows none."""
        return self.start_all({
            "threads": 1, "limits": limits,
            "listeners": [{"address": "127.0.0.1:0", "proxy_protocol": {"from": ["127.0.0.1"]},
                           "names": ["a.test", "b.test", "*"]},
                          {"address": "127.0.0.1:0"}]})

    def client(self, gateway, address, name=None):
        """A connection that a relay tells to be another's, or one to the other listener."""
        raw = dt.tcp_connect("127.0.0.1", gateway.ports[0 if address else 1])
        self.addCleanup(raw.close)
        if address:
            family = "TCP6" if ":" in address else "TCP4"
            server = "::1" if ":" in address else "127.0.0.1"
            raw.sendall(f"PROXY {family} {address} {server} 4711 443\r\n".encode())
        client = gt.Client(gateway.port)
        client.sock = dt.insecure_context().wrap_socket(raw, server_hostname=name)
        self.addCleanup(client.close)
        return client

    def refused(self, gateway, *args):
        with self.assertRaises((ssl.SSLError, OSError)):
            self.client(gateway, *args).ask("/")

    def ended(self, gateway, reason):
        dt.wait_for(lambda: [e for e in self.log_events(gateway, "connection-end")
                             if f" reason={reason} " in e], reason)

    def metrics(self, gateway):
        return Metrics(dt.http_request(gateway.admin + "/metrics").body.decode())

    def asked_often(self, client, path, headers=None):
        """The first answer of many that is none; faster than one a second."""
        replies = (client.ask(path, headers=headers) for _ in range(50))
        return next(r for r in replies if r.status != 200)

    def assert_limited(self, reply, code, status=429):
        self.assert_error(reply, status, code)
        self.assertGreaterEqual(int(reply.headers["Retry-After"]), 1)


class Clients(LimitsTest):
    def test_connections_of_one_prefix(self):
        gateway = self.start_limited(per_client={"connections": 2})
        first = self.client(gateway, "203.0.113.1")
        second = self.client(gateway, "203.0.113.1")
        for client in (first, second):
            self.assertEqual(200, client.ask("/").status)
        self.refused(gateway, "203.0.113.1")
        self.ended(gateway, "client-connections")
        self.assertEqual(200, self.client(gateway, "203.0.113.2").ask("/").status)
        for host in ("2001:db8:0:1::1", "2001:db8:0:1::2"):
            self.assertEqual(200, self.client(gateway, host).ask("/").status)
        self.refused(gateway, "2001:db8:0:1:ffff::3")
        self.assertEqual(200, self.client(gateway, "2001:db8:0:2::1").ask("/").status)
        for _ in range(4):
            self.assertEqual(200, self.client(gateway, None).ask("/").status)
        m = self.metrics(gateway)
        self.assertEqual(2, m.get("devproof_gateway_connections_refused_total"))
        self.assertEqual(0, m.get("devproof_gateway_tls_handshakes_total", result="failed"))
        second.close()
        dt.wait_for(lambda: self.is_served(gateway, "203.0.113.1"), "a place that became free")
        self.assertEqual(200, first.ask("/").status)

    def is_served(self, gateway, address):
        try:
            return self.client(gateway, address).ask("/").status == 200
        except (ssl.SSLError, OSError):
            return False

    def test_requests_of_one_prefix(self):
        gateway = self.start_limited(per_client={"requests_per_s": 1, "burst": 3})
        one, other = self.client(gateway, "203.0.113.1"), self.client(gateway, "203.0.113.1")
        for client, path in ((one, "/"), (other, "/"), (one, WELL_KNOWN + "binding")):
            self.assertEqual(200, client.ask(path).status)
        for client, path in ((one, "/"), (other, WELL_KNOWN + "binding")):
            self.assert_limited(self.asked_often(client, path), "client-rate")
        self.assertEqual(200, self.client(gateway, "203.0.113.2").ask("/").status)
        for _ in range(5):
            self.assertEqual(200, self.client(gateway, None).ask("/").status)
        dt.wait_for(lambda: one.ask("/").status == 200, "the next second")
        self.assertGreaterEqual(self.metrics(gateway).get("devproof_gateway_http_errors_total",
                                                          reason="client-rate"), 2)

    def test_a_peer_is_its_own_client_where_the_listener_is_direct(self):
        gateway = self.start_all({"threads": 1,
                                  "limits": {"per_client": {"requests_per_s": 1, "burst": 2}},
                                  "listeners": [{"address": "127.0.0.1:0", "direct": True}]})
        client = http2_support.Client(
            dt.tls_connect("127.0.0.1", gateway.port, "localhost", ["h2"]))
        self.addCleanup(client.sock.close)
        answers = [client.ask(http2_support.request("/")) for _ in range(20)]
        self.assertEqual([200, 200], [a.status for a in answers[:2]])
        limited = [a for a in answers if a.status == 429]
        self.assertGreaterEqual(int(limited[0].get("retry-after")), 1)

    def test_quotes_of_one_prefix(self):
        gateway = self.start_limited()
        path = f"{WELL_KNOWN}binding?nonce={NONCE}"
        clients = [self.client(gateway, "203.0.113.1") for _ in range(40)]
        for client in clients:
            client.request("GET", path)
        replies = [client.getresponse() for client in clients]
        replies = [dt.Response(r.status, r.headers, r.read()) for r in replies]
        self.assertGreaterEqual(sum(r.status == 200 for r in replies), 16)
        limited = [r for r in replies if r.status != 200]
        self.assert_limited(limited[0], "quote-budget")
        self.assertEqual(200, self.client(gateway, "203.0.113.2").ask(path).status)
        self.assertEqual([200] * 30, [self.client(gateway, None).ask(path).status
                                      for _ in range(30)])

    def test_a_limit_that_means_nothing_is_a_problem(self):
        for bound in ("connections", "requests_per_s"):
            file = self.write("bad.json", '{"upstreams":{"a":{"servers":["a:80"]}},"limits":'
                              '{"per_client":{"%s":1}}}' % bound)
            done = self.run_program([dt.built("devproof-gateway"), "--check-config", "--config",
                                     file])
            self.assertEqual(1, done.returncode)
            self.assertIn(": limits.per_client: no listener knows its clients' addresses",
                          done.stdout)


class Names(LimitsTest):
    def test_connections_and_requests_of_one_name(self):
        gateway = self.start_limited(
            per_name={"connections": 2, "requests_per_s": 1, "burst": 4})
        a = [self.client(gateway, None, "a.test") for _ in range(2)]
        for client in a:
            self.assertEqual(200, client.ask("/", headers={"Host": "a.test"}).status)
        self.refused(gateway, None, "a.test")
        self.ended(gateway, "name-connections")
        self.assertEqual(200, self.client(gateway, None, "b.test").ask("/").status)
        self.assertEqual(200, self.client(gateway, None, "x.test").ask("/").status)
        self.assertEqual(200, self.client(gateway, None).ask("/").status)
        self.refused(gateway, None, "y.test")
        self.assert_limited(self.asked_often(a[0], "/", {"Host": "a.test"}), "name-rate")


    def test_a_name_that_is_passed_on_counts_too(self):
        backend = Backend(self, lambda p, _: p.send(p.rest()), context=self.server_context())
        gateway = self.start_all({
            "threads": 1, "limits": {"per_name": {"connections": 1}},
            "upstreams": {"far": {"servers": [backend.server]}},
            "routes": [{"upstream": "app"},
                       {"mode": "passthrough", "host": "db.test", "upstream": "far"}]})
        first = dt.tls_connect("127.0.0.1", gateway.port, "db.test")
        self.addCleanup(first.close)
        self.assertEqual(200, self.ask(gateway, "/", server_name="x.test").status)
        with self.assertRaises((ssl.SSLError, OSError)):
            dt.tls_connect("127.0.0.1", gateway.port, "db.test")
        self.ended(gateway, "name-connections")

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*make_cert(self.path(""), "far"))
        return context


class Memory(LimitsTest):
    def resident(self, gateway):
        return self.metrics(gateway).get("process_resident_memory_bytes")

    def start_small(self, limit):
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app()
        return self.start_gateway({"threads": 1, "limits": {"max_memory_bytes": limit}},
                                  self.simulator, self.app)

    def test_load_is_shed_before_the_limit_and_taken_up_again(self):
        probe = self.start_small(1 << 40)
        self.assertEqual(200, self.ask(probe, "/").status)
        limit = int(self.resident(probe) * 1.25) + (24 << 20)
        probe.stop()
        gateway = self.start_small(limit)
        good = gt.Client(gateway.port)
        self.addCleanup(good.close)
        self.assertEqual(200, good.ask("/").status)
        slow, refused = [], 0
        while refused == 0 and len(slow) < 3000:
            try:
                sock = dt.tls_connect("127.0.0.1", gateway.port)
                sock.sendall(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n")
                slow.append(sock)
                sock.setblocking(False)
            except (ssl.SSLError, OSError):
                refused += 1
            if len(slow) % 20 == 0:
                refused += self.metrics(gateway).get("devproof_gateway_memory_level") > 0
        dt.wait_for(lambda: self.metrics(gateway).get("devproof_gateway_memory_level"), "the level")
        reply = good.ask("/")
        self.assert_limited(reply, "overload", 503)
        self.assertEqual("close", reply.headers["Connection"])
        self.assertLess(self.resident(gateway),
                        limit * (1.05 if self.gives_memory_back() else 1.25))
        self.assertEqual(limit, self.metrics(gateway).get("devproof_gateway_memory_limit_bytes"))
        self.assertTrue(re.search(r" error memory-(short|full) resident=", gateway.log()))
        for sock in slow:
            sock.close()
        if self.gives_memory_back():
            dt.wait_for(lambda: self.is_served(gateway), "load to be taken up again")
            self.assertTrue(self.log_events(gateway, "memory-enough"))

    def gives_memory_back(self):
        """The allocators of sanitizers keep what is freed, whatever they are told."""
        with open(dt.built("devproof-gateway"), "rb") as f:
            program = f.read()
        return b"__asan_init" not in program and b"__tsan_init" not in program

    def is_served(self, gateway):
        try:
            return self.ask(gateway, "/").status == 200
        except (ssl.SSLError, OSError):
            return False


if __name__ == "__main__":
    unittest.main()
