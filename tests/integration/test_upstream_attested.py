#!/usr/bin/env python3
"""An upstream that is another attested app: nothing is forwarded before its proof."""
import hashlib
import json
import os
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME, ClientTestCase
from gateway_testing import GatewayTestCase

NEAR_ID, FAR_ID = "aa" * 20, "bb" * 20


def sha256_of(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


class Attested(ClientTestCase):
    ask = GatewayTestCase.ask
    log_events = GatewayTestCase.log_events

    def setUp(self):
        """The far side, its policy as `policy init` observes it, and an attacker's way to it."""
        self.start_side("--app-id", FAR_ID, listeners=[{"address": "127.0.0.1:0",
                                                        "names": [NAME]}])
        self.policy = self.init_policy()
        self.relay = dp.TcpRelay(("127.0.0.1", self.port))
        self.addCleanup(self.relay.close)

    def start_near(self, policy, port=None, **upstream):
        """A gateway of another app, on a simulator of its own, in front of the far one."""
        near = self.start_simulator("--app-id", NEAR_ID, name=f"near-{len(self.programs)}")
        config = {
            "listeners": [{"address": "127.0.0.1:0"}], "admin": {"address": "127.0.0.1:0"},
            "insecure_agent_endpoint": near.socket,
            "evidence": {"collateral_url": self.simulator.pccs},
            "upstreams": {"far": {"servers": [f"127.0.0.1:{port or self.relay.port}"],
                                  "tls": {"name": NAME}, "host": NAME,
                                  "attested": {"policy": policy,
                                               "root_sha256": sha256_of(policy["root_file"])},
                                  **upstream}}}
        gateway = self.start([dp.built("devproof-gateway"), "--config-json", json.dumps(config)])
        gateway.ports = [dp.split_address(a)[1] for a in gateway.ready["listeners"]]
        return gateway

    def far_bytes(self):
        return dp.http_request(f"{self.app.url}/stats").json()["bytes"]

    def assert_refused(self, gateway, code):
        before = self.far_bytes()
        for method, body in (("GET", None), ("POST", b"secret" * 1000)):
            reply = self.ask(gateway, "/secret", method, body)
            self.assertEqual((502, code), (reply.status, reply.json()["error"]["code"]))
            self.assertEqual(reply.headers["Proxy-Status"],
                             f'devproof-gateway; error=tls_certificate_error; details="{code}"')
        self.assertEqual(before, self.far_bytes(), "bytes reached the far app")

    def test_a_proven_app_is_reached_and_its_connection_kept(self):
        gateway = self.start_near(self.policy)
        for _ in range(5):
            reply = self.ask(gateway, "/echo", "POST", b"hello")
            self.assertEqual((200, "hello"), (reply.status, reply.json()["body"]))
        # Each worker proves the far side once at most, and keeps the connection.
        self.assertLessEqual(self.relay.connections, os.cpu_count())
        self.assertNotIn(b"hello", bytes(self.relay.seen_up))

    def test_another_compose_file_is_refused(self):
        self.policy["app"]["compose_hashes"] = ["00" * 32]
        gateway = self.start_near(self.policy)
        self.assert_refused(gateway, "compose-hash")
        self.assertGreater(self.relay.connections, 0)

    def test_another_app_is_refused(self):
        self.policy["app"]["app_id"] = NEAR_ID
        self.assert_refused(self.start_near(self.policy), "app-id")

    def test_a_stolen_key_is_refused(self):
        leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, leaf)
        peer = hostile.KeyRelay(cert, key, ("127.0.0.1", self.port), NAME)
        self.addCleanup(peer.close)
        self.assert_refused(self.start_near(self.policy, peer.port), "session-signature")
        self.assertEqual(0, peer.application_bytes)

    def test_a_check_proves_it_too(self):
        self.policy["app"]["compose_hashes"] = ["00" * 32]
        gateway = self.start_near(self.policy, check={"interval_ms": 100, "fall": 1})
        dp.wait_for(lambda: self.log_events(gateway, "upstream-down"), "the far side to be down")
        self.assertIn("reason=compose-hash", self.log_events(gateway, "upstream-down")[0])
        dp.wait_for(lambda: self.ask(gateway, "/").status == 503, "503 on every worker")

    def test_the_root_is_the_one_that_was_named(self):
        near = self.start_simulator("--app-id", NEAR_ID, name="other")
        config = {"insecure_agent_endpoint": near.socket, "admin": {"address": "127.0.0.1:0"},
                  "upstreams": {"far": {"servers": ["127.0.0.1:1"], "tls": {"name": NAME},
                                        "attested": {"policy": self.policy,
                                                     "root_sha256": "00" * 32}}}}
        done = self.run_program([dp.built("devproof-gateway"), "--config-json",
                                 json.dumps(config)])
        self.assertNotEqual(0, done.returncode)
        self.assertIn("another SHA-256 than attested.root_sha256", done.stderr)


if __name__ == "__main__":
    unittest.main()
