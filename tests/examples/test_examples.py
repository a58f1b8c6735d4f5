#!/usr/bin/env python3
"""The programs that docs/client.md shows: accepted they print the page, refused they send nothing."""
import json
import os
import unittest

from attested_side import ClientTestCase


class Examples(ClientTestCase):
    def setUp(self):
        self.start_side()
        self.policy = self.init_policy()

    def run_example(self, name, policy):
        path = os.path.join(os.environ["DEVPROOF_BUILD_DIR"], "tests", "examples",
                            f"example_{name}")
        return self.run_program([path, self.policy_file(policy), self.simulator.root_file,
                                 self.simulator.pccs, "127.0.0.1", str(self.port)])

    def check(self, name):
        done = self.run_example(name, self.policy)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("HTTP/1.1 200 OK\n"), done.stdout)
        self.assertIn("It works", done.stdout)
        seen = self.app_bytes()
        other = json.loads(json.dumps(self.policy))
        other["app"]["compose_hashes"] = ["00" * 32]
        done = self.run_example(name, other)
        self.assertEqual((done.returncode, done.stdout), (10, ""))
        self.assertTrue(done.stderr.startswith("refused compose-hash: "), done.stderr)
        self.assertEqual(self.app_bytes(), seen)

    def test_blocking(self):
        self.check("blocking")

    def test_event_loop(self):
        self.check("event_loop")

    def test_a_far_side_without_collateral_is_judged_with_ones_own(self):
        side = self.start_gateway(self.simulator, self.app, evidence={"collateral_url": ""})
        self.policy["config"] = self.init_policy(side.port)["config"]
        self.port = side.port
        for name in ("blocking", "event_loop"):
            self.assertEqual(self.run_example(name, self.policy).returncode, 0)

    def test_nobody_there(self):
        self.port = self.closed_port()
        self.assertEqual(self.run_example("blocking", self.policy).returncode, 10)
        self.assertEqual(self.run_example("event_loop", self.policy).returncode, 1)


if __name__ == "__main__":
    unittest.main()
