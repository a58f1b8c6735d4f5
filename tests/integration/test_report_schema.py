#!/usr/bin/env python3
"""What devproof prints as JSON, and the archives it writes, held to the published schemas."""
import json
import os
import sys
import unittest

import devproof_testing as dp
from attested_side import NAME, ClientTestCase

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

FIXTURES = os.environ.get("DEVPROOF_FIXTURES") or os.path.join(dp.source_dir(), "tests/fixtures")
NOW = "1752000000"


def schema(name):
    with open(os.path.join(dp.source_dir(), "docs", name), encoding="utf-8") as f:
        found = json.load(f)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


class Schema(ClientTestCase):
    """Additional members are refused, so the schemas cannot fall behind the programs."""

    def holds(self, kind, text):
        whole = schema("report.schema.json")
        value = json.loads(text)
        jsonschema.Draft202012Validator(whole).validate(value)
        jsonschema.Draft202012Validator({**whole["$defs"][kind], "$defs": whole["$defs"]}) \
            .validate(value)
        return value

    def refuses(self, value):
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema("report.schema.json")).validate(value)

    def quote(self, kind):
        base = os.path.join(FIXTURES, "dcap", f"{kind}_quote")
        return ["--quote", base, "--collateral", f"{base}_collateral.json", "--json"]

    def test_reports_of_connections_and_archives(self):
        self.start_side()
        policy = self.init_policy()
        path, archive = self.policy_file(policy), self.path("archive.json")
        there = ["verify", f"https://{NAME}/", "--json", *self.where()]
        report = self.holds("report", self.devproof(*there, "--policy", path, "--save",
                                                    archive).stdout)
        self.assertEqual(report["verdict"], "accepted")
        with open(archive, encoding="utf-8") as f:
            kept = json.load(f)
        jsonschema.Draft202012Validator(schema("archive.schema.json")).validate(kept)
        for options in ([], ["--root", self.simulator.root_file]):
            self.assertEqual(self.holds("report", self.devproof(*there, *options).stdout)["verdict"],
                             "refused")
        report = self.holds("report", self.devproof("verify", "--from", archive, "--json").stdout)
        self.assertEqual(report["scope"], "archive")
        del policy["config"]
        policy["accept_unchecked"] = ["config"]
        report = self.holds("report", self.devproof(*there, "--policy",
                                                    self.policy_file(policy)).stdout)
        self.assertEqual(report["unchecked"], ["config"])
        self.port = self.closed_port()
        there = ["verify", f"https://{NAME}/", "--json", *self.where()]
        self.assertEqual(self.holds("report", self.devproof(*there).stdout)["code"],
                         "transport-connect")
        self.refuses({**report, "more": 1})
        self.refuses({k: v for k, v in report.items() if k != "simulated"})

    def test_reports_of_version_5_quotes(self):
        self.start_side("--quote-version", "5")
        report = self.holds("report", self.devproof(
            "verify", f"https://{NAME}/", "--json", *self.where(), "--root",
            self.simulator.root_file).stdout)
        self.assertIn("mr_service_td", report["measurements"])

    def test_reports_of_quotes(self):
        for kind in ("tdx", "sgx"):
            for options in (["--now", NOW], []):
                self.holds("report", self.devproof("quote", "verify", *self.quote(kind),
                                                   *options).stdout)
            done = self.devproof("tcb-status", *self.quote(kind), "--now", NOW)
            if done.stdout:
                self.holds("tcb_outlook", done.stdout)
        early = ["--early-collateral", os.path.join(FIXTURES, "dcap/tdx_quote_collateral.json")]
        done = self.devproof("tcb-status", *self.quote("tdx"), "--now", NOW, *early)
        self.assertIsNotNone(self.holds("tcb_outlook", done.stdout)["next"])

    def test_policies_and_measurements(self):
        example = os.path.join(dp.source_dir(), "conf/policy.example.json")
        for path in (example, self.write("empty", "{}"), self.write("bad", '{"a":1}'),
                     self.write("later", '{"max_evidence_age_s":1}'), self.path("nowhere")):
            self.holds("policy_check", self.devproof("policy", "check", path, "--json").stdout)
        self.holds("bench", self.devproof("bench", "verify", "--rounds", "1", "--json").stdout)


if __name__ == "__main__":
    unittest.main()
