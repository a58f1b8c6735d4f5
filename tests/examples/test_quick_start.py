#!/usr/bin/env python3
"""The commands of the README, run as they stand there but for ports and the folder of files."""
import os
import re
import subprocess
import unittest

import devproof_testing as dp


class QuickStart(dp.TestCase):
    def commands(self):
        with open(os.path.join(dp.source_dir(), "README.md"), encoding="utf-8") as f:
            block = re.search(r"<!-- run: quick start -->\n```sh\n(.*?)```", f.read(), re.S)[1]
        self.assertLessEqual(len(block.splitlines()), 10)
        ports = {8443: self.closed_port(), 8000: self.closed_port(), 8081: self.closed_port()}
        for port, mine in ports.items():
            block = re.sub(rf"\b{port}\b", str(mine), block)
        # The build folder last: it may itself lie below /tmp.
        block = block.replace("make\n", "", 1).replace("/tmp/", self.path("")).replace(
            "devproof-gateway ", "devproof-gateway --admin 127.0.0.1:0 --ready-file " + self.path("ready") + " ")
        return block.replace("$PWD/build/dev", self.build)

    def setUp(self):
        self.build = os.environ["DEVPROOF_BUILD_DIR"]

    def test_it_ends_with_one_accepted_and_one_refused(self):
        script = "trap 'kill $(jobs -p); wait' EXIT\n" + self.commands() + "exit $?\n"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=90,
                              cwd=dp.source_dir(), check=False)
        self.assertEqual(done.returncode, 10, done.stdout + done.stderr)
        self.assertIn("It works", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^accepted: localhost:\d+ \(simulated: ")
        self.assertIn("refused root-ca-untrusted", done.stderr)


if __name__ == "__main__":
    unittest.main()
