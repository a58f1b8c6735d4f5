#!/usr/bin/env python3
"""The client and quotes made for its own nonce: every connection, or the first of a statement; and
connections that last longer than their proof."""
import http.client
import json
import time
import unittest

import devproof_testing as dp
import hostile_peers as hostile
from attested_side import NAME, ClientTestCase


class QuoteClient(ClientTestCase):
    def quotes(self):
        return self.simulator.log().count("quote ")

    def policy(self, **members):
        return self.policy_file({**self.init_policy(), **members},
                                f"policy-{len(members)}-{sorted(members)[0]}.json")

    def start_shim(self, policy_path, port=None):
        shim = self.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", policy_path, *self.where(port)])
        shim.address = shim.ready["listen"]
        return shim

    def relay(self):
        """Counts connections, and can be turned to another gateway."""
        relay = dp.TcpRelay(("127.0.0.1", self.port))
        self.addCleanup(relay.close)
        return relay


class OneShot(QuoteClient):
    def setUp(self):
        self.start_side()

    def test_every_connection_costs_a_quote_when_the_policy_says_so(self):
        policy = self.policy(session="quote")
        before = self.quotes()
        for i in range(1, 4):
            code, report = self.verify(policy)
            self.assertEqual((0, "accepted", True), (code, report["verdict"], report["complete"]))
            session = [s for s in report["steps"] if s["step"] == "session"][0]
            self.assertIn("a quote answered its nonce", session["detail"])
            self.assertEqual(i, self.quotes() - before)

    def test_a_statement_is_quoted_the_first_time_it_is_met(self):
        policy = self.policy(max_evidence_age_s=60)
        before = self.quotes()
        code, report = self.verify(policy)
        self.assertEqual((0, True), (code, report["complete"]))
        self.assertLessEqual(report["expires_at"], time.time() + 60)
        self.assertEqual(1, self.quotes() - before)

    def test_without_a_policy_no_quote_is_asked_for(self):
        before = self.quotes()
        code, report = self.verify(None, None, "--root", self.simulator.root_file)
        self.assertEqual((10, "identity-not-pinned"), (code, report["code"]))
        self.assertEqual(before, self.quotes())

    def test_a_relay_with_the_same_key_is_refused_in_quote_form_too(self):
        leaf = hostile.fetch_leaf("127.0.0.1", self.port, NAME)
        cert, key = hostile.steal_key(self.folder, self.simulator.socket, leaf)
        peer = hostile.KeyRelay(cert, key, ("127.0.0.1", self.port), NAME)
        self.addCleanup(peer.close)
        policy = self.policy(session="quote")
        self.assertEqual("session-signature", self.refused(policy, peer.port))
        self.assertEqual(0, self.app_bytes())

    def test_a_gateway_without_such_quotes_is_refused(self):
        policy = self.init_policy()
        gateway = self.start_gateway(self.simulator, self.app, evidence={
            "collateral_url": self.simulator.pccs, "nonce_quotes": False})
        other = self.init_policy(gateway.port)
        self.assertNotEqual(policy["config"], other["config"])
        self.assertEqual("evidence-http-status", self.refused(
            self.policy_file({**other, "session": "quote"}), gateway.port))
        code, _ = self.verify(self.policy_file(other), gateway.port)
        self.assertEqual(0, code)

    def test_an_agent_that_is_gone_refuses_the_quote_form_alone(self):
        quote, signature = self.policy(session="quote"), self.policy_file(self.init_policy())
        where = self.where()
        self.simulator.stop()
        self.where = lambda port=None: where
        self.assertEqual("evidence-http-status", self.refused(quote))
        self.assertEqual(0, self.verify(signature)[0])


    def test_an_archive_keeps_the_quote_over_the_nonce(self):
        file, policy = self.path("archive.json"), self.policy(session="quote")
        code, _ = self.verify(policy, None, "--save", file)
        self.assertEqual(0, code)
        signature = self.policy_file(self.init_policy())
        for own, code in ((policy, "ok"), (signature, "ok")):
            done = self.devproof("verify", "--from", file, "--json", "--policy", own)
            report = json.loads(done.stdout)
            self.assertEqual((0, "accepted", code), (done.returncode, report["verdict"],
                                                     report["code"]))
        # The other way round: an archived signature is no quote.
        self.assertEqual(0, self.verify(signature, None, "--save", file)[0])
        done = self.devproof("verify", "--from", file, "--json", "--policy", policy)
        self.assertEqual((10, "session-kind"), (done.returncode, json.loads(done.stdout)["code"]))


class LongLived(QuoteClient):
    def setUp(self):
        self.start_side()

    def test_one_quote_serves_many_requests(self):
        shim = self.start_shim(self.policy(max_evidence_age_s=600))
        before = self.quotes()
        for _ in range(20):
            self.assertEqual(200, dp.http_request(f"http://{shim.address}/").status)
        self.assertEqual(1, self.quotes() - before)

    def test_an_idle_connection_is_proven_once_more(self):
        policy, relay = self.policy(max_evidence_age_s=1), self.relay()
        shim = self.start_shim(policy, relay.port)
        before = self.quotes()
        connection = http.client.HTTPConnection(shim.address, timeout=dp.DEADLINE_S)
        self.addCleanup(connection.close)
        self.assertEqual(200, dp.exchange(connection, "GET", "/").status)

        def proven_again():
            self.assertEqual(200, dp.exchange(connection, "GET", "/").status)
            return self.quotes() - before >= 3
        # Often asked again within its second: the client waits as it is told (429), once.
        dp.wait_for(proven_again, "three quotes")
        self.assertEqual(1, relay.connections)
        dp.wait_for(lambda: '"status":429' in self.gateway.output(), "a refusal by the budget")

    def test_a_stream_outlives_the_proof_it_began_with(self):
        policy, relay = self.policy(max_evidence_age_s=5), self.relay()
        shim = self.start_shim(policy, relay.port)
        before = self.quotes()
        reply = dp.http_request(f"http://{shim.address}/stream?n=24&ms=500")
        self.assertEqual((200, 24), (reply.status, reply.body.count(b"data: ")))
        # Other connections of the same process were proven meanwhile.
        self.assertGreater(self.quotes() - before, 1)
        self.assertLess(relay.connections, 12)

    def test_a_stream_ends_with_its_proof_when_only_another_replica_is_found(self):
        policy, relay = self.policy(max_evidence_age_s=5), self.relay()
        replica = self.start_gateway(self.simulator, self.app)
        shim = self.start_shim(policy, relay.port)
        connection = http.client.HTTPConnection(shim.address, timeout=dp.DEADLINE_S)
        self.addCleanup(connection.close)
        connection.request("GET", "/stream?n=60&ms=500")
        reply = connection.getresponse()
        self.assertEqual((200, b"id: 0"), (reply.status, reply.fp.readline() and
                                           reply.fp.readline().strip()))
        relay.target = ("127.0.0.1", replica.port)
        began = time.monotonic()
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            while reply.read(1 << 16):
                pass
        self.assertLess(time.monotonic() - began, 15)
        self.assertLess(relay.connections, 12)
        # A new request is proven by the replica.
        self.assertEqual(200, dp.http_request(f"http://{shim.address}/").status)


if __name__ == "__main__":
    unittest.main()
