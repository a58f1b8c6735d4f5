#!/usr/bin/env python3
"""Upstreams as the gateway's configuration has them: servers, checks, waits of routes."""
import threading
import unittest

import devproof_testing as dt
import gateway_testing as gt
from core_checks import Checked
from core_support import Backend, Peer


class Servers(gt.GatewayTestCase):
    def start_servers(self, servers, routes=None, **upstream):
        self.simulator = self.start_simulator()
        config = {"threads": 2, "upstreams": {"app": {"servers": servers, **upstream}}}
        return self.start_gateway({**config, **({"routes": routes} if routes else {})},
                                  self.simulator)

    def upstreams(self, gateway):
        return self.readiness(gateway)[1]["upstreams"]

    def test_checks_are_logged_and_shown(self):
        good, bad = Checked(self), Checked(self, unix=self.path("bad"))
        gateway = self.start_servers([good.server, bad.server], balance="least-connections",
                                     check={"path": "/health", "interval_ms": 100, "fall": 2})
        self.assertEqual({"app": {"servers": 2, "up": 2}}, self.upstreams(gateway))
        bad.health = b"HTTP/1.1 500 x\r\n\r\n"
        dt.wait_for(lambda: self.upstreams(gateway)["app"]["up"] == 1, "a server to be down")
        line = self.log_events(gateway, "upstream-down")[0]
        for part in ("upstream=app", f"server={bad.server}", "reason=upstream-check-status"):
            self.assertIn(part, line)
        before = len(bad.heads)
        for _ in range(8):
            self.assertEqual(200, self.ask(gateway, "/").status)
        self.assertEqual(before, len(bad.heads))
        self.assertEqual(200, self.readiness(gateway)[0], "readiness is the gateway's own")
        bad.health = b"HTTP/1.1 200 OK\r\n\r\n"
        dt.wait_for(lambda: self.log_events(gateway, "upstream-up"), "the server to be up")
        good.health = bad.health = b"HTTP/1.1 500 x\r\n\r\n"
        dt.wait_for(lambda: self.upstreams(gateway)["app"]["up"] == 0, "both to be down")
        reply = dt.wait_for(lambda: (r := self.ask(gateway, "/")).status == 503 and r, "503")
        self.assert_error(reply, 503, "upstream-down")
        self.assertEqual("1", reply.headers["Retry-After"])

    def test_ejection_is_logged(self):
        dead = f"127.0.0.1:{self.closed_port()}"
        gateway = self.start_servers([dead, Backend(self).server], eject_failures=1)
        for _ in range(8):
            self.assertEqual(200, self.ask(gateway, "/").status)
        line = self.log_events(gateway, "upstream-ejected")[0]
        self.assertIn(f"server={dead}", line)
        self.assertIn("reason=upstream-refused", line)

    def test_a_route_has_waits_of_its_own(self):
        go = threading.Event()
        self.addCleanup(go.set)

        def slow(peer, _):
            head = peer.head()
            if b" /stream" in head:
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            go.wait(dt.DEADLINE_S)
            peer.send(b"cd" if b" /stream" in head else b"HTTP/1.1 204 x\r\n\r\n")
        backend = Backend(self, slow)
        gateway = self.start_servers(
            [backend.server], first_byte_ms=300, between_bytes_ms=300,
            routes=[{"path": "/", "upstream": "app"},
                    {"path": "/patient", "upstream": "app", "first_byte_ms": 0},
                    {"path": "/stream", "upstream": "app", "first_byte_ms": 0,
                     "between_bytes_ms": 0}])
        waiting = [gt.Client(gateway.port) for _ in range(2)]
        for client, path in zip(waiting, ("/patient", "/stream")):
            client.request("GET", path)
        self.assert_error(self.ask(gateway, "/"), 504, "upstream-first-byte-timeout")
        # That took as long as the others would have had.
        go.set()
        self.assertEqual(204, waiting[0].getresponse().status)
        self.assertEqual(b"abcd", waiting[1].getresponse().read())
        for client in waiting:
            client.close()

    def test_who_has_gone_is_not_waited_for_without_end(self):
        """A client that ends its side may still want the answer; nobody sees it go behind that, nor behind a
        request that waits for its turn."""
        begun = []

        def silent(peer, _):
            head = peer.head()
            if head is None:
                return  # one that was kept for others
            begun.append(head)
            if b" /stream" in head:
                peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            peer.rest()
        backend = Backend(self, silent)
        self.simulator = self.start_simulator()
        gateway = self.start_gateway({
            "threads": 1, "timeouts": {"first_byte_ms": 300, "between_bytes_ms": 300},
            "upstreams": {"app": {"servers": [backend.server], "first_byte_ms": 0,
                                  "between_bytes_ms": 0}}}, self.simulator)
        for path in ("/stream", "/first"):
            for more in (b"", b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"):
                count = len(begun)
                peer = Peer(dt.tls_connect("127.0.0.1", gateway.port))
                peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() + more)
                dt.wait_for(lambda n=count: len(begun) > n, "the request")
                if not more:
                    peer.half_close()
                peer.close()
                dt.wait_for(lambda: self.metrics(gateway).get(
                    "devproof_gateway_connections", state="exchange") == 0, f"the end of {path} {more}")

    def test_who_is_there_may_wait_without_end(self):
        go = threading.Event()
        self.addCleanup(go.set)

        def patient(peer, _):
            peer.body(peer.head())
            go.wait(dt.DEADLINE_S)
            peer.send(b"HTTP/1.1 204 x\r\n\r\n")
        backend = Backend(self, patient)
        gateway = self.start_servers([backend.server], first_byte_ms=300, routes=[
            {"path": "/", "upstream": "app"},
            {"path": "/upload", "upstream": "app", "first_byte_ms": 0}])
        client = gt.Client(gateway.port)
        client.request("POST", "/upload", b"x" * (4 << 20))
        self.assert_error(self.ask(gateway, "/"), 504, "upstream-first-byte-timeout")
        go.set()
        self.assertEqual(204, client.getresponse().status)
        client.close()


if __name__ == "__main__":
    unittest.main()
