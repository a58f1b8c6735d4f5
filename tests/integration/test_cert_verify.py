#!/usr/bin/env python3
"""devproof cert verify and cert show: every form of evidence, each with its exact code."""
import base64
import json
import os
import re
import unittest

import devproof_testing as dp

FIXTURES = os.environ.get("DEVPROOF_FIXTURES") or os.path.join(dp.source_dir(), "tests/fixtures")
RATLS = os.path.join(FIXTURES, "dstack", "ratls-certs")
DICE = os.path.join(FIXTURES, "attested-tls", "tcg-dice-certs")
NOW = 1790000000
# file: the code, and what the certificate step came to
CERTIFICATES = {
    "ratls-legacy-oids.crt.pem": ("ok", "pass"),
    "ratls-attestation-v0-scale.crt.pem": ("ok", "pass"),
    "ratls-attestation-v1-msgpack.crt.pem": ("ok", "pass"),
    "ratls-both-forms.crt.pem": ("ok", "pass"),
    "kms-style-chain.pem": ("ok", "pass"),
    "ratls-legacy-gzip-eventlog.crt.pem": ("cert-evidence-gzip", "fail"),
    "neg-report-data-other-key.crt.pem": ("cert-evidence-report-data", "fail"),
    "neg-rtmr3-mismatch.crt.pem": ("cert-evidence-event-log", "fail"),
    "neg-no-eventlog.crt.pem": ("cert-evidence", "fail"),
    "neg-no-attestation.crt.pem": ("cert-evidence-missing", "fail"),
    "neg-quote-signature.crt.pem": ("quote-signature-invalid", "pass"),
    "neg-debug-td.crt.pem": ("td-attributes-debug-set", "pass"),
    "simulator-style-gettlskey-chain.pem": ("root-ca-untrusted", "pass"),
}
OS = {"mrtd": "e53236d44a074bc78e784cdfa1a2c858a5f6b53afc1b60d8f079662314978b64241b646d8498dd767d5ea48e1e115822",
      "rtmr0": "6203948b7c12a0c2e14ed9b11170d7b85345870a304bb0959d6c198224ce621fe944e4623af9631cd64eeffdc0d7fa94",
      "rtmr1": "0ea1ad399114c5909c52c8b8c073f0c4e076b691495ca7d41f88c5bba6859e3911973ec95adce1503eb43f4670a2c306",
      "rtmr2": "1c9854088a35a1c44483d6ba5e88333cf6a7f5b5ec26713f722c80dfc2d2b337346d7fb52452eacda0a8a8fb6fd306f1"}
APP_ID = "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
COMPOSE = "c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a"
LOG_KMS = "7af8c9f9564fbc3c472767a38de21a51830c7047175cf8ec88bc9b7febc0c8a8"
CHAIN_KMS = "cf839f71575d13d9cc1fa08d4407f5148dae988e0ba5360b805439c62884f0e4"


