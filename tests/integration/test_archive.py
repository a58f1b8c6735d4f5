#!/usr/bin/env python3
"""devproof verify --save and --from: the verdict of a connection, repeated without the server."""
import base64
import json
import os
import unittest

import devproof_testing as dp
from attested_side import NAME, ClientTestCase

YEAR = 365 * 86400


class Archive(ClientTestCase):
    def setUp(self):
        self.start_side()
        self.policy = self.init_policy()
        self.file = self.path("archive.json")

    def save(self, policy=None, *options):
        """(exit code, report) of the verdict that is kept."""
        return self.verify(self.policy_file(policy or self.policy), None, "--save", self.file,
                           *options)

    def repeat(self, *options, file=None):
        done = self.devproof("verify", "--from", file or self.file, "--json", *options)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def archive(self):
        with open(self.file, encoding="utf-8") as f:
            return json.load(f)

    def stop_everything(self):
        for program in self.programs:
            program.stop()

    def test_the_verdict_is_repeated_without_a_server(self):
        code, live = self.save()
        self.assertEqual((code, live["verdict"]), (0, "accepted"))
        made_at = self.archive()["made_at"]
        self.stop_everything()
        os.unlink(self.path("policy.json"))
        code, again = self.repeat()
        self.assertEqual((code, again["verdict"], again["complete"], again["scope"]),
                         (0, "accepted", True, "archive"))
        for member in ("steps", "tcb", "measurements", "identity", "simulated", "unchecked"):
            self.assertEqual(live[member], again[member], member)
        notes = "\n".join(again["notes"])
        for text in ("from an archive made at ", "is the archive's word", "public chain",
                     "policy is the archive's", "root is the archive's"):
            self.assertIn(text, notes)
        self.assertEqual(self.repeat("--at", str(made_at))[0], 0)
        self.assertEqual(self.repeat("--at", str(made_at + 10 * YEAR))[0], 10)

    def test_the_readers_own_policy_and_root_go_first(self):
        self.save()
        own = json.loads(json.dumps(self.policy))
        own["app"]["compose_hashes"] = ["00" * 32]
        code, report = self.repeat("--policy", self.policy_file(own, "own.json"))
        self.assertEqual((code, report["code"]), (10, "compose-hash"))
        # A policy of one's own without a root trusts Intel's, not the archive's.
        del self.policy["root_file"]
        code, report = self.repeat("--policy", self.policy_file(self.policy, "own.json"))
        self.assertEqual((code, report["code"]), (10, "root-ca-untrusted"))
        code, report = self.repeat("--policy", self.path("own.json"),
                                   "--root", self.simulator.root_file)
        self.assertEqual((code, report["verdict"]), (0, "accepted"))
        self.assertNotIn("the archive's:", "\n".join(report["notes"]))

    def test_compose_files_and_fetched_collateral_are_kept(self):
        side = self.start_gateway(self.simulator, self.app, evidence={"collateral_url": ""})
        self.port = side.port
        self.policy["config"] = self.init_policy()["config"]
        info = dp.unix_request(self.simulator.socket, "POST", "/Info", {}).json()
        self.write("compose.json", json.loads(info["tcb_info"])["app_compose"])
        self.policy["app"] = {"app_id": self.policy["app"]["app_id"],
                              "compose_files": ["compose.json"]}
        self.assertEqual(self.save()[0], 0)
        self.stop_everything()
        os.unlink(self.path("compose.json"))
        archive = self.archive()
        self.assertEqual(len(archive["policy"]["compose_files"]), 1)
        self.assertIn("tcb_info", json.loads(base64.b64decode(archive["collateral"])))
        self.assertEqual(self.repeat()[0], 0)

    def test_a_refusal_is_kept_too(self):
        self.policy["app"]["app_id"] = "00" * 20
        code, live = self.save()
        self.assertEqual((code, live["code"]), (10, "app-id"))
        code, again = self.repeat()
        self.assertEqual((code, again["code"]), (10, "app-id"))
        code, live = self.verify(None, None, "--save", self.file, "--root",
                                 self.simulator.root_file)
        self.assertEqual((code, live["code"]), (10, "identity-not-pinned"))
        self.assertEqual(self.repeat()[1]["code"], "identity-not-pinned")

    def test_a_damaged_archive_is_malformed(self):
        self.save()
        with open(self.file, encoding="utf-8") as f:
            text = f.read()
        for broken in (text[:-3], "", "{}", text.replace('"v":1', '"v":2'),
                       text.replace(NAME, "other.example"), text.replace("{", '{"x":1,', 1)):
            self.write("broken.json", broken)
            code, said = self.repeat(file=self.path("broken.json"))
            self.assertEqual(code, 30, said)
        self.assertIn("members instead of", said)  # of the last one
        self.assertEqual(self.repeat(file=self.path("nothing"))[0], 30)

    def test_usage_and_what_cannot_be_kept(self):
        for argv in (["verify"], ["verify", "x", "--from", self.file],
                     ["verify", "--from", self.file, "--save", "x"],
                     ["verify", f"https://{NAME}/", "--at", "1"],
                     ["verify", "--from", self.file, "--at", "now"]):
            self.assertEqual(self.devproof(*argv).returncode, 2, argv)
        self.port = self.closed_port()
        done = self.devproof("verify", f"https://{NAME}/", "--save", self.file, *self.where())
        self.assertEqual(done.returncode, 1)
        self.assertIn("there was no connection", done.stderr)
        self.assertFalse(os.path.exists(self.file))


if __name__ == "__main__":
    unittest.main()
