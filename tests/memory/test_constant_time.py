"""No branch and no address in our code depends on a secret, as memcheck sees it."""
import os
import shutil
import sys
import unittest

import devproof_testing as dt

HERE = os.path.dirname(os.path.abspath(__file__))


class ConstantTime(dt.TestCase):
    def memcheck(self, *argv):
        return self.run_program(
            ["valgrind", "--error-exitcode=9", "--quiet",
             f"--suppressions={os.path.join(HERE, 'constant_time.supp')}",
             dt.built("tests/memory/constant_time"), *argv], timeout=110)

    def test_a_leak_would_be_seen(self):
        done = self.memcheck("leak")
        self.assertEqual(9, done.returncode, done.stderr)
        self.assertIn("Conditional jump", done.stderr)

    def test_keys_are_derived_used_and_compared_in_constant_time(self):
        done = self.memcheck()
        self.assertEqual(0, done.returncode, done.stderr)


if __name__ == "__main__":
    if shutil.which("valgrind") is None:
        print("valgrind is not installed")
        sys.exit(77)
    unittest.main()