class CertVerify(dp.TestCase):
    def devproof(self, *argv):
        return self.run_program([dp.built("devproof"), *argv])

    def verify(self, path, *options):
        done = self.devproof("cert", "verify", path, "--json", "--now", str(NOW),
                             "--collateral", os.path.join(RATLS, "mock-collateral.json"),
                             "--root", os.path.join(RATLS, "mock-sgx-root-ca.pem"), *options)
        report = json.loads(done.stdout)
        self.assertEqual(report["scope"], "certificate")
        self.assertFalse(report["complete"])
        self.assertEqual((done.returncode == 0, report["verdict"] == "accepted"),
                         (report["code"] == "ok",) * 2)
        if not report["code"] == "ok":
            self.assertEqual(done.returncode, 10)
        return report

    def policy(self, **changes):
        policy = {"tcb": {"max_collateral_age_days": 3650}, "os": [OS],
                  "app": {"app_id": APP_ID, "compose_hashes": [COMPOSE]},
                  "kms": {"ca_spki_sha256": LOG_KMS}, "config": ["00" * 32], **changes}
        return self.write("policy.json", json.dumps(policy))

    @staticmethod
    def step(report, name):
        return next(s for s in report["steps"] if s["step"] == name)

    def test_every_certificate_has_its_code(self):
        present = {n for n in os.listdir(RATLS)
                   if n.endswith(".pem") and ".key." not in n and "root" not in n}
        self.assertEqual(present, set(CERTIFICATES))
        for name, (code, certificate) in CERTIFICATES.items():
            with self.subTest(name):
                report = self.verify(os.path.join(RATLS, name))
                self.assertEqual(report["code"], code)
                self.assertEqual(self.step(report, "certificate")["result"], certificate)

    def test_pem_and_der_are_the_same(self):
        with open(os.path.join(RATLS, "ratls-legacy-oids.crt.pem"), encoding="ascii") as f:
            body = re.search("-----BEGIN CERTIFICATE-----(.*?)-----END", f.read(), re.S)[1]
        path = self.write("leaf.der", base64.b64decode(body))
        self.assertEqual(self.verify(path)["code"], "ok")

    def test_a_policy_says_who_is_expected(self):
        leaf = os.path.join(RATLS, "ratls-attestation-v0-scale.crt.pem")
        report = self.verify(leaf, "--policy", self.policy())
        self.assertEqual(report["code"], "ok")
        self.assertEqual(self.step(report, "identity")["result"], "pass")
        for changes, code in (({"app": {"app_id": "00" * 20, "compose_hashes": [COMPOSE]}}, "app-id"),
                              ({"app": {"app_id": APP_ID, "compose_hashes": ["00" * 32]}}, "compose-hash"),
                              ({"os": [dict(OS, rtmr1="00" * 48)]}, "os-not-listed"),
                              ({"kms": {"ca_spki_sha256": CHAIN_KMS}}, "kms-root"),
                              ({"tcb": {}}, "collateral-too-old")):
            self.assertEqual(self.verify(leaf, "--policy", self.policy(**changes))["code"], code)
        report = self.verify(leaf)
        self.assertEqual(self.step(report, "identity")["result"], "skipped")
        self.assertTrue(any("no policy says who is expected" in n for n in report["notes"]))

    def test_a_chain_is_checked_against_the_pinned_root(self):
        """The sample's log names another KMS than its chain ends in."""
        chain = os.path.join(RATLS, "kms-style-chain.pem")
        report = self.verify(chain, "--policy", self.policy())
        self.assertEqual(report["code"], "kms-root")
        self.assertEqual(self.step(report, "certificate")["result"], "pass")
        self.assertEqual(self.step(report, "identity")["result"], "fail")
        report = self.verify(chain, "--policy", self.policy(kms={"ca_spki_sha256": CHAIN_KMS}))
        self.assertEqual(report["code"], "kms-root")
        self.assertTrue(any("some code that was ever allowed for this app id, or the KMS, and "
                            "nothing more" in n for n in report["notes"]))
        pair = os.path.join(RATLS, "simulator-style-gettlskey-chain.pem")
        report = self.verify(pair, "--policy", self.policy())
        self.assertEqual(self.step(report, "certificate")["code"], "kms-chain")

    def test_real_dice_certificates_are_bound_but_not_judged_without_collateral(self):
        for name in sorted(os.listdir(DICE)):
            with self.subTest(name):
                path = os.path.join(DICE, name)
                done = self.devproof("cert", "verify", path, "--json", "--now", "1677100000")
                report = json.loads(done.stdout)
                self.assertEqual(done.returncode, 10)
                self.assertEqual((report["code"], report["scope"]),
                                 ("collateral-missing", "certificate"))
                for step in ("certificate", "report-data"):
                    self.assertEqual(self.step(report, step)["result"], "pass")
                self.assertEqual(self.step(report, "event-log")["result"], "skipped")

    def test_malformed_files_are_told_from_refusals(self):
        leaf = os.path.join(RATLS, "ratls-legacy-oids.crt.pem")
        bad = self.write("bad", b"no certificate")
        broken = self.write("broken.pem", "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
        with open(leaf, encoding="ascii") as f:
            many = self.write("many.pem", f.read() * 9)
        for path in (bad, broken, many, self.path("missing")):
            self.assertEqual(self.devproof("cert", "verify", path).returncode, 30)
            self.assertEqual(self.devproof("cert", "show", path).returncode, 30)
        self.assertEqual(self.devproof("cert", "verify", leaf, "--now", str(NOW),
                                       "--collateral", bad).returncode, 30)
        self.assertEqual(self.devproof("cert", "verify", leaf, "--now", "x").returncode, 2)
        self.assertEqual(self.devproof("cert", "verify").returncode, 2)

    def test_app_info_is_shown_as_unverified(self):
        done = self.devproof("cert", "show", os.path.join(RATLS, "kms-style-chain.pem"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("UNVERIFIED", done.stdout)
        self.assertIn("app:ca", done.stdout)
        self.assertIn("stack dstack", done.stdout)
        path = self.path("odd.crt")
        self.run_program(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                          "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", "1",
                          "-addext", "1.3.6.1.4.1.62397.1.9=DER:0401c0", "-addext",
                          "1.3.6.1.4.1.62397.1.8=DER:0401ff", "-addext",
                          "2.23.133.5.4.9=DER:00", "-keyout", self.path("odd.key"), "-out", path])
        done = self.devproof("cert", "show", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("extension .9 (app info): malformed", done.stdout)
        self.assertIn("extension .8 (attestation): cert-evidence", done.stdout)
        self.assertIn("DICE evidence: cert-evidence", done.stdout)

    def test_dice_evidence_is_shown(self):
        done = self.devproof("cert", "show", os.path.join(DICE, "rats-tls-cert.pem"))
        self.assertIn("DICE evidence, 2 other claims", done.stdout)
        self.assertIn("this certificate's", done.stdout)


if __name__ == "__main__":
    unittest.main()
