#!/usr/bin/env python3
"""Streams to an upstream that is another attested app: proven before a byte goes on."""
import hashlib
import json
import os
import ssl
import threading
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME
from core_support import Peer
from gateway_testing import GatewayTestCase
from shim_support import ShimTestCase

NEAR_ID, ALPN = "aa" * 20, "devproof-tcp/1"


class UpstreamStream(ShimTestCase):
    log_events = GatewayTestCase.log_events

    def start_near(self, policy_path, port=None, name=NAME, **near):
        """A gateway of another app whose streams go to the far one."""
        with open(policy_path, encoding="utf-8") as f:
            policy = json.load(f)
        with open(policy["root_file"], "rb") as f:
            root = hashlib.sha256(f.read()).hexdigest()
        self.near_simulator = self.start_simulator("--app-id", NEAR_ID)
        self.near = self.start_gateway(self.near_simulator, self.app, **{
            "listeners": [{"address": "127.0.0.1:0", "mode": "tcp"}],
            "evidence": {"collateral_url": self.simulator.pccs},
            "upstreams": {"far": {"servers": [f"127.0.0.1:{port or self.port}"],
                                  "tls": {"name": name},
                                  "attested": {"policy": policy, "root_sha256": root}}}, **near})
        return self.near

    def reach(self, gateway, alpn=()):
        peer = Peer(dp.tls_connect("127.0.0.1", gateway.port, "a.test",
                                   context=dp.insecure_context(list(alpn))))
        self.addCleanup(peer.close)
        return peer

    def assert_closed(self, gateway, code):
        """A client with something to say gets nothing, and the far app neither."""
        before = self.backend.count
        try:
            peer = self.reach(gateway)
            peer.send(b"secret")
            self.assertEqual(b"", peer.rest())
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            pass
        event = dp.wait_for(lambda: self.log_events(gateway, "upstream-unproven"), code)[0]
        self.assertIn("upstream=far", event)
        self.assertIn(f"reason={code}", event)
        self.assertEqual(before, self.backend.count)

    def test_bytes_flow_both_ways_once_it_is_proven(self):
        data = os.urandom(1 << 20) * 3

        def script(peer, _):
            peer.send(b"220 hello\r\n")
            got = peer.rest()
            peer.send(hashlib.sha256(got).digest() + got)
        self.start_tcp_side(script)
        relay = dp.TcpRelay(("127.0.0.1", self.port))
        self.addCleanup(relay.close)
        near = self.start_near(self.tcp_policy(), relay.port)
        for _ in range(2):
            peer = self.reach(near)
            self.assertEqual(b"220 hello", peer.line())
            sender = threading.Thread(target=lambda p=peer: (p.send(data), p.half_close(reader=True)))
            sender.start()
            got = peer.rest()
            sender.join(dp.DEADLINE_S)
            self.assertEqual(hashlib.sha256(data).digest() + data, got)
        self.assertEqual(2, self.backend.count)
        self.assertNotIn(data[:64], bytes(relay.seen_up))

    def test_the_client_proves_the_near_side_and_that_one_the_far(self):
        self.start_tcp_side()
        near = self.start_near(self.tcp_policy())
        peer = self.reach(near, [ALPN])
        peer.send(b"GET /.well-known/devproof/tunnel HTTP/1.1\r\nHost: a.test\r\n"
                  b"Connection: Upgrade\r\nUpgrade: devproof-tcp\r\n\r\n")
        self.assertIn(b" 101 ", peer.head().split(b"\r\n")[0])
        peer.send(b"through both")
        self.assertEqual(b"through both", peer.exactly(12))

    def test_another_configuration_is_refused(self):
        self.start_tcp_side()
        wrong = self.change(self.tcp_policy(), "wrong.json", config=["00" * 32])
        self.assert_closed(self.start_near(wrong), "config-not-pinned")

    def test_a_tunnel_request_is_told_that_the_upstream_is_unavailable(self):
        self.start_tcp_side()
        wrong = self.change(self.tcp_policy(), "wrong.json", config=["00" * 32])
        peer = self.reach(self.start_near(wrong), [ALPN])
        peer.send(b"GET /.well-known/devproof/tunnel HTTP/1.1\r\nHost: a.test\r\n"
                  b"Connection: Upgrade\r\nUpgrade: devproof-tcp\r\n\r\n")
        head = peer.head()
        self.assertIn(b" 502 ", head.split(b"\r\n")[0])
        self.assertIn(b'error=tls_certificate_error; details="config-not-pinned"', head)
        self.assertEqual("upstream-unavailable",
                         json.loads(peer.body(head))["error"]["code"])

    def test_a_relay_with_the_key_cannot_take_a_stream(self):
        self.start_tcp_side()
        policy = self.tcp_policy()
        leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        dp.wait_for(lambda: self.backend.count == 1, "the stream of that")
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, leaf)
        peer = hostile.KeyRelay(cert, key, ("127.0.0.1", self.port), NAME, alpn=ALPN)
        self.addCleanup(peer.close)
        self.assert_closed(self.start_near(policy, peer.port), "session-signature")
        self.assertEqual(0, peer.application_bytes)

    def test_requests_and_streams_need_an_upstream_each(self):
        self.start_tcp_side()
        with open(self.tcp_policy(), encoding="utf-8") as f:
            policy = json.load(f)
        far = {"servers": ["127.0.0.1:1"], "tls": {"name": NAME},
               "attested": {"policy": policy, "root_sha256": "00" * 32}}
        both = [{"address": "127.0.0.1:1"}, {"address": "127.0.0.1:2", "mode": "tcp"}]
        for config in ({"upstreams": {"far": far}, "listeners": both},
                       {"upstreams": {"far": far}, "routes": [
                           {"upstream": "far"}, {"upstream": "far", "mode": "tcp"}]}):
            done = self.run_program([dp.built("devproof-gateway"), "--config-json",
                                     json.dumps(config), "--check-config"])
            self.assertEqual(1, done.returncode, done.stdout + done.stderr)
            self.assertIn("either requests or streams", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
