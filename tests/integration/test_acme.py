#!/usr/bin/env python3
"""Certificates of an ACME authority: asked for, answered for, shown, renewed."""
import base64
import hashlib
import json
import os
import re
import ssl
import threading
import time
import unittest

import devproof_testing as dt
import gateway_testing as gt
from attested_side import NAME, ClientTestCase
from pebble_side import Pebble, skip_without_pebble

CHALLENGES = "/.well-known/acme-challenge/"


class Acme(ClientTestCase, gt.GatewayTestCase):
    start_gateway = gt.GatewayTestCase.start_gateway

    def setUp(self):
        self.simulator = self.start_simulator()
        self.app = self.start_sample_app()
        self.pebble = Pebble(self)
        self.chain_file = self.path("chain.pem")

    def config(self, **acme):
        return {"listeners": [{"address": "127.0.0.1:0", "names": [NAME]}],
                "tls": {"certificates": [{"name": NAME, "chain_file": self.chain_file}]},
                "acme": {"directory": self.pebble.directory, "ca_file": self.pebble.ca_file,
                         "terms_agreed": True, "contact": "mailto:ops@example.test",
                         "names": [NAME], "retry_s": 1, **acme}}

    def serve(self, more=None, **acme):
        gateway = self.start_gateway({**self.config(**acme), **(more or {})}, self.simulator,
                                     self.app, name=f"gateway-{len(self.programs)}")
        self.port = gateway.port
        return gateway

    def statement(self, gateway):
        binding = self.ask(gateway, gt.WELL_KNOWN + "binding", server_name=NAME).json()
        return json.loads(base64.b64decode(binding["statement"]))

    def wait_event(self, gateway, event, *parts):
        return dt.wait_for(lambda: next((e for e in self.log_events(gateway, event) if all(
            p in e for p in parts)), None), f"{event} {parts}", 60)

    def clear(self, gateway, path, method="GET", host=NAME):
        return dt.http_request(f"http://127.0.0.1:{gateway.ports[-1]}{path}", method,
                               headers={"Host": host})

    def assert_shown(self, gateway):
        """A client that trusts the authority alone connects, once its worker has the chain."""
        context = ssl.create_default_context(cadata=self.pebble.root())

        def shown():
            try:
                with dt.tls_connect("127.0.0.1", gateway.port, NAME, context=context) as tls:
                    return tls.getpeercert(True)
            except ssl.SSLCertVerificationError:
                return None
        return dt.wait_for(shown, "the authority's certificate")

    def assert_counted(self, gateway, leaf):
        """The first try that worked, and that the next one is due at two thirds of its life."""
        p, m = "devproof_gateway_acme_", self.metrics(gateway)
        self.assertEqual(1, m.get(p + "tries_total", result="ok"))
        self.assertAlmostEqual(time.time(), m.get(p + "last_issued_timestamp_seconds"), delta=60)
        start, end = gt.certificate_parts(leaf)[2:]
        self.assertAlmostEqual(start + (end - start) * 2 / 3, delta=3, second=m.get(
            p + "next_try_timestamp_seconds"))

    def test_tls_alpn_01_from_the_first_request_to_the_statement(self):
        gateway = self.serve()
        self.assertIn(gt.QUOTE_OID, gt.certificate_parts(self.leaf(gateway, NAME))[1])
        self.pebble.start(tls_port=gateway.port, nonce_reject=30)
        self.wait_event(gateway, "acme-issued", f"name={NAME}")
        leaf = self.assert_shown(gateway)
        self.assertNotIn(gt.QUOTE_OID, gt.certificate_parts(leaf)[1])
        self.assert_counted(gateway, leaf)
        account = dt.wait_for(lambda: self.statement(gateway).get("acme_account"), "the account")
        self.assertTrue(account.startswith(f"https://127.0.0.1:{self.pebble.port}/"), account)
        record = self.wait_event(gateway, "acme-caa")
        # Not every release of Pebble tells its own name.
        self.assertRegex(record, "( parameters=\"|" + re.escape(f"{NAME}. CAA 0 issue ") +
                         r'\\"[a-z.]+; )' +
                         re.escape(f'validationmethods=tls-alpn-01; accounturi={account}'))
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((0, "ok"), (code, report["code"]))
        self.wait_event(gateway, "connection-end", "reason=acme-challenge")
        self.assert_error(self.ask(gateway, CHALLENGES + "A" * 22, server_name=NAME,
                                   headers={"Host": NAME}), 404, "not-found")
        # Nothing is answered once there is nothing to answer.
        with self.assertRaises(ssl.SSLError) as e:
            dt.tls_connect("127.0.0.1", gateway.port, NAME, alpn=["acme-tls/1"])
        self.assertIn("unrecognized name", str(e.exception).lower())
        # A start with the chain at hand asks for nothing; the account is that of the same key.
        again = self.serve()
        self.assertEqual(leaf, self.assert_shown(again))
        self.chain_file = self.path("other.pem")
        other = self.serve()
        self.wait_event(other, "acme-caa", f"accounturi={account}")
        self.assertEqual([], self.log_events(again, "acme-issued"))

    def test_tls_alpn_01_beside_names_that_are_passed_through(self):
        gateway = self.serve({
            "listeners": [{"address": "127.0.0.1:0", "names": [NAME, "other.test"]}],
            "routes": [{"upstream": "app"}, {
                "mode": "passthrough", "host": "other.test", "upstream": "app"}]})
        self.pebble.start(tls_port=gateway.port)
        self.wait_event(gateway, "acme-issued")
        self.assert_shown(gateway)

    def test_tls_alpn_01_where_clients_must_show_certificates(self):
        with open(self.pebble.ca_file, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        listener = {"address": "127.0.0.1:0", "names": [NAME], "client_auth": "required",
                    "client_ca_file": self.pebble.ca_file, "client_ca_sha256": digest}
        gateway = self.serve({"listeners": [listener]})
        self.pebble.start(tls_port=gateway.port)
        self.wait_event(gateway, "acme-issued")

    def test_http_01_is_answered_in_clear_and_nothing_else_is(self):
        gateway = self.serve(challenge="http-01", http_listener="127.0.0.1:0")
        self.pebble.start(http_port=gateway.ports[-1])
        self.wait_event(gateway, "acme-issued")
        self.assert_shown(gateway)
        reply = self.clear(gateway, "/a/b?c=d")
        self.assertEqual((308, f"https://{NAME}/a/b?c=d"),
                         (reply.status, reply.headers["Location"]))
        self.assert_error(self.clear(gateway, "/", host="other.test"), 421, "misdirected")
        self.assert_error(self.clear(gateway, "/", "POST"), 405, "method-not-allowed")
        self.assertEqual(308, self.clear(gateway, gt.WELL_KNOWN + "binding").status)
        self.assert_answers_for_its_account(gateway)

    def assert_answers_for_its_account(self, gateway):
        """Any token of an authority, for the names of ACME, and nothing else."""
        token = "A" * 20 + "-_"
        reply = self.clear(gateway, CHALLENGES + token)
        self.assertRegex(reply.body.decode(), f"^{token}\\.[A-Za-z0-9_-]{{43}}$")
        self.assertEqual((200, "application/octet-stream", "nosniff", "no-store"), (
            reply.status, *(reply.headers[name] for name in (
                "Content-Type", "X-Content-Type-Options", "Cache-Control"))))
        head = self.clear(gateway, CHALLENGES + token, "HEAD")
        self.assertEqual((200, b"", str(len(reply.body))),
                         (head.status, head.body, head.headers["Content-Length"]))
        self.assertEqual(reply.body, self.ask(gateway, CHALLENGES + token, server_name=NAME,
                                              headers={"Host": NAME}).body)
        for bad in ("unknown", "A" * 129, "A" * 30 + "%3Cb%3E", "A" * 30 + ".x"):
            answer = self.clear(gateway, CHALLENGES + bad)
            self.assert_error(answer, 404, "not-found")
            self.assertNotIn(b"AAA", answer.body)
        self.assert_error(self.clear(gateway, CHALLENGES + token, host="other.test"), 404,
                          "not-found")
        for method in ("POST", "PUT", "DELETE"):
            self.assert_error(self.clear(gateway, CHALLENGES + token, method), 405,
                              "method-not-allowed")

    def test_http_01_of_one_replica_is_answered_by_another(self):
        """Its own directory is none, so that it has no order; the app id is the same."""
        http = {"challenge": "http-01", "http_listener": "127.0.0.1:0"}
        other = self.serve(directory=f"https://127.0.0.1:{self.closed_port()}/dir", **http)
        self.chain_file = self.path("other.pem")
        asks = self.serve(**http)
        self.wait_event(other, "acme-failed", "code=acme-transport")
        self.pebble.start(http_port=other.ports[-1])
        self.wait_event(asks, "acme-issued", f"name={NAME}")
        self.assert_shown(asks)

    def test_the_path_of_challenges_is_never_forwarded(self):
        gateway = self.start_gateway(None, self.simulator, self.app, name="without")
        before = dt.http_request(f"{self.app.url}/stats").json()
        for path in (CHALLENGES, CHALLENGES[:-1], CHALLENGES + "abc", CHALLENGES + "x/y",
                     "/.well-known/x/../acme-challenge/abc", CHALLENGES + "A" * 400):
            self.assert_error(self.ask(gateway, path), 404, "not-found")
        for path in ("/.well-known//acme-challenge/abc", "/.WELL-KNOWN/acme-challenge/abc",
                     "/.well-known/acme-challenge%2fabc", "/.well-known;x/acme-challenge/abc",
                     "/.well-known/acme-challenge\\abc", "/%252ewell-known/acme-challenge/abc"):
            self.assertEqual(400, self.ask(gateway, path).status, path)
        self.assert_error(self.ask(gateway, CHALLENGES + "abc", "POST", b"x"), 405,
                          "method-not-allowed")
        after = dt.http_request(f"{self.app.url}/stats").json()
        self.assertEqual(before["bytes"], after["bytes"])

    def test_certificates_are_renewed_under_load_without_a_failed_request(self):
        gateway = self.serve()
        self.pebble.start(tls_port=gateway.port, validity_s=12)
        self.wait_event(gateway, "acme-issued")
        failures, counts, leaves, stop = [], [0, 0], set(), threading.Event()

        def load(i):
            while not stop.is_set():
                try:
                    leaves.add(self.leaf(gateway, NAME))
                    status = self.ask(gateway, "/", server_name=NAME,
                                      headers={"Host": NAME}).status
                    if status != 200:
                        failures.append(status)
                except OSError as error:
                    failures.append(repr(error))
                counts[i] += 1
        threads = [threading.Thread(target=load, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        dt.wait_for(lambda: len(self.log_events(gateway, "acme-issued")) >= 3, "renewals", 60)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
        self.assertGreater(min(counts), 0)
        self.assertGreaterEqual(len(leaves), 2)
        # Nothing of it is written but the chain.
        self.assertEqual([], [f for f in os.listdir(self.folder) if "account" in f])
        with open(self.chain_file, encoding="ascii") as f:
            self.assertNotIn("PRIVATE", f.read())

    def test_a_failure_is_told_and_tried_again_while_the_old_certificate_stays(self):
        gateway = self.serve()
        failed = self.wait_event(gateway, "acme-failed", "code=acme-transport", "failures=2")
        self.assertIn("retry_s=2", failed)
        self.pebble.start(tls_port=self.closed_port())
        self.wait_event(gateway, "acme-failed", "code=acme-answer")
        self.assertIn(gt.QUOTE_OID, gt.certificate_parts(self.leaf(gateway, NAME))[1])
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((0, "ok"), (code, report["code"]))
        self.assertFalse(os.path.exists(self.chain_file))

    def test_a_directory_of_another_authority_is_not_trusted(self):
        self.pebble.start(tls_port=9)  # it never comes to a challenge
        gateway = self.serve(ca_file=self.simulator.root_file)
        self.wait_event(gateway, "acme-failed", "code=acme-transport", "certificate")

    def test_a_chain_that_cannot_be_kept_is_told(self):
        self.chain_file = self.path("none/chain.pem")
        gateway = self.serve()
        self.pebble.start(tls_port=gateway.port)
        self.wait_event(gateway, "acme-failed", "code=acme-chain", "cannot be written")

    def test_each_rule_of_the_configuration(self):
        for changes, words in (({"terms_agreed": False}, "agree to the authority's terms"),
                               ({"names": ["x.test"]}, "is served by no listener"),
                               ({"names": ["X"]}, "is no lowercase host name"),
                               ({"names": [NAME, NAME]}, "is repeated"),
                               ({"directory": "http://a/dir"}, "is no https:// URL"),
                               ({"contact": "ops@example.test"}, "is no mailto: address"),
                               ({"challenge": "http-01"}, "is needed for http-01"),
                               ({"http_listener": "x:1"}, "is no numeric address")):
            config = {**self.config(**changes), "upstreams": {"a": {"servers": ["a:1"]}}}
            done = self.run_program([dt.built("devproof-gateway"), "--check-config",
                                     "--config-json", json.dumps(config)])
            self.assertEqual(1, done.returncode)
            self.assertIn(words, done.stdout)
        config = {**self.config(), "upstreams": {"a": {"servers": ["a:1"]}}, "listeners": [{}],
                  "routes": [{"upstream": "a"}, {"mode": "passthrough", "host": NAME,
                                                 "upstream": "a"}]}
        done = self.run_program([dt.built("devproof-gateway"), "--check-config", "--config-json",
                                 json.dumps(config)])
        self.assertEqual(1, done.returncode)
        self.assertIn("is passed through, so no certificate of it is shown", done.stdout)
        del config["routes"]
        del config["tls"]
        done = self.run_program([dt.built("devproof-gateway"), "--check-config", "--config-json",
                                 json.dumps(config)])
        self.assertIn("has no entry in tls.certificates", done.stdout)


if __name__ == "__main__":
    skip_without_pebble()
    unittest.main()
