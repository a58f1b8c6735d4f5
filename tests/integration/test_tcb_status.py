#!/usr/bin/env python3
"""devproof tcb-status: what a platform is short of, now and in the next evaluation."""
import json
import os
import unittest

import devproof_testing as dp
from attested_side import ClientTestCase
from test_client import fetch_binding

FIXTURES = os.environ.get("DEVPROOF_FIXTURES") or os.path.join(dp.source_dir(), "tests/fixtures")
NOW = "1752000000"


class TcbStatus(ClientTestCase):
    def observe(self, name, *options):
        """Quote and collateral of a side with these options, as options of tcb-status."""
        self.start_side(*options)
        binding = json.loads(fetch_binding(self.port))
        quote = self.write(f"{name}.hex", binding["quote"])
        bundle = self.write(f"{name}.json", json.dumps(binding["collateral"]))
        return quote, bundle

    def status(self, quote, bundle, *options):
        return self.devproof("tcb-status", "--quote", quote, "--collateral", bundle, "--root",
                             self.simulator.root_file, *options)

    def outlook(self, *argv):
        done = self.status(*argv, "--json")
        self.assertEqual("", done.stderr)
        return done.returncode, json.loads(done.stdout)

    def test_a_current_platform(self):
        code, report = self.outlook(*self.observe("now"))
        self.assertEqual((code, report["now"]["status"], report["now"]["shortfall"],
                          report["next"], report["simulated"]), (0, "UpToDate", [], None, True))

    def test_what_is_short_is_named(self):
        quote, bundle = self.observe("now", "--tcb-status", "OutOfDate")
        code, report = self.outlook(quote, bundle)
        self.assertEqual((code, report["now"]["current"]), (10, False))
        (short,) = report["now"]["shortfall"]
        self.assertEqual(("pcesvn", 11, 13, "UpToDate", "2025-05-14"),
                         tuple(short[k] for k in ("name", "have", "need", "level", "level_date")))
        text = self.status(quote, bundle).stdout
        self.assertIn("pcesvn", text)
        self.assertIn("has 11, UpToDate of 2025-05-14 needs 13", text)
        self.assertIn("SIM-SA-00001", text)

    def test_early_collateral_warns_and_is_no_verdict(self):
        _, early = self.observe("early", "--tcb-status", "OutOfDate", "--tcb-evaluation", "4000")
        quote, bundle = self.observe("now")
        code, report = self.outlook(quote, bundle, "--early-collateral", early)
        self.assertEqual((code, report["now"]["status"], report["next"]["status"],
                          report["next"]["evaluation_number"]), (0, "UpToDate", "OutOfDate", 4000))
        self.assertEqual("pcesvn", report["next"]["shortfall"][0]["name"])
        text = self.status(quote, bundle, "--early-collateral", early).stdout
        self.assertIn("will not be UpToDate in the next evaluation", text)
        text = self.status(quote, bundle, "--early-collateral", bundle).stdout
        self.assertIn("of no later evaluation", text)

    def test_revoked_platforms_and_relaunches_are_explained(self):
        code, report = self.outlook(*self.observe("revoked", "--tcb-status", "Revoked"))
        self.assertEqual((code, report["now"]["code"]), (10, "tcb-revoked"))
        self.assertEqual("pcesvn", report["now"]["shortfall"][0]["name"])
        code, report = self.outlook(*self.observe("relaunch", "--quote-version", "5",
                                                  "--td-old-launch"))
        self.assertEqual((code, report["now"]["status"]), (10, "TDRelaunchAdvised"))
        self.assertIn("restart", report["now"]["shortfall"][0]["raised_by"])

    def test_evidence_that_does_not_hold_is_refused(self):
        quote, bundle = self.observe("now")
        with open(quote, encoding="utf-8") as f:
            text = f.read()
        forged = self.write("forged.hex", text[:1300] + ("1" if text[1300] == "0" else "0") +
                            text[1301:])
        done = self.status(forged, bundle)
        self.assertEqual((10, ""), (done.returncode, done.stdout))
        self.assertIn("quote-signature-invalid", done.stderr)
        done = self.devproof("tcb-status", "--quote", quote, "--collateral", bundle)
        self.assertEqual((10, ""), (done.returncode, done.stdout))
        self.assertIn("root-ca-untrusted", done.stderr)
        bad = self.write("bad", "no bundle")
        for argv in ((bad, bundle), (quote, bad), (quote, bundle, "--early-collateral", bad),
                     (quote, self.path("none"))):
            done = self.status(*argv)
            self.assertEqual((30, ""), (done.returncode, done.stdout), argv)

    def test_real_platforms(self):
        def real(kind):
            path = os.path.join(FIXTURES, "dcap", f"{kind}_quote")
            done = self.devproof("tcb-status", "--quote", path, "--collateral",
                                 f"{path}_collateral.json", "--now", NOW, "--json")
            return done.returncode, json.loads(done.stdout)
        code, report = real("tdx")
        self.assertEqual((0, [], False), (code, report["now"]["shortfall"], report["simulated"]))
        code, report = real("sgx")
        self.assertEqual((10, "ConfigurationAndSWHardeningNeeded"), (code, report["now"]["status"]))
        self.assertEqual([("sgx component 7", 0, 12, "SWHardeningNeeded")],
                         [(s["name"], s["have"], s["need"], s["level"])
                          for s in report["now"]["shortfall"]])

    def test_usage(self):
        for argv in ((), ("--quote", "a"), ("--collateral", "a"),
                     ("--quote", "a", "--collateral", "b", "--now", "x"), ("--policy", "x")):
            self.assertEqual(2, self.devproof("tcb-status", *argv).returncode, argv)


if __name__ == "__main__":
    os.environ.setdefault("DEVPROOF_BUILD_DIR", "build/asan")
    unittest.main()
