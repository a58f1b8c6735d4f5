#!/usr/bin/env python3
"""Revocation lists of the authorities of clients: who is on one is refused, and so is everybody
whose authority has none that is valid now."""
import os
import signal
import ssl
import time
import unittest

import devproof_testing as dt
from client_ca import ClientCaTestCase

P = "devproof_gateway_"
HOUR_S = 3600


class Revocation(ClientCaTestCase):
    def crl(self, issuer, revoked=(), since_s=-HOUR_S, until_s=HOUR_S):
        """The list of one authority, made by `openssl ca`."""
        folder = self.path(f"ca-{len(os.listdir(self.folder))}")
        os.mkdir(folder)
        config = os.path.join(folder, "config")
        for name, text in (("index", ""), ("index.attr", "unique_subject = no\n"),
                           ("number", "01\n"), ("config", "[ca]\ndefault_ca = own\n[own]\n"
                            f"database = {folder}/index\ncrlnumber = {folder}/number\n"
                            "default_md = sha256\n")):
            with open(os.path.join(folder, name), "w", encoding="ascii") as f:
                f.write(text)
        ca = ["ca", "-config", config, "-cert", self.path(f"{issuer}.pem"), "-keyfile",
              self.path(f"{issuer}.key")]
        for name in revoked:
            self.openssl(*ca, "-revoke", self.path(f"{name}.pem"))
        since, until = (time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + s))
                        for s in (since_s, until_s))
        out = os.path.join(folder, "crl")
        self.openssl(*ca, "-gencrl", "-crl_lastupdate", since, "-crl_nextupdate", until, "-out", out)
        with open(out, encoding="ascii") as f:
            return f.read()

    def put(self, *lists):
        """Rename a finished file into its place."""
        os.rename(self.write("crl.new", "".join(lists)), self.path("crl.pem"))
        return self.path("crl.pem")

    def guard(self, *lists, demand="required"):
        return self.start_all({"threads": 2, "listeners": [
            self.auth(demand, client_crl_file=self.put(*lists))]})

    def assert_taken(self, gateway, name, *chain):
        """By every worker, as far as chance finds them."""
        for _ in range(4):
            self.assertEqual(self.field(name), self.seen(
                gateway, self.context(name, chain))["client-cert"])

    def assert_code(self, gateway, context, alert, code):
        before = len(self.log_events(gateway, "connection-end"))
        self.assert_refused(gateway, context, alert)
        dt.wait_for(lambda: any(f"reason={code} " in e for e in self.log_events(
            gateway, "connection-end")[before:]), code)

    def refused(self, gateway, context):
        try:
            self.seen(gateway, context)
            return False
        except ssl.SSLError:
            return True

    def test_who_is_on_the_list_is_refused_and_others_are_not(self):
        self.certify("carol", "root")
        for demand in ("required", "optional"):
            gateway = self.guard(self.crl("root", ["carol"]), demand=demand)
            self.assert_taken(gateway, "alice")
            self.assert_code(gateway, self.context("carol"), "certificate revoked",
                             "client-revoked")
        self.assertEqual({}, self.seen(gateway, self.context()))

    def test_each_certificate_of_a_chain_needs_a_list(self):
        gateway = self.guard(self.crl("root"))
        self.assert_taken(gateway, "alice")
        self.assert_code(gateway, self.context("bob", ["middle"]), "unknown ca", "client-crl")
        gateway = self.guard(self.crl("root"), self.crl("middle"))
        self.assert_taken(gateway, "bob", "middle")
        gateway = self.guard(self.crl("root", ["middle"]), self.crl("middle"))
        self.assert_code(gateway, self.context("bob", ["middle"]), "certificate revoked",
                         "client-revoked")
        gateway = self.guard(self.crl("root"), self.crl("middle", ["bob"]))
        self.assert_code(gateway, self.context("bob", ["middle"]), "certificate revoked",
                         "client-revoked")

    def test_a_list_that_does_not_count_now_refuses_everybody(self):
        for what, text, alert in (
                ("expired", self.crl("root", since_s=-2 * HOUR_S, until_s=-HOUR_S),
                 "certificate expired"),
                ("too early", self.crl("root", since_s=HOUR_S, until_s=2 * HOUR_S),
                 "bad certificate"),
                ("of another", self.crl("other"), "unknown ca")):
            with self.subTest(what):
                gateway = self.guard(text)
                self.assert_code(gateway, self.context("alice"), alert, "client-crl")
                self.assertEqual(what == "expired",
                                 bool(self.log_events(gateway, "client-crl-expired")))

    def test_a_list_that_the_authority_did_not_sign(self):
        """The name is the authority's, the key is not."""
        good = self.path("root.key"), self.path("root.pem")
        for file in good:
            os.rename(file, file + ".good")
        self.certify("root", ca=True)
        forged = self.crl("root")
        for file in good:
            os.rename(file + ".good", file)
        gateway = self.guard(forged)
        self.assert_code(gateway, self.context("alice"), "decrypt error", "client-crl")

    def test_a_new_list_counts_without_a_signal_and_with_one(self):
        gateway = self.guard(self.crl("root"))
        self.assert_taken(gateway, "alice")
        self.put(self.crl("root", ["alice"]))
        dt.wait_for(lambda: self.refused(gateway, self.context("alice")), "the new list")
        dt.wait_for(lambda: len(self.log_events(gateway, "client-crl-loaded")) == 2, "its event")
        self.put(self.crl("root"))
        gateway.process.send_signal(signal.SIGHUP)
        dt.wait_for(lambda: not self.refused(gateway, self.context("alice")), "the third list")

    def test_a_file_that_cannot_be_used_leaves_the_list_before(self):
        gateway = self.guard(self.crl("root", ["alice"]))
        self.certify("carol", "root")
        metrics = self.metrics(gateway)
        self.assertAlmostEqual(time.time() + HOUR_S, delta=300, second=metrics.get(
            P + "client_crl_expiry_timestamp_seconds"))
        for number, text in enumerate(("", "no list", self.crl("root")[:-60]), 1):
            self.put(text)
            gateway.process.send_signal(signal.SIGHUP)
            dt.wait_for(lambda n=number: len(self.log_events(gateway, "client-crl-file")) >= n,
                        "the event")
            self.assert_code(gateway, self.context("alice"), "certificate revoked",
                             "client-revoked")
            self.assert_taken(gateway, "carol")
        self.assertGreaterEqual(self.metrics(gateway).get(P + "client_crl_file_errors_total"), 3)

    def test_a_start_without_a_list_fails(self):
        for text, words in ((None, "cannot read"), ("no list", "is no PEM file of at most 64"),
                            ("x" * (1 << 20) + "y", "is too large")):
            file = self.path("absent.pem") if text is None else self.write("bad.pem", text)
            gateway = self.start_gateway(
                {"listeners": [self.auth("required", client_crl_file=file)]}, ready=False,
                name=f"bad-{len(self.programs)}")
            gateway.expect_exit = 1
            self.assertEqual(1, gateway.wait_exit())
            self.assertIn(words, gateway.log())


if __name__ == "__main__":
    unittest.main()
