#!/usr/bin/env python3
"""The commands that need no server: quote verify, quote show, cert show, compose hash, bench."""
import json
import os
import unittest

import devproof_testing as dp

FIXTURES = os.environ.get("DEVPROOF_FIXTURES") or os.path.join(dp.source_dir(), "tests/fixtures")
NOW = "1752000000"


class Offline(dp.TestCase):
    def devproof(self, *argv, stdin=None):
        return self.run_program([dp.built("devproof"), *argv], stdin=stdin)

    def fixture(self, name):
        return os.path.join(FIXTURES, "dcap", name)

    def verify(self, kind, *options):
        return self.devproof("quote", "verify", "--quote", self.fixture(f"{kind}_quote"),
                             "--collateral", self.fixture(f"{kind}_quote_collateral.json"),
                             "--json", *options)

    def test_a_real_intel_quote_verifies_offline(self):
        done = self.verify("tdx", "--now", NOW)
        report = json.loads(done.stdout)
        self.assertEqual((done.returncode, report["verdict"], report["scope"],
                          report["tcb"]["status"], report["simulated"]),
                         (0, "accepted", "platform", "UpToDate", False))
        self.assertEqual(report["identity"]["target"], f"quote {self.fixture('tdx_quote')}"[:255])

    def test_it_has_expired_by_now(self):
        done = self.verify("tdx")
        self.assertEqual((done.returncode, json.loads(done.stdout)["verdict"]), (10, "refused"))

    def test_registers_of_a_policy_are_compared(self):
        good = {"tcb": {"max_collateral_age_days": 30}, "os": [{"mrtd": json.loads(self.verify("tdx", "--now", NOW).stdout)
                        ["measurements"]["mrtd"]}]}
        path = self.write("policy.json", json.dumps(good))
        self.assertEqual(self.verify("tdx", "--now", NOW, "--policy", path).returncode, 0)
        good["os"][0]["mrtd"] = "00" * 48
        path = self.write("policy.json", json.dumps(good))
        done = self.verify("tdx", "--now", NOW, "--policy", path)
        self.assertEqual((done.returncode, json.loads(done.stdout)["code"]), (10, "os-not-listed"))

    def test_hex_and_raw_quotes_are_the_same(self):
        with open(self.fixture("tdx_quote"), "rb") as f:
            path = self.write("quote.hex", f.read().hex() + "\n")
        for name in (path, self.fixture("tdx_quote")):
            done = self.devproof("quote", "show", name)
            self.assertEqual(done.returncode, 0)
            self.assertIn("91eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407",
                          done.stdout)

    def test_malformed_files_are_told_from_refusals(self):
        bad = self.write("bad", b"not a quote")
        collateral = self.fixture("tdx_quote_collateral.json")
        self.assertEqual(self.devproof("quote", "verify", "--quote", bad, "--collateral",
                                       collateral).returncode, 30)
        self.assertEqual(self.devproof("quote", "verify", "--quote", self.fixture("tdx_quote"),
                                       "--collateral", bad).returncode, 30)
        self.assertEqual(self.devproof("quote", "show", bad).returncode, 30)
        self.assertEqual(self.devproof("cert", "show", bad).returncode, 30)
        self.assertEqual(self.devproof("quote", "show", self.path("missing")).returncode, 30)
        policy = self.write("policy.json", '{"os":[{"mrtd":1}],"typo":2}')
        done = self.verify("tdx", "--policy", policy)
        self.assertEqual(done.returncode, 30)
        self.assertIn("typo", done.stderr)
        self.assertIn("os[0].mrtd", done.stderr)

    def test_demands_of_later_versions_are_not_supported(self):
        policy = self.write("policy.json", '{"chain":{}}')
        self.assertEqual(self.verify("tdx", "--policy", policy).returncode, 20)
        for words in (["audit", "x"], ["ct", "audit", "x"], ["receipt", "verify", "x"],
                      ["compose", "lint", "x"]):
            self.assertEqual(self.devproof(*words).returncode, 20, words)

    def test_usage_errors(self):
        for words in ([], ["nothing"], ["verify"], ["verify", "http://a"], ["quote", "verify"], ["tcb-status"],
                      ["verify", "https://a", "--nothing"], ["get", "https://a"],
                      ["verify", "a", "b"], ["bench", "verify", "--rounds", "x"],
                      ["quote", "verify", "--quote", "a", "--collateral", "b", "--now", "x"]):
            self.assertEqual(self.devproof(*words).returncode, 2, words)
        self.assertEqual(self.devproof("--version").returncode, 0)
        for words in ([], ["verify"], ["get"], ["connect"], ["policy", "init"]):
            done = self.devproof(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_report_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = self.start([dp.built("devproof"), "compose", "hash",
                               self.write("compose.json", "{}")], ready=False, expect_exit=1,
                              stdout=full)
            done.wait_exit()
        self.assertIn("devproof compose hash: cannot write to standard output", done.log())

    def test_closed_standard_files_are_nobody_elses(self):
        file = self.write("compose.json", "{}")
        for closed, code in ((">&-", 1), ("<&-", 0), ("2>&-", 0)):
            done = self.run_program(["sh", "-c", f'exec "$0" "$@" {closed}', dp.built("devproof"),
                                     "compose", "hash", file])
            self.assertEqual(code, done.returncode, closed)

    def test_what_a_certificate_says_cannot_steer_a_terminal(self):
        log = json.dumps([{"imr": 3, "event_type": 0x08000001, "digest": "", "event": "a\x1b[2Jb",
                           "event_payload": "00" * 40}]).encode()
        wrapped = b"\x04" + bytes([0x81, len(log)]) + log
        path = self.path("hostile.crt")
        self.run_program(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                          "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", "1",
                          "-addext", "subjectAltName=DNS:c\x1b[2Jd", "-addext",
                          f"1.3.6.1.4.1.62397.1.2=DER:{wrapped.hex()}", "-addext",
                          "1.3.6.1.4.1.62397.1.1=DER:040100", "-keyout", self.path("hostile.key"),
                          "-out", path])
        done = self.devproof("cert", "show", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("a?[2Jb", done.stdout)
        self.assertIn("c?[2Jd", done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_certificates_are_shown(self):
        path = os.path.join(FIXTURES, "dstack", "ratls-certs", "ratls-legacy-oids.crt.pem")
        done = self.devproof("cert", "show", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("this certificate's", done.stdout)
        self.assertIn("compose-hash", done.stdout)

    def test_compose_hash_is_of_the_bytes(self):
        self.assertEqual(self.devproof("compose", "hash", "-", stdin="abc").stdout.strip(),
                         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")

    def test_the_benchmark_says_how_many_signatures_it_checked(self):
        done = self.devproof("bench", "verify", "--rounds", "3", "--json")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0)
        self.assertGreaterEqual(report["cold"]["signature_checks"], 9)
        self.assertGreater(report["warm"]["signature_checks"], 0)


if __name__ == "__main__":
    unittest.main()
