#!/usr/bin/env python3
"""The programs of docs/client.md in Python, Node and Go, through a real local proxy.

Usage: test_shim_languages.py python|node|go
"""
import os
import shutil
import sys
import unittest

import devproof_testing as dp
from attested_side import NAME, ClientTestCase

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim")
COMMANDS = {"python": [sys.executable, os.path.join(FOLDER, "page.py")],
            "node": ["node", os.path.join(FOLDER, "page.mjs")],
            "go": ["go", "run", os.path.join(FOLDER, "page.go")]}
LANGUAGE = sys.argv.pop(1)
if not shutil.which(COMMANDS[LANGUAGE][0]):
    print(f"{LANGUAGE} is not installed")
    sys.exit(77)


class Language(ClientTestCase):
    def proxy(self, policy, name):
        shim = self.start([dp.built("devproof"), "connect", "--listen", "127.0.0.1:0", "--target",
                           f"{NAME}:443", "--policy", self.policy_file(policy, name),
                           *self.where()])
        return f"http://{shim.ready['listen']}"

    def go_cache(self):
        return os.path.join(os.environ["DEVPROOF_BUILD_DIR"], "go-cache")

    def page(self, address):
        # Go caches what it builds, and asks nobody: the program needs the standard library alone.
        env = {**self.env(), "GOCACHE": self.go_cache(), "GOPATH": self.path("gopath"),
               "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOPROXY": "off", "no_proxy": "*"}
        return self.run_program([*COMMANDS[LANGUAGE], address], env=env, timeout=200)

    def test_a_page_over_a_proven_connection_and_none_over_another(self):
        self.start_side()
        policy = self.init_policy()
        done = self.page(self.proxy(policy, "good.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("It works", done.stdout)
        seen = self.app_bytes()
        policy["app"]["compose_hashes"] = ["00" * 32]
        done = self.page(self.proxy(policy, "bad.json"))
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r'502 devproof; error=tls_certificate_error; '
                                      r'details="compose-hash"')
        self.assertEqual(self.app_bytes(), seen)


if __name__ == "__main__":
    unittest.main()
