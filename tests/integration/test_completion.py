#!/usr/bin/env python3
"""The completion scripts, asked as the shells ask them. That they are current: CTest generated."""
import os
import shutil
import subprocess
import sys
import unittest

import devproof_testing as dp

FOLDER = os.path.join(dp.source_dir(), "docs", "completion")
for shell in ("bash", "zsh", "fish"):
    if not shutil.which(shell):
        print(f"{shell} is not installed")
        sys.exit(77)


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"{argv}: {done.stderr}")
    return done.stdout.split("\n")


def bash(program, *words):
    line = " ".join(f"'{w}'" for w in (program, *words))
    function = "_" + program.replace("-", "_")
    return run("bash", "-c", f"source '{FOLDER}/{program}.bash'; COMP_WORDS=({line}); "
               f"COMP_CWORD={len(words)}; {function}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")


def fish(program, line):
    return [w.split("\t")[0] for w in run(
        "fish", "-c", f"source '{FOLDER}/{program}.fish'; complete -C '{program} {line}'")]


class Completion(unittest.TestCase):
    def test_commands(self):
        self.assertIn("verify", bash("devproof", ""))
        self.assertEqual(bash("devproof", "pol")[:1], ["policy"])
        self.assertEqual(set(bash("devproof", "policy", "")) - {""}, {"init", "check"})
        self.assertIn("verify", fish("devproof", ""))
        self.assertIn("check", fish("devproof", "policy "))

    def test_options_of_a_command(self):
        self.assertIn("--from", bash("devproof", "verify", "--"))
        self.assertNotIn("--from", bash("devproof", "get", "--"))
        self.assertEqual(bash("devproof", "quote", "verify", "--col")[:1], ["--collateral"])
        self.assertIn("--check-config", bash("devproof-gateway", "--che"))
        self.assertIn("--from", fish("devproof", "verify --fr"))
        self.assertIn("--check-config", fish("devproof-gateway", "--che"))

    def test_values(self):
        name = os.path.join(FOLDER, "_devproof")
        self.assertIn(name, bash("devproof", "verify", "--policy", name[:-3]))
        self.assertEqual(bash("devproof", "verify", "--timeout", ""), ["", ""])
        self.assertEqual(bash("devproof", "connect", "--mode", "")[:1], ["http"])

    def test_the_scripts_are_in_their_shells_grammar(self):
        for program in ("devproof", "devproof-gateway"):
            run("bash", "-n", f"{FOLDER}/{program}.bash")
            run("zsh", "-n", f"{FOLDER}/_{program}")
            run("fish", "-n", f"{FOLDER}/{program}.fish")
        # zsh has completion only at a prompt: what it would complete is told by a stand-in.
        told = run("zsh", "-c", "_arguments() { print -l -- $@ }; compadd() { print -l -- $@ }; "
                   f"words=(devproof verify --); CURRENT=3; source '{FOLDER}/_devproof'")
        self.assertTrue(any(line.startswith("--from=[repeat the verdict") for line in told), told)


if __name__ == "__main__":
    unittest.main()
