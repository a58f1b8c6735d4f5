#!/usr/bin/env python3
"""Platforms whose quotes have version 5 (TD report 1.5): gateway and client, whole."""
import json
import os
import unittest

from attested_side import NAME, ClientTestCase
from test_client import fetch_binding

V5 = ["--quote-version", "5"]


class QuoteV5(ClientTestCase):
    def start_v5(self, *options):
        self.start_side(*V5, *options)
        return json.loads(fetch_binding(self.port))

    def test_the_whole_chain_works(self):
        binding = self.start_v5()
        quote = bytes.fromhex(binding["quote"])
        self.assertEqual(quote[:2] + quote[48:54], bytes.fromhex("0500" "0300" "88020000"))
        code, report = self.verify(self.policy_file(self.init_policy()))
        self.assertEqual((code, report["verdict"], report["complete"], report["tcb"]["status"]),
                         (0, "accepted", True, "UpToDate"))
        self.assertEqual(report["measurements"]["mr_service_td"], "00" * 48)
        self.assertEqual(report["measurements"]["tee_tcb_svn_2"],
                         report["measurements"]["tee_tcb_svn"])

    def test_get_fetches(self):
        self.start_v5()
        done = self.devproof("get", f"https://{NAME}/hello", "--policy",
                             self.policy_file(self.init_policy()), *self.where())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_quote_show_and_verify(self):
        binding = self.start_v5()
        quote = self.write("quote.hex", binding["quote"])
        shown = self.devproof("quote", "show", quote)
        self.assertIn("quote version 5", shown.stdout)
        self.assertIn("mr_service_td", shown.stdout)
        collateral = self.write("collateral.json", json.dumps(binding["collateral"]))
        verify = ["quote", "verify", "--quote", quote, "--collateral", collateral, "--json"]
        done = self.devproof(*verify, "--root", self.simulator.root_file)
        self.assertEqual((done.returncode, json.loads(done.stdout)["verdict"]), (0, "accepted"))
        self.assertEqual(self.devproof(*verify).returncode, 10)

    def test_a_td_older_than_the_module_is_told_to_relaunch(self):
        self.start_side(*V5)
        policy = self.init_policy()
        policy["accept_unchecked"] = ["config"]
        del policy["config"]
        self.start_side(*V5, "--td-old-launch")
        code, report = self.verify(self.policy_file(policy))
        self.assertEqual((code, report["code"], report["tcb"]["status"]),
                         (10, "tcb-status-not-accepted", "TDRelaunchAdvised"))
        policy["tcb"] = {**policy.get("tcb", {}), "accept": ["UpToDate", "OutOfDate"]}
        self.assertEqual(self.refused(self.policy_file(policy)), "tcb-status-not-accepted")
        policy["tcb"]["accept"] = ["TDRelaunchAdvised"]
        code, report = self.verify(self.policy_file(policy))
        self.assertEqual((code, report["tcb"]["module"]), (0, "OutOfDate"))

    def test_version_4_cannot_tell(self):
        self.start_side("--td-old-launch")
        code, report = self.verify(self.policy_file({"root_file": self.simulator.root_file}))
        self.assertEqual((code, report["tcb"]["status"]), (10, "OutOfDate"))


if __name__ == "__main__":
    os.environ.setdefault("DEVPROOF_BUILD_DIR", "build/asan")
    unittest.main()
