#!/usr/bin/env python3
"""The gateway behind the platform's own: names that pass TLS through, with and without the PROXY
protocol; clients verify through it as if it were not there."""
import json
import ssl
import unittest

import devproof_testing as dt
from attested_side import ClientTestCase
from core_support import make_cert
from dstack_relay import DstackRelay

APP, BASE, DOMAIN = "5bb4ff9a3837357f19dc176407a5709c62eb6c56", "apps.example.test", "my.example.org"
PASSED = f"{APP}-8443s.{BASE}"


class DstackGateway(ClientTestCase):
    def start_behind(self, pp=False, relays=(), **config):
        """A whole far side and the platform's gateway before it."""
        listener = {"address": "127.0.0.1:0", "proxy_protocol": {"from": list(relays)}}
        self.start_side(listeners=[listener], **config)
        cert, key = make_cert(self.path(""), "platform")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.relay = DstackRelay(self, BASE, {(APP, 8443): self.port, (APP, 443): self.port},
                                 txt={DOMAIN: (APP, 8443)}, pp=(8443,) if pp else (),
                                 context=context)
        return self.gateway

    def ask(self, command, name, *options):
        done = self.devproof(
            command, f"https://{name}/", "--resolve", f"{name}:443:127.0.0.1:{self.relay.port}",
            "--collateral-url", self.simulator.pccs, "--timeout", "20", *options)
        return done

    def policy(self, name=PASSED):
        done = self.devproof(
            "policy", "init", f"https://{name}/", "--root", self.simulator.root_file, "--resolve",
            f"{name}:443:127.0.0.1:{self.relay.port}", "--collateral-url", self.simulator.pccs)
        self.assertEqual(0, done.returncode, done.stderr)
        return self.write("policy.json", done.stdout)

    def test_every_name_that_passes_tls_through_is_verified(self):
        self.start_behind()
        policy = self.policy()
        for name in (PASSED, f"{APP}-s.{BASE}", DOMAIN):
            done = self.ask("verify", name, "--policy", policy, "--json")
            report = json.loads(done.stdout)
            self.assertEqual((0, "accepted", True),
                             (done.returncode, report["verdict"], report["complete"]), name)
        self.assertEqual(0, self.relay.dropped)

    def test_where_the_platform_ends_tls_nothing_is_accepted(self):
        self.start_behind()
        policy = self.policy()
        before = self.app_bytes()
        done = self.ask("get", f"{APP}-8443.{BASE}", "--policy", policy, "--json")
        self.assertEqual(10, done.returncode, done.stderr)
        self.assertEqual("refused", json.loads(done.stdout)["verdict"])
        self.assertEqual(before, self.app_bytes())

    def test_with_the_proxy_protocol_clients_verify_and_are_known_by_address(self):
        gateway = self.start_behind(pp=True, relays=["127.0.0.1"], log={"client_address": True})
        done = self.ask("verify", PASSED, "--policy", self.policy(), "--json")
        self.assertEqual("accepted", json.loads(done.stdout)["verdict"])
        dt.wait_for(lambda: '"client_address":"127.0.0.1"' in gateway.output(), "the address")

    def test_both_sides_must_agree_about_the_header(self):
        for pp, relays, reason in ((True, [], "tls-handshake"),
                                   (False, ["127.0.0.1"], "proxy-protocol")):
            gateway = self.start_behind(pp=pp, relays=relays)
            done = self.ask("verify", PASSED)
            self.assertEqual(10, done.returncode, done.stdout)
            dt.wait_for(lambda g=gateway, r=reason: f"reason={r}" in g.log(), reason)

    def test_what_it_cannot_read_it_does_not_pass_on(self):
        self.start_behind()
        contexts = [dt.insecure_context([f"{'x' * 250}{i}" for i in range(n)]) for n in (3, 17)]
        for name, context, passes in ((PASSED, contexts[0], True), (PASSED, contexts[1], False),
                                      (PASSED.upper(), contexts[0], False),
                                      (f"{APP}-9s.{BASE}", contexts[0], False)):
            before = self.relay.dropped
            with self.assertRaises((OSError, ssl.SSLError)):
                dt.tls_connect("127.0.0.1", self.relay.port, name, context=context)
            # Ours refuses such protocols, but only where the hello has arrived.
            if not passes:
                dt.wait_for(lambda b=before: self.relay.dropped == b + 1, "the relay to drop it")
            else:
                self.assertEqual(before, self.relay.dropped)


if __name__ == "__main__":
    unittest.main()
